"""`python -m benchmarks.readme`: the table of README.md, renewed from results.json."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.peers import TUNER

HERE = Path(__file__).parent
RESULTS, README = HERE / "results.json", HERE.parent / "README.md"
HEAD = "| log | ours | peers |\n|---|---|---|\n"
LOGS = {
    "debug": "genuine debug JSON",
    "info-debug": "genuine INFO, with LiveKit's DEBUG lines",
    "sparse": "debug JSON, 1 line in 100 a signal",
    "dense": "dense INFO JSON",
    "cri": "of it from Kubernetes",
    "docker": "of it from Docker",
    "csv": "of it as CloudWatch's CSV",
    "array": "of it as a JSON array of texts",
    "pretty": "of it as a printed JSON array of records",
    "nested": "of it inside of Google Cloud's records",
    "heroku": "of it behind Heroku's prefix",
    "formatter": "of it by a formatter of its own, no fields",
    "logging": "of it by Python's usual formatter, no fields",
    "compact": "of it as LiveKit's compact text",
    "dev": "coloured dev text",
    "gz": "debug JSON as gz",
    "rich": "of the dense log as LiveKit's Rich screen",
    "pipecat": "of a Pipecat log",
    "spans": "of OpenTelemetry spans",
}
"""What README calls the log of each scene, in the order of its rows."""
_OURS = (TUNER, "tuner --jobs 1")


def table(results: Mapping[str, Any]) -> str:
    """The table of all scenes that were played, with the largest log of the growth."""
    scenes = {scene["name"]: scene for scene in results["scenes"]}
    rows = [_row(scenes[name], what) for name, what in LOGS.items() if name in scenes]
    grown = results["growth"].get("dense")
    rows += [_row(grown[-1], "of dense INFO JSON")] if grown else []
    return HEAD + "\n".join(rows) + "\n"


def renew() -> None:
    """Put the table of results.json into README.md in place of the one that stands there."""
    before, _, rest = README.read_text().partition(HEAD)
    _, _, behind = rest.partition("\n\n")
    README.write_text(f"{before}{table(json.loads(RESULTS.read_text()))}\n{behind}")


def _row(scene: Mapping[str, Any], what: str) -> str:
    ours = next(timing for timing in scene["timings"] if timing["peer"] == TUNER)
    peers = "; ".join(_peers(scene))
    return f"| {_size(scene['bytes'])} {what} | {_seconds(ours)}{_memory(ours)} | {peers} |"


def _peers(scene: Mapping[str, Any]) -> Iterator[str]:
    for timing in scene["timings"]:
        if timing["peer"] not in _OURS and timing["seconds"]:
            yield f"{timing['peer']} {_seconds(timing)}".replace("|", "\\|")


def _seconds(timing: Mapping[str, Any]) -> str:
    if not timing["seconds"]:
        return "failed"
    found = median(timing["seconds"])
    return f"{found:.2f} s" if found < 1 else f"{found:.2g} s"


def _memory(timing: Mapping[str, Any]) -> str:
    memory = timing["memory"]
    return f", {memory['mb']:.0f} MB" if memory else ""


def _size(size: int) -> str:
    return f"{size / 1e9:.0f} GB" if size > 0.9e9 else f"{size / 1e6:.0f} MB"


if __name__ == "__main__":
    renew()
    sys.stdout.write(f"renewed the table of {README.name}\n")
