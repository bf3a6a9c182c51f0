"""Command line: `python -m tools.version_logs --cache FOLDER [VERSION ...]`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.version_logs import conversation
from tools.version_logs.conversation import Measurement
from tools.version_logs.environments import python_of, run
from tools.version_logs.truth import truth
from tools.version_logs.versions import RELEASES, Layout, Release
from tools.version_logs.wording import Line, written

TEXTS = Path(__file__).parents[2] / "tests" / "version_logs"
TRUTH = TEXTS / "truth.json"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.version_logs", description=__doc__)
    parser.add_argument("versions", nargs="*", help="only these versions; all when left out")
    parser.add_argument("--cache", type=Path, required=True, help="keeps the environments")
    return parser.parse_args()


def main() -> None:
    """Writes the texts of the releases and their truth."""
    arguments = _arguments()
    TEXTS.mkdir(exist_ok=True)
    known = json.loads(TRUTH.read_text()) if TRUTH.exists() else {}
    for release in RELEASES:
        if not arguments.versions or release.version in arguments.versions:
            known |= dict(_write(release, python_of(release, arguments.cache)))
            print(release.version)
    TRUTH.write_text(json.dumps(dict(sorted(known.items())), indent=1) + "\n")


def _write(release: Release, python: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Writes one text for each layout; gives the texts' names and figures."""
    lines = list(written(conversation.script(), release))
    scripts = {}
    for layout in release.layouts:
        name = f"{release.version}.{layout.name}.log"
        shown = [each for each in lines if _happens(each, layout)]
        played = [_playable(each, release) for each in shown]
        scripts[str(TEXTS / name)] = _script(played, layout)
        yield name, truth(lines, {0} if layout.console else {0, 1, 2}, layout)
    run(python, scripts)


def _happens(line: Line | Measurement, layout: Layout) -> bool:
    """Whether the line belongs to a text: the console mode has one call and no server."""
    if isinstance(line, Measurement):
        return not layout.console or line.call == 0
    return not layout.console or (line.event.call in {0, None} and not line.event.serving)


def _script(lines: list[dict[str, Any]], layout: Layout) -> dict[str, Any]:
    calls = [_call(call) for call in range(3)]
    how = {"level": layout.level, "production": layout.production, "console": layout.console}
    terminal = {"COLUMNS": str(layout.width), "TERM": "xterm-256color"}
    terminal |= {"FORCE_COLOR": "1"} if layout.colour else {}
    return {"calls": calls, "lines": lines, "environ": terminal, **how}


def _call(call: int) -> dict[str, Any]:
    ids = {"job_id": conversation.job_id(call), "room": conversation.room(call)}
    return {**ids, "room_sid": f"RM_{call}", "pid": conversation.pid(call)}


def _playable(line: Line | Measurement, release: Release) -> dict[str, Any]:
    """A line as the playback reads it."""
    if isinstance(line, Measurement):
        return {"at": line.at, "call": line.call, "family": line.family, "values": line.values}
    event, row = line.event, line.row
    fields = {k: release.version if v == "{version}" else v for k, v in line.fields.items()}
    where = {"logger": row.logger, "level": row.level, "file": row.file}
    return {"at": event.at, "call": event.call, "message": line.message, "fields": fields, **where}


if __name__ == "__main__":
    main()
