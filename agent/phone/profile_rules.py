"""Which profile serves a call: the first rule of a small file that fits.

    default = "phone"

    [[rule]]
    profile = "patient"
    number = ["+15551234567"]       # the number that was dialled
    country = ["DE", "AT"]          # the caller's
    hours = ["18:00", "08:00"]      # from, to; may pass midnight
    timezone = "Europe/Berlin"
    share = 0.1                     # this part of the calls that fit: an A/B test

Conditions that are left out always hold. The share goes by the call's SID, so a repeated request
gets the same profile.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from tuner import small_files
from tuner.errors import SettingsError


def _timezone(value: object) -> object:
    try:
        return ZoneInfo(value) if isinstance(value, str) else value
    except (ValueError, OSError, LookupError):
        raise ValueError("not the name of a time zone") from None


class ProfileRule(BaseModel):
    """One rule: all of its conditions must hold."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    profile: str
    number: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    hours: tuple[time, time] | None = None
    timezone: Annotated[ZoneInfo, BeforeValidator(_timezone)] = ZoneInfo("UTC")
    share: float = Field(1.0, gt=0, le=1)

    def fits(self, call: str, number: str, country: str, now: datetime) -> bool:
        """Whether the rule holds for a call that comes at `now`, a time with a zone."""
        return (
            (not self.number or number in self.number)
            and (not self.country or country.upper() in self.country)
            and self._open(now.astimezone(self.timezone).time())
            and _fraction(f"{self.profile}:{call}") < self.share
        )

    def _open(self, now: time) -> bool:
        if self.hours is None:
            return True
        first, last = self.hours
        return first <= now < last if first <= last else now >= first or now < last


class ProfileRules(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    default: str = ""
    rule: tuple[ProfileRule, ...] = ()

    def choose(self, call: str, number: str, country: str, now: datetime) -> str:
        """The profile of a call; "" leaves it to the agent's own AGENT_PROFILE."""
        for rule in self.rule:
            if rule.fits(call, number, country, now):
                return rule.profile
        return self.default

    def names(self) -> Iterator[str]:
        """Every profile that a call may get."""
        yield from dict.fromkeys(filter(None, (self.default, *(r.profile for r in self.rule))))


def read_rules(path: str) -> ProfileRules:
    """Read the file; without a path there are no rules.

    Raises:
        SettingsError: it cannot be read, or something in it is wrong, named with its place.
    """
    if not path:
        return ProfileRules()
    try:
        return ProfileRules.model_validate(small_files.toml(Path(path).expanduser()))
    except OSError as error:
        why = f"cannot read {path}: {error.strerror}"
        raise SettingsError(why, "Check PHONE_RULES and the permissions.") from error
    except ValidationError as error:
        raise SettingsError(_mistakes(path, error), "docs/phone.md shows a file.") from None
    except ValueError as error:
        raise SettingsError(f"{path}: {error}", "docs/phone.md shows a file.") from error


def _mistakes(path: str, error: ValidationError) -> str:
    places = ((".".join(map(str, part["loc"])), part["msg"]) for part in error.errors())
    return "; ".join(f"{path}: {place}: {why}" for place, why in places)


def _fraction(text: str) -> float:
    """A number from 0 up to 1, always the same for the same text."""
    return zlib.crc32(text.encode()) / 2**32
