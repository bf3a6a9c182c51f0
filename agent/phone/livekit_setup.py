"""LiveKit's side of the telephone: the trunk that takes Twilio's calls, and who answers them.

Trunk and rule are found again by their name, so setting up twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from livekit import api

from agent.phone.names import (
    CALL_ATTRIBUTE,
    CALL_HEADER,
    METADATA,
    PROFILE_ATTRIBUTE,
    PROFILE_HEADER,
    ROOM_PREFIX,
)
from agent.phone.settings import PhoneSettings

NAME = "voice-tuner"
"""Of trunk and rule."""
TRUNK_FIELDS = (
    *("numbers", "auth_username", "auth_password", "headers_to_attributes"),
    *("ringing_timeout", "max_call_duration"),
)
RULE_FIELDS = ("trunk_ids", "rule", "room_config")


@dataclass(frozen=True, slots=True)
class Existing:
    """What LiveKit has under our name."""

    trunk: api.SIPInboundTrunkInfo | None
    rule: api.SIPDispatchRuleInfo | None


def wanted_trunk(settings: PhoneSettings) -> api.SIPInboundTrunkInfo:
    """A trunk with a password, that gives up ringing when the webhook's `<Dial>` does."""
    return api.SIPInboundTrunkInfo(
        name=NAME,
        numbers=settings.numbers,
        auth_username=settings.sip_username,
        auth_password=settings.sip_password.get_secret_value(),
        headers_to_attributes={CALL_HEADER: CALL_ATTRIBUTE, PROFILE_HEADER: PROFILE_ATTRIBUTE},
        ringing_timeout=Duration(seconds=longest_ring(settings)),
        max_call_duration=Duration(seconds=settings.max_call_s),
    )


def longest_ring(settings: PhoneSettings) -> int:
    """Seconds; LiveKit's own limit of 3 minutes would let callers ring in vain."""
    rings = settings.when_full == "ring"
    return max(settings.ring_s, settings.ring_when_full_s) if rings else settings.ring_s


def wanted_rule(settings: PhoneSettings, trunk_id: str) -> api.SIPDispatchRuleInfo:
    """A room for each call, and our agent, by its name, in it."""
    individual = api.SIPDispatchRuleIndividual(room_prefix=ROOM_PREFIX)
    agent = api.RoomAgentDispatch(agent_name=settings.agent_name, metadata=METADATA)
    return api.SIPDispatchRuleInfo(
        name=NAME,
        trunk_ids=[trunk_id],
        rule=api.SIPDispatchRule(dispatch_rule_individual=individual),
        room_config=api.RoomConfiguration(agents=[agent]),
    )


async def existing(server: api.LiveKitAPI) -> Existing:
    """Ask LiveKit."""
    trunks = await server.sip.list_inbound_trunk(api.ListSIPInboundTrunkRequest())
    rules = await server.sip.list_dispatch_rule(api.ListSIPDispatchRuleRequest())
    return Existing(
        next((trunk for trunk in trunks.items if trunk.name == NAME), None),
        next((rule for rule in rules.items if rule.name == NAME), None),
    )


def differences(settings: PhoneSettings, now: Existing) -> Iterator[str]:
    """What a setup would change, one line each; passwords are compared and never shown."""
    if now.trunk is None:
        yield f"trunk {NAME} does not exist"
    else:
        yield from _differences("trunk", TRUNK_FIELDS, now.trunk, wanted_trunk(settings))
    if now.rule is None:
        yield f"dispatch rule {NAME} does not exist"
    else:
        trunk_id = now.trunk.sip_trunk_id if now.trunk else "of the new trunk"
        yield from _differences("rule", RULE_FIELDS, now.rule, wanted_rule(settings, trunk_id))


def _differences(
    what: str, fields: tuple[str, ...], there: Message, wanted: Message
) -> Iterator[str]:
    for field in fields:
        before, after = getattr(there, field), getattr(wanted, field)
        if before == after:
            continue
        secret = "password" in field
        shown = "(hidden)" if secret else f"{_shown(before)} instead of {_shown(after)}"
        yield f"{what}: {field} differs: {shown}"


def _shown(value: Any) -> str:
    return " ".join(str(value).split()) or "nothing"


async def set_up(server: api.LiveKitAPI, settings: PhoneSettings, now: Existing) -> None:
    """Make trunk and rule what they should be: create what is missing, replace what differs."""
    trunk = wanted_trunk(settings)
    if now.trunk is None:
        request = api.CreateSIPInboundTrunkRequest(trunk=trunk)
        trunk_id = (await server.sip.create_inbound_trunk(request)).sip_trunk_id
    else:
        trunk_id = now.trunk.sip_trunk_id
        await server.sip.update_inbound_trunk(trunk_id, trunk)
    rule = wanted_rule(settings, trunk_id)
    if now.rule is None:
        await server.sip.create_dispatch_rule(api.CreateSIPDispatchRuleRequest(dispatch_rule=rule))
    else:
        await server.sip.update_dispatch_rule(now.rule.sip_dispatch_rule_id, rule)


async def remove(server: api.LiveKitAPI, now: Existing) -> None:
    """Delete rule and trunk, those that are there."""
    if now.rule is not None:
        rule_id = now.rule.sip_dispatch_rule_id
        request = api.DeleteSIPDispatchRuleRequest(sip_dispatch_rule_id=rule_id)
        await server.sip.delete_dispatch_rule(request)
    if now.trunk is not None:
        trunk_id = now.trunk.sip_trunk_id
        await server.sip.delete_trunk(api.DeleteSIPTrunkRequest(sip_trunk_id=trunk_id))
