"""Results in, the text of results.md and results.json out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.peers import TUNER
from benchmarks.results import TARGETS, Results, Scene, Timing, slope, speed

_MEMORY_NOTE = (
    "Peak memory is the largest sum over the process tree, sampled every 20 ms in a run of its "
    "own: {measure}, in brackets what was allocated, without mapped files."
)


def markdown(results: Results) -> str:
    """Return the report as Markdown."""
    parts = [_head(results), "\n".join(_targets(results))]
    parts += ["\n".join(_scene(scene)) for scene in results.scenes]
    parts += ["\n".join(_growth(kind, grown)) for kind, grown in results.growth.items()]
    if results.faults:
        parts.append("## Faults\n\n" + "\n".join(f"- {fault}" for fault in results.faults))
    return "\n\n".join(parts) + "\n"


def document(results: Results) -> str:
    """Return all that was measured as JSON."""
    out: dict[str, Any] = asdict(results)
    for scene in out["scenes"] + [s for grown in out["growth"].values() for s in grown]:
        for timing in scene["timings"]:
            memory = timing["memory"]
            timing["memory"] = memory and dict(
                zip(("mb", "own_mb", "measure"), memory, strict=True)
            )
    out["slopes"] = {kind: slope(grown) for kind, grown in results.growth.items()}
    out["targets"] = [
        {"text": t.text, "limit": t.limit, "measured": t.figure(results), "met": t.met(results)}
        for t in TARGETS
    ]
    out["faults"] = results.faults
    return json.dumps(out, indent=1) + "\n"


def _head(results: Results) -> str:
    facts = results.machine
    versions = ", ".join(f"{name} {said}" for name, said in facts["versions"].items())
    when = f"{results.date}, " if results.date else ""
    measures = {t.memory.measure for s in results.scenes for t in s.timings if t.memory}
    note = _MEMORY_NOTE.format(measure=" and ".join(sorted(measures)) or "not measured")
    return (
        "# Measured\n\n"
        f"Made by `{facts['command']}`; how, stands in [README.md](README.md).\n\n"
        f"{when}{facts['cpu']}, {facts['cores']} cores, {facts['memory_gb']} GB, "
        f"{facts['system']}, Python {facts['python']}, commit {facts['commit'] or 'unknown'}, "
        f"load {facts['load_before']} before it began.\nVersions: {versions}.\n\n{note}"
    )


def _targets(results: Results) -> Iterator[str]:
    yield "## What must be shown\n"
    yield from _rule("what", "limit", "measured", "met")
    for target in TARGETS:
        sign, found = "≤" if target.at_most else "≥", target.figure(results)
        met = {True: "yes", False: "**no**", None: "not measured"}[target.met(results)]
        yield _row(target.text, f"{sign} {target.limit:g}", _number(found), met)


def _scene(scene: Scene) -> Iterator[str]:
    yield f"## {scene.name}: {_size(scene)}, {scene.lines:,} lines ({scene.log})\n"
    yield from _rule("peer", "does", "seconds", "MB/s", "time / ours", "peak MB", "figures")
    yield from (_peer(scene, timing) for timing in scene.timings)
    for peer, needs in scene.missing.items():
        yield _row(peer, f"missing here: {', '.join(needs)}", *[""] * 5)


def _peer(scene: Scene, timing: Timing) -> str:
    if timing.median is None:
        return _row(timing.peer, f"failed: {timing.failed or 'no time'}", *[""] * 5)
    ours, rate = scene.seconds(TUNER), speed(scene, timing.peer)
    against = f"{timing.median / ours:.2f}" if ours else ""
    agree = timing.figures - len(timing.wrong)
    return _row(
        timing.peer,
        timing.does,
        f"{timing.median:.2f} ({min(timing.seconds):.2f}–{max(timing.seconds):.2f})",
        f"{rate:,.0f}",
        against,
        _memory(timing),
        f"{agree} of {timing.figures} true",
    )


def _growth(kind: str, grown: Sequence[Scene]) -> Iterator[str]:
    steep = slope(grown)
    yield f"## growth, {kind}: slope {_number(steep)} from 100 MB up\n"
    yield from _rule("size", "seconds", "MB/s", "peak MB", "figures")
    for scene in grown:
        for t in scene.timings:
            seconds = f"{t.median:.2f}" if t.median is not None else f"failed: {t.failed}"
            told = f"{t.figures - len(t.wrong)} of {t.figures} true"
            yield _row(_size(scene), seconds, f"{speed(scene) or 0:,.0f}", _memory(t), told)


def _memory(timing: Timing) -> str:
    memory = timing.memory
    if memory is None:
        return ""
    if not memory.total:
        return "too brief"
    own = f" ({memory.own:.0f})" if memory.own is not None else ""
    return f"{memory.total:.0f}{own}"


def _size(scene: Scene) -> str:
    gb = scene.bytes / 1e9
    return f"{gb:.2f} GB" if gb >= 1 else f"{gb * 1000:.0f} MB"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _rule(*names: str) -> tuple[str, str]:
    return _row(*names), "|" + "---|" * len(names)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
