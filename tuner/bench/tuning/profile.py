"""The winner of a tuning in, a profile out whose comments say what each value rests on."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tuner import whole_files
from tuner.bench.tuning.candidates import CURRENT, Candidate, of_calls
from tuner.bench.tuning.result import FIGURES as MEASURED
from tuner.bench.tuning.result import RaceResult
from tuner.errors import UsageError
from tuner.report.what_if import TITLES
from tuner.settings.knob_table import KNOBS
from tuner.whatif.draws import Figure
from tuner.whatif.predict import Replay
from tuner.whatif.texts import cell
from tuner.whatif.timing import FIGURES

if TYPE_CHECKING:
    from tuner.bench.results.estimates import Estimate

WIDTH = 96


class ProfileOrigin(NamedTuple):
    """Where a profile comes from: the log's name, the command, the day (ISO), the seed."""

    log: str
    command: str
    day: str
    seed: int


def text(winner: Candidate, log: Replay, origin: ProfileOrigin, outcome: RaceResult | None) -> str:
    """The profile. `outcome` is None where only a replay chose."""
    parts = [
        [f"# {line}" for line in (_headline(winner, origin, outcome), "")],
        _commented(*_head(log, origin, outcome)),
    ]
    for name, value in winner.changes.items():
        parts.append([*_commented(*_why(name, log, value)), _assignment(name, value)])
    parts.append(_as_before(winner, log))
    blocks = ["\n".join(line.rstrip() for line in part) for part in parts if part]
    return blocks[0] + "\n" + "\n\n".join(blocks[1:]) + "\n"


def _headline(winner: Candidate, origin: ProfileOrigin, outcome: RaceResult | None) -> str:
    """One line: `tuner profiles list` shows it."""
    if outcome is None:
        how = "By replay alone: " + "; ".join(_moves(winner.predicted))
    else:
        now, then = outcome.figures[CURRENT], outcome.figures[winner.name]
        pairs = {name: f"{_number(now[name])} -> {_number(then[name])}" for name in MEASURED}
        how = (
            f"In the bench: {pairs['cut_offs_per_turn']} cut-offs a turn, median wait "
            f"{pairs['wait_p50_s']} s, {pairs['false_stops_per_min']} false stops a minute"
        )
    return f"For the callers of {origin.log}. {how}"


def _head(log: Replay, origin: ProfileOrigin, outcome: RaceResult | None) -> Iterator[str]:
    yield (
        f"Written by `{origin.command}` on {origin.day} from {len(log.calls)} calls with "
        f"{log.turns} turns and {len(log.pauses)} pauses."
    )
    if outcome is None:
        yield "No call was held: run `tuner tune` without --offline to verify it."
        return
    yield (
        f"Verified with {outcome.fresh} simulated callers fitted to that log (seed "
        f"{origin.seed + 1}; the race had seed {origin.seed}), the same for both settings. "
        "Before -> after, with 95 % intervals:"
    )
    for name, title in MEASURED.items():
        now, then = (outcome.figures[one][name] for one in (CURRENT, outcome.winner.name))
        yield f"  {title}: {with_interval(now)} -> {with_interval(then)}"


def _why(name: str, log: Replay, value: object) -> Iterator[str]:
    knob = KNOBS[name]
    yield f"Was {knob.text_with_unit(log.values[name])}. {knob.meaning}"
    figures = log.predict({name: value})
    unsure = {figure.why for figure in figures.values() if figure.label == "not enough data"}
    moves = _moves(figures)
    if moves:
        yield f"By replay of the log, this alone: {'; '.join(moves)}."
    elif unsure:
        yield f"No replay shows what this alone does: {'; '.join(sorted(unsure))}."
    else:
        yield "By replay of the log, this alone changes nothing that callers notice."


def _moves(figures: Mapping[Any, Figure]) -> list[str]:
    """The figures that change, each with its interval and label."""
    found = []
    for name in FIGURES:
        figure = figures[name]
        if figure.label == "not enough data" or (figure.low, figure.high) == (0.0, 0.0):
            continue
        before = "" if figure.logged is None else f"{figure.logged:.2f} -> "
        found.append(f"{TITLES[name]} {before}{cell(figure)} ({figure.label})")
    return found


def _as_before(winner: Candidate, log: Replay) -> list[str]:
    """What the log's settings have besides, so that the profile is complete."""
    kept = {
        name: value
        for name, value in of_calls(log.values).items()
        if name not in winner.changes and value != KNOBS[name].default
    }
    if not kept:
        return []
    why = "As in the log. Prompt and greeting are not in a log: set them yourself."
    return [*_commented(why), *(_assignment(name, value) for name, value in kept.items())]


def _assignment(name: str, value: object) -> str:
    return f"{name}={KNOBS[name].text(value)}"


def _commented(*paragraphs: str) -> list[str]:
    return [
        f"# {line}"
        for paragraph in paragraphs
        for line in textwrap.wrap(
            paragraph, WIDTH, subsequent_indent="  " if paragraph.startswith("  ") else ""
        )
    ]


def _number(estimate: Estimate) -> str:
    return "-" if estimate.value is None else f"{estimate.value:.2f}"


def with_interval(estimate: Estimate) -> str:
    """ "0.36 (0.26 to 0.44)"; "-" where there was nothing to measure."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "-"
    return f"{estimate.value:.2f} ({estimate.low:.2f} to {estimate.high:.2f})"


def check_target(path: Path, force: bool) -> None:
    """Raise UsageError if the profile could not be written there; long before it is.

    A profile that exists is replaced only with `force`.
    """
    if path.suffix != ".env":
        raise UsageError(f"-o {path}: a profile ends in .env", "Write -o profiles/ours.env.")
    whole_files.check_new(path, force)


def write(path: Path, profile: str) -> None:
    """Write it whole or not at all. Raises OSError, leaving what was there before."""
    whole_files.write(path, profile.encode(), mode=0o644)
