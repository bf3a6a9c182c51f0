"""Logs that were read in, the single calls that stand beside their report out."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from tuner.errors import InputError

if TYPE_CHECKING:
    from tuner.calls.model import CallList, CallTimeline
    from tuner.calls.read import ReadCalls
    from tuner.execution.processes import Copied


class SingleCalls(NamedTuple):
    """The calls of some logs, the most costly first, and the timelines of the first of them."""

    listed: CallList
    worst: tuple[CallTimeline, ...]


class CallsBeside:
    """The single calls of logs that were read; the events are read when they are asked for."""

    def __init__(
        self, given: tuple[Any, ...], drawn: tuple[int, str | None, Mapping[str, str]]
    ) -> None:
        """`given` is what `ReadCalls` takes; `drawn` says how many have timelines, and of whom."""
        self._given, self._drawn = given, drawn
        self._ahead: Copied[SingleCalls] | None = None

    def __call__(self) -> SingleCalls:
        """Wait for them. Raises InputError where no line names its call."""
        return self._found

    @cached_property
    def _found(self) -> SingleCalls:
        return self._made() if self._ahead is None else self._ahead.result()

    def _made(self) -> SingleCalls:
        from tuner.calls import timeline

        (worst, current, environ), read = self._drawn, self._read
        listed = read.listed()
        ids = [call.id for call in listed.calls[:worst]]
        lines = timeline.timelines(read, ids, current, environ) if ids else ()
        return SingleCalls(listed, lines)

    @cached_property
    def _read(self) -> ReadCalls:
        from tuner.calls.read import ReadCalls

        return ReadCalls(*self._given)

    def begin(self) -> None:
        """Have a copy of this process make them meanwhile, or other processes read them."""
        from tuner.execution.processes import Copied

        with suppress(InputError):
            if self._read.is_worth_processes:
                self._ahead = Copied(self._made)
            if self._ahead is None or not self._ahead.is_begun:
                self._read.begin()

    def close(self) -> None:
        """Stop what was begun."""
        if self._ahead is not None:
            self._ahead.close()
        with suppress(InputError):
            self._read.close()
