"""Settings of the phone path, from the environment or `.env`; each name begins with PHONE_.

They belong to the service and not to a call, so they are no part of a profile. LiveKit's own key
and address keep their own names.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as PydanticSettingsError

from agent.phone.admission import SlotLimits
from tuner.errors import SettingsError

E164 = re.compile(r"\+[1-9][0-9]{2,14}")
"""A telephone number with its country."""
_HOST = re.compile(r"([\w.-]+|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?")
LEASE_MARGIN_S = 40.0
"""What a lease lasts beyond the longest call: for our answer and for late callbacks."""


def _base_url(text: str) -> str:
    if not text.startswith(("https://", "http://")):
        raise ValueError("it begins with https://")
    return text.rstrip("/")


def _secret(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().strip():
        raise ValueError("it is empty: everybody could sign with that")
    return value


def _sip_host(text: str) -> str:
    if text and not _HOST.fullmatch(text):
        raise ValueError("it is a host, or host:port, without sip: and without a user")
    return text


def _numbers(numbers: tuple[str, ...]) -> tuple[str, ...]:
    """Twilio reports numbers in E.164: any other way of writing would refuse every caller."""
    if not all(map(E164.fullmatch, numbers)):
        raise ValueError("each is a number in E.164, without spaces: +15551234567")
    return numbers


def _targets(named: dict[str, str]) -> dict[str, str]:
    _numbers(tuple(named.values()))
    return {name.strip().lower(): number for name, number in named.items()}


class AgentPhoneSettings(BaseSettings):
    """What the agent itself needs to know of the telephone; the webhook knows it, too."""

    model_config = SettingsConfigDict(
        env_prefix="PHONE_", env_file=".env", extra="ignore", populate_by_name=True
    )

    transfers: Annotated[dict[str, str], AfterValidator(_targets)] = Field(default_factory=dict)
    """Destinations of a transfer, by the name that the model calls them; without any it has no
    such tool."""
    press_keys: bool = False
    """Whether the model may press telephone keys."""
    history: str = "sqlite:call-history.db"
    """Where a row for each telephone call is kept: sqlite:PATH, postgresql://..., or off."""
    history_key: SecretStr = SecretStr("")
    """With it, rows have a hash of the caller's number; without it, nothing of the caller."""


class PhoneSettings(AgentPhoneSettings):
    """One field a variable: `public_url` is PHONE_PUBLIC_URL."""

    public_url: Annotated[str, AfterValidator(_base_url)]
    """The address that Twilio calls, without a path. Signatures are checked against it."""
    twilio_auth_token: Annotated[SecretStr, AfterValidator(_secret)]
    """The account's primary auth token."""
    twilio_account_sid: str = ""
    """If set, requests of any other account are refused."""

    sip_host: Annotated[str, AfterValidator(_sip_host)] = ""
    """LiveKit's SIP address: SUBDOMAIN.sip.livekit.cloud, or host and port of your own."""
    sip_transport: Literal["tcp", "tls", "udp"] = "tcp"
    sip_username: str = "twilio"
    sip_password: SecretStr = SecretStr("")
    numbers: Annotated[tuple[str, ...], AfterValidator(_numbers)] = ()
    """Our numbers, as a JSON list of E.164. The trunk takes calls to these and no others."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    workers: int = Field(default=1, ge=1, le=64)

    slots: str = "sqlite:calls.db"
    """Where slots are kept: sqlite:PATH on one machine, redis://HOST:PORT/0 for several."""
    max_calls: int = Field(default=150, ge=1)
    starts_per_second: float = Field(default=20.0, gt=0)
    when_full: Literal["busy", "sentence", "ring"] = "busy"
    """What a caller gets who is one too many. A sentence is answered and billed; `ring` lets the
    call ring for `ring_when_full_s`, in the hope that an agent becomes free."""
    when_store_down: Literal["refuse", "admit"] = "refuse"
    """Refusing protects the calls that run; admitting answers everybody, with no limit."""
    ring_s: int = Field(default=20, ge=5, le=600)
    ring_when_full_s: int = Field(default=60, ge=5, le=600)
    max_call_s: int = Field(default=900, ge=30, le=14_400)

    full_sentence: str = "All our lines are busy. Please call again in a few minutes."
    sorry_sentence: str = "We are sorry, nobody can take your call now. Please call again later."
    unknown_number_sentence: str = "This number is not in service."

    rules: str = ""
    """The file that chooses a profile for each call; without it AGENT_PROFILE serves all."""
    agent_name: str = Field(default="", validation_alias="LIVEKIT_AGENT_NAME")
    """The name that the dispatch rule calls. LiveKit reads the same variable in the agent."""
    livekit_url: str = Field(default="", validation_alias="LIVEKIT_URL")
    livekit_api_key: str = Field(default="", validation_alias="LIVEKIT_API_KEY")
    livekit_api_secret: SecretStr = Field(
        default=SecretStr(""), validation_alias="LIVEKIT_API_SECRET"
    )

    @cached_property
    def slot_limits(self) -> SlotLimits:
        """What the slot store enforces; a lease outlives the longest call that can be."""
        ring = max(self.ring_s, self.ring_when_full_s)
        lease = self.max_call_s + ring + LEASE_MARGIN_S
        return SlotLimits(self.max_calls, self.starts_per_second, lease)


Settings = TypeVar("Settings", bound=AgentPhoneSettings)


def read_settings(**values: Any) -> PhoneSettings:
    """The settings of this process; `values`, by field, come before environment and `.env`.

    Raises:
        SettingsError: values that are missing or wrong, all of them at once, none of them shown.
    """
    return _read(PhoneSettings, **values)


def read_agent_settings() -> AgentPhoneSettings:
    """What the agent needs; raises as `read_settings`."""
    return _read(AgentPhoneSettings)


def _read(kind: type[Settings], **values: Any) -> Settings:
    try:
        return kind(**values)
    except ValidationError as error:
        wrong = [f"{_variable(str(part['loc'][0]))}: {_reason(part)}" for part in error.errors()]
        raise SettingsError("; ".join(wrong), "docs/phone.md lists the settings.") from None
    except PydanticSettingsError as error:  # its message has the field in double quotes
        name = _variable(str(error).split('"')[1])
        raise SettingsError(f"{name}: not JSON", "docs/phone.md shows how it is written.") from None


def _reason(part: ErrorDetails) -> str:
    if part["type"] == "missing":
        return "not set"
    return part["msg"].removeprefix("Value error, ")


def _variable(field: str) -> str:
    return field if field.isupper() else f"PHONE_{field.upper()}"
