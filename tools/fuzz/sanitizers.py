"""`python -m tools.fuzz.sanitizers [EXECUTIONS] [SEED]`: the compiled scan on damaged logs, under
the address and undefined-behaviour sanitizers.

Each round damages a piece of a log and gives it to the three entries of the scan.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from unittest import mock

import hatch_build
from tests import export_shapes, formats, rich_screens, samples, shipping
from tuner.exports import many_records, recognising
from tuner.inputs.chunks import MAX_LINE, Chunk
from tuner.lines import look
from tuner.lines.layouts import NONE
from tuner.reading import fast, gathered_lines, rendered_lines, rich_lines, rich_regions
from tuner.reading.record_filter import EVERYTHING
from tuner.scan import layout
from tuner.scan.export_lines import Form, LineTaker
from tuner.scan.known_records import KnownRecords

ROOT = Path(__file__).parents[2]
CHECKED = ("-g1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
STRICT = ("-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror")
_A_ROUND = 3
_SOURCES = (ROOT / "tests/scan_fuzz.c", ROOT / "tuner/scan/csrc/scan.c")


def compiled(
    program: Path, *sources: Path, effort: str = "-O1"
) -> subprocess.CompletedProcess[str]:
    """The program, built with the sanitizers inside."""
    command = [
        *hatch_build.compiler(),
        effort,
        *CHECKED,
        *STRICT,
        *map(str, sources),
        "-o",
        str(program),
    ]
    return subprocess.run([*command, "-lm"], capture_output=True, text=True, check=False)


def build(folder: Path, effort: str = "-O1") -> Path | None:
    """The fuzzer in a folder; None where there is no compiler, or one without sanitizers.

    With less effort it is built sooner and runs half as fast: for few rounds.
    """
    nothing, program = folder / "nothing.c", folder / "fuzz"
    nothing.write_text("int main(void) { return 0; }\n")
    if not hatch_build.compiler() or compiled(program, nothing).returncode:
        return None
    if subprocess.run([program], check=False).returncode:
        return None
    built = compiled(program, *_SOURCES, effort=effort)
    if built.returncode:
        raise RuntimeError(built.stderr)
    return program


@cache
def _talk() -> bytes:
    return samples.data("false-interruptions.jsonl")


@cache
def _records() -> list[export_shapes.Fields]:
    return list(map(json.loads, _talk().splitlines()))


def _wrapped(way: str) -> bytes:
    return shipping.LINE_WRAPPERS[way](_talk())


def _compact() -> bytes:
    return "\n".join(map(formats.compact, _records())).encode() + b"\n"


def _objects() -> bytes:
    return ",\n".join(json.dumps(_as_object(each), indent=2) for each in _records()).encode()


def _screen(version: str, code: bool = False, width: int = 100) -> bytes:
    shown = [record for record in _records()[:500] if record["name"] != "tuner.turns"]
    return rich_screens.screen(shown, rich_screens.VERSIONS[version], width, code=code).encode()


def _as_text(record: export_shapes.Fields) -> export_shapes.Fields:
    return {"message": export_shapes.line(record), "timestamp": export_shapes.zulu(record)}


def _as_bytes(record: export_shapes.Fields) -> export_shapes.Fields:
    text = export_shapes.dev(record).encode()
    return {"message": [*text], "timestamp": export_shapes.zulu(record)}


def _as_object(record: export_shapes.Fields) -> export_shapes.Fields:
    bare = export_shapes.bare(record)
    return {"jsonPayload": bare, "timestamp": export_shapes.zulu(record)}


def _shipped(way: str) -> bytes:
    """Dev text in a wrapper, of which both are learnt together."""
    text = samples.data("healthy-info.jsonl")
    return shipping.LINE_WRAPPERS[way](shipping.dev_text(text))


def _pipecat() -> bytes:
    return b"".join(
        path.read_bytes() for path in sorted((ROOT / "tests/specimens").glob("pipe*.log"))
    )


def _export(shape: export_shapes.Shape) -> bytes:
    return shape(_records()[:500])


def _lines(layout: Callable[[export_shapes.Fields], str]) -> bytes:
    return "\n".join(map(layout, _records())).encode() + b"\n"


_SPREAD = (
    *(export_shapes.gcloud_yaml, export_shapes.gcloud_yaml_text, export_shapes.aws_yaml),
    *(export_shapes.aws_tail_json, export_shapes.journal_verbose, export_shapes.journal_export),
)
_TEXTS = (formats.american, formats.seconds, formats.basic)
_WRAPPED = ("docker", "docker_split", "cri", "cri_split", "syslog")
LOGS: Mapping[str, Callable[[], bytes]] = {
    **{name: partial(samples.data, name) for name in samples.NAMES},
    **{way: partial(_wrapped, way) for way in _WRAPPED},
    "false-interruptions.text": _compact,
    **{f"{each.__name__}.text": partial(_lines, each) for each in _TEXTS},
    "healthy-info.dev": lambda: shipping.dev_text(samples.data("healthy-info.jsonl")),
    "false-interruptions.dev": lambda: shipping.dev_text(_talk()),
    **{f"{way}.text": partial(_shipped, way) for way in ("docker", "cri", "compose_coloured")},
    **{f"{name}.screen": partial(_screen, name) for name in rich_screens.VERSIONS},
    "cut.screen": partial(_screen, "1.3.3", code=True),
    **{f"narrow.{name}.screen": partial(_screen, name, width=62) for name in rich_screens.VERSIONS},
    "pipecat.log": _pipecat,
    "rows.csv": lambda: export_shapes.insights_csv(_records()),
    "texts.ndjson": lambda: export_shapes.lines(_as_text)(_records()),
    "texts.json": lambda: "\n".join(
        json.dumps(export_shapes.dev(each)) for each in _records()
    ).encode(),
    "lists.ndjson": lambda: "\n".join(
        json.dumps([export_shapes.nanos(each), export_shapes.dev(each)]) for each in _records()
    ).encode(),
    "bytes.ndjson": lambda: export_shapes.lines(_as_bytes)(_records()),
    "fields.json": lambda: export_shapes.insights_results(_records()),
    "labels.log": lambda: export_shapes.logcli(_records()),
    "lengths.log": lambda: export_shapes.counted("\n")(_records()),
    "objects.ndjson": lambda: export_shapes.lines(_as_object)(_records()),
    "objects.json": _objects,
    "datadog.apart": lambda: export_shapes.datadog(_records()),
    "otlp.apart": lambda: export_shapes.lines(export_shapes.otlp)(_records()),
    "pairs.apart": partial(_lines, export_shapes.as_pairs),
    "structlog.rendered": partial(_lines, formats.structlog),
    "pretty.below": partial(_lines, formats.pino_pretty),
    **{f"{each.__name__}.spread": partial(_export, each) for each in _SPREAD},
    "console.rendered": partial(_lines, formats.structlog_console),
}
"""Logs in every layout that the scan reads, by name; made when they are asked for."""


def run(program: Path, name: str, log: bytes, rounds: int, seed: int = 0) -> str:
    """Damage a log so often; what the sanitizers report, "" if nothing."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / each for each in ("given", "heads", "known", "log")]
        contents = (_given(name, log), _heads(log), _known(name, log), log)
        for file, content in zip(files, contents, strict=True):
            file.write_bytes(content)
        command = [str(each) for each in (program, *files, rounds, seed)]
        done = subprocess.run(command, capture_output=True, check=False)
    return done.stderr.decode() or f"exit {done.returncode}" if done.returncode else ""


