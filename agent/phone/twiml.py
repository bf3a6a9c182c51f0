"""The answers that Twilio gets: TwiML, one function for each thing that can happen to a call."""

from __future__ import annotations

from urllib.parse import quote

from twilio.twiml.voice_response import Dial, VoiceResponse

from agent.phone.names import CALL_HEADER, PROFILE_HEADER
from agent.phone.settings import PhoneSettings


def dial(settings: PhoneSettings, call: str, number: str, profile: str, ring_s: int) -> str:
    """Connect the caller to LiveKit, which learns call and profile from headers of the INVITE.

    The caller hears ringing until the agent is there, and is billed from then on.
    """
    here = settings.public_url
    out = Dial(
        answer_on_bridge=True,
        timeout=ring_s,
        time_limit=settings.max_call_s,
        action=f"{here}/twilio/dial-done",
        # LiveKit transfers a call by a SIP REFER, on which Twilio asks this address
        refer_url=f"{here}/twilio/refer?call={quote(call)}" if settings.transfers else None,
    )
    out.sip(
        _sip_address(settings, call, number, profile),
        username=settings.sip_username,
        password=settings.sip_password.get_secret_value(),
        # the leg to LiveKit has a CallSid of its own; ours goes along in the address
        status_callback=f"{here}/twilio/sip-status?call={quote(call)}",
        status_callback_event="initiated ringing answered completed",
    )
    return _text(VoiceResponse().append(out))


def transferred(settings: PhoneSettings, number: str) -> str:
    """Connect the caller, whom the agent has handed over, to a number."""
    out = Dial(time_limit=settings.max_call_s)
    out.number(number)
    return _text(VoiceResponse().append(out))


def _sip_address(settings: PhoneSettings, call: str, number: str, profile: str) -> str:
    headers = {CALL_HEADER: call} | ({PROFILE_HEADER: profile} if profile else {})
    query = "&".join(f"{name}={quote(value)}" for name, value in headers.items())
    return f"sip:{number}@{settings.sip_host};transport={settings.sip_transport}?{query}"


def full(settings: PhoneSettings) -> str:
    """One call too many: a busy tone, which costs nothing, or a sentence, which is billed."""
    return busy() if settings.when_full == "busy" else sentence(settings.full_sentence)


def busy() -> str:
    """The busy tone. As the first verb it leaves the call unanswered."""
    out = VoiceResponse()
    out.reject(reason="busy")
    return _text(out)


def sentence(text: str) -> str:
    """Say it and hang up."""
    out = VoiceResponse()
    out.say(text)
    out.hangup()
    return _text(out)


def hang_up() -> str:
    """End the call."""
    out = VoiceResponse()
    out.hangup()
    return _text(out)


def _text(response: VoiceResponse) -> str:
    return str(response.to_xml())
