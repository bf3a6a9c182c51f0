"""The pauses of a log for a replay, looked for when the advice first asks for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuner.errors import TunerError
from tuner.execution.kept_turn_logs import KeptTurnLogs
from tuner.limits import Limits
from tuner.pipeline.turn_logs import MOST_CALLS, replay, settings_behind
from tuner.reading.record_filter import Filter
from tuner.settings.running_profile import running_profile

if TYPE_CHECKING:
    from tuner.model import Current, FrontierPoint
    from tuner.summary.summary import Summary
    from tuner.whatif.predict import Replay


class Pauses:
    """The log to be replayed, read when it is first asked for; else what a replay takes."""

    def __init__(
        self,
        paths: Sequence[str | Path],
        only: Filter,
        current: str | None,
        environ: Mapping[str, str],
        kept: KeptTurnLogs | None = None,
    ) -> None:
        self._paths, self.only, self._current, self._environ = paths, only, current, environ
        self._kept = kept
        self._asked = self._unstamped = False

    def running(self, summaries: Sequence[Summary]) -> Current:
        """The profile behind the log, as far as it is known."""
        from tuner.redaction.profile import shown_profile

        many = sum(len(summary.calls) for summary in summaries) > MOST_CALLS
        self._unstamped = many and not any(summary.settings for summary in summaries)
        found = running_profile(self._current, summaries, self._environ, Path.cwd())
        return shown_profile(found)

    def __call__(self) -> Replay | str:
        """The replay of the log, or why there can be none."""
        self._asked = True
        return self._answer

    def frontier(
        self, profiles: Mapping[str, Mapping[str, Any]], limits: Limits
    ) -> tuple[FrontierPoint, ...]:
        """What other settings would do, where the advice had to ask; nothing is read for it."""
        if not self._asked or isinstance(self._answer, str):
            return ()
        from tuner.advice import choices

        return choices.frontier(self._answer, profiles, limits)

    @cached_property
    def _answer(self) -> Replay | str:
        if "-" in map(str, self._paths):
            return "the log as a file: the callers' pauses are read in a second pass"
        options = {"current": self._current, "environ": self._environ, **self.only._asdict()}
        try:
            if self._unstamped:  # spans hold no settings: to read them again would give nothing
                settings_behind((), self._current, self._environ)
            return replay(self._paths, **options, on_problem=_reported_already, kept=self._kept)
        except TunerError as error:
            return f"a replay of the callers' pauses, but {error}. {error.next_step}".rstrip(". ")


def _reported_already(problem: str) -> None:
    """The analysis names the problems of its inputs by itself."""
    del problem