def _given(name: str, log: bytes) -> bytes:
    """What the scan is handed before a log: rows, words and limits, and how its lines begin."""
    scanner = fast._dev_scanner() if ".dev" in name else fast._json_scanner()
    if ".text" in name:
        assert fast._scanned(Chunk(log), EVERYTHING, 1000.0, False, look.look(log)) is not None
        scanner = fast._text_scanner()
    elif ".below" in name:
        assert fast._scanned(Chunk(log), EVERYTHING, 1000.0, False, look.look(log)) is not None
        scanner = gathered_lines.scanner()
    scanner.take(b"", strict=False)
    scanner.dev(1000.0, in_order=False)
    return bytes(memoryview(scanner._scan).cast("B")[: layout.Scan.lines.offset])


def _heads(log: bytes) -> bytes:
    """What is known of how a log's rows begin, if it is a screen."""
    rows = rich_lines.RichLines()
    rich_regions.regions(rows, log)
    screen = rows.lines._screen
    return bytes(memoryview(screen).cast("B")[: layout.ScreenStruct.at.offset])


def _known(name: str, log: bytes) -> bytes:
    """What is learnt of how records of a log are written."""
    if name.endswith(".rendered"):
        lines = log.split(b"\n")
        found = rendered_lines.of(NONE, lines)
        assert found is not None
        found.learn(lines)
        return bytes(memoryview(found.kinds.known.struct).cast("B"))
    return _known_of_export(log) if name.endswith(".apart") else b""


def _known_of_export(log: bytes) -> bytes:
    """The same of an export."""
    made: list[KnownRecords] = []

    def make(form: Form, longest: int) -> LineTaker:
        made.extend([form] if isinstance(form, KnownRecords) else [])
        return LineTaker(form, longest)

    with mock.patch.object(many_records, "_taker", lambda form: make(form, MAX_LINE)):
        maker = recognising.translator(log[:100_000])
        assert maker is not None
        list(maker([log]).entries())
    return bytes(memoryview(made[-1].struct).cast("B"))


def main(executions: int, seed: int) -> int:
    """Run so many executions; return how many logs brought something out."""
    found, rounds = 0, -(-executions // (_A_ROUND * len(LOGS)))
    with tempfile.TemporaryDirectory() as folder:
        program = build(Path(folder))
        if program is None:
            sys.stdout.write("no compiler with sanitizers here: nothing was run\n")
            return 1
        for name, made in LOGS.items():
            why = run(program, name, made(), rounds, seed)
            found += bool(why)
            sys.stdout.write(
                f"{name}: {why or f'{rounds * _A_ROUND:,} executions, nothing found'}\n"
            )
            sys.stdout.flush()
    return found


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    sys.exit(bool(main(numbers[0] if numbers else 400_000, numbers[1] if numbers[1:] else 0)))
