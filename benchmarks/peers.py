"""The table of peers: what each needs, the command it runs on a log, and the figures it prints.

A figure carries the name that it has in the truth, so that the two can be compared.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from shlex import join, quote
from typing import Any, NamedTuple

from benchmarks.entries import literals
from benchmarks.programs import by_message
from benchmarks.truth import GREPS, quantiles

Figures = dict[str, Any]
JSON, TEXT, GZ, CSV, ARRAY, RECORD = "JSON", "text", "gz", "CSV", "array", "record"
_QUANTILES = ("ttft_p50", "ttft_p95", "ttfb_p50", "ttfb_p95")
_RG = ("rg", "-c", "-F", *(f"--regexp={literal}" for literal in literals()))
_TOLERANCE_S = 0.0006
"""We keep latencies in whole milliseconds: a quantile may be half of one off."""


class Peer(NamedTuple):
    """A way to ask a log. `shapes` are the logs that it can read; a `slow` one runs less often."""

    name: str
    does: str
    needs: tuple[str, ...]
    shapes: tuple[str, ...]
    command: Callable[[Path], list[str]]
    figures: Callable[[str], Figures]
    slow: bool = False

    @property
    def missing(self) -> list[str]:
        """The programs and modules that it needs and that are not here."""
        return [n for n in self.needs if shutil.which(n) is None and not _is_module(n)]


def disagreements(figures: Figures, truth: Figures) -> list[str]:
    """What a peer counted otherwise than it was."""
    shown = ((name, figures[name]) for name in figures if name not in truth.get("hidden", ()))
    wrong = (name for name, value in shown if not _agrees(value, truth.get(name)))
    return [f"{name}: {figures[name]}, truly {truth.get(name)}" for name in wrong]


def _agrees(found: float | None, true: float | None) -> bool:
    if found is None or true is None:
        return found is true
    return found == true or (isinstance(true, float) and abs(found - true) <= _TOLERANCE_S)


def _is_module(name: str) -> bool:
    return name.isidentifier() and find_spec(name) is not None


def _tuner(*options: str) -> Callable[[Path], list[str]]:
    beside = Path(sys.executable).with_name("tuner")
    module = [sys.executable, "-c", "from tuner.__main__ import main; main()"]
    program = [str(beside)] if beside.exists() else module
    return lambda log: [*program, "analyze", "--json", *options, str(log)]


def _tuner_figures(output: str) -> Figures:
    """Ours, under the names of the truth; what the log could not show is left out."""
    report = json.loads(output)
    signals, latency = report["signals"], report["latency"]
    metrics = {"llm_metrics": latency["llm_ttft"], "tts_metrics": latency["tts_ttfb"]}
    quantiles = [latency[name][p] for name in ("llm_ttft", "tts_ttfb") for p in ("p50", "p95")]
    found = {
        "lines": report["inputs"][0]["lines"],
        "calls": report["exposure"]["calls"],
        "kind:false_interruption": signals["false_interruptions"]["count"],
        "kind:sync_warning": signals["sync_warnings"]["count"],
        "openai_responses": signals["openai_calls"]["count"],
        "openai_slow": signals["openai_calls"]["slow"],
        **{f"kind:{k}": (v["n"] or 0) + (v["censored"] or 0) for k, v in metrics.items()},
        **dict(zip(_QUANTILES, quantiles, strict=True)),
    }
    return {name: value for name, value in found.items() if value is not None}


def _program(name: str) -> Callable[[Path], list[str]]:
    return lambda log: [sys.executable, "-m", "benchmarks.programs", name, str(log)]


def _rg(log: Path) -> list[str]:
    return [*_RG, str(log)]


def _zcat_rg(log: Path) -> list[str]:
    return ["sh", "-c", f"zcat {quote(str(log))} | {join(_RG)}"]


def _greps(log: Path) -> list[str]:
    # A count of zero exits 1 and is an answer. LC_ALL=C is grep at its fastest.
    once = (f"LC_ALL=C grep -c {quote(text)} {quote(str(log))}" for text in GREPS)
    return ["sh", "-c", "; ".join(once) + "; true"]


# jq adding up by itself copies its tables at every line, and its time grows with the square of
# the log; in a pipe with awk it is ten times as fast.
_JQ = "[.message, .job_id, .ttft, .ttfb] | @tsv"
_AWK = """
    { messages[$1]++ }
    $2 != "" { jobs[$2] }
    $1 == "LLM metrics" && $3 >= 0 { ttft[$3]++ }
    $1 == "TTS metrics" && $4 >= 0 { ttfb[$4]++ }
    END {
        print "lines\\t\\t" NR
        print "calls\\t\\t" length(jobs)
        for (key in messages) print "message\\t" key "\\t" messages[key]
        for (key in ttft) print "ttft\\t" key "\\t" ttft[key]
        for (key in ttfb) print "ttfb\\t" key "\\t" ttfb[key]
    }
"""


def _jq(log: Path) -> list[str]:
    return ["sh", "-c", f"jq -r {quote(_JQ)} {quote(str(log))} | awk -F '\t' {quote(_AWK)}"]


def _jq_figures(output: str) -> Figures:
    tables: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for line in output.splitlines():
        name, key, count = line.split("\t")
        tables[name][key] += int(count)
    found: Figures = {name: tables[name][""] for name in ("lines", "calls")}
    for name in ("ttft", "ttfb"):
        seconds = {float(key): count for key, count in tables[name].items()}
        found |= dict(zip((f"{name}_p50", f"{name}_p95"), quantiles(seconds), strict=True))
    return {**found, **by_message(tables["message"])}


def _grep_figures(output: str) -> Figures:
    return {f"grep:{text}": int(n) for text, n in zip(GREPS, output.split(), strict=True)}


def _one_count(output: str) -> Figures:
    return {"lines_with_a_literal": int(output)}


TUNER = "tuner"
_ALL = (JSON, TEXT, GZ, CSV, ARRAY, RECORD)
PEERS: tuple[Peer, ...] = (
    Peer(TUNER, "the whole analysis", ("tuner",), _ALL, _tuner(), _tuner_figures),
    Peer("tuner --jobs 1", "the whole analysis, one process", ("tuner",), _ALL,
         _tuner("--jobs", "1"), _tuner_figures),
    Peer("rg -c", "counts lines with any of our literals", ("rg",), (JSON, TEXT, CSV, ARRAY), _rg,
         _one_count),
    Peer("three greps", "counts three literals, one after the other", ("grep",), (JSON, TEXT),
         _greps, _grep_figures),
    Peer("zcat | rg -c", "counts lines with any of our literals", ("zcat", "rg"), (GZ,), _zcat_rg,
         _one_count),
    Peer("DuckDB", "counts by message, calls, quantiles", ("duckdb",), (JSON,),
         _program("duckdb"), json.loads),
    Peer("DuckDB read_csv", "counts by message, calls, quantiles", ("duckdb",), (CSV,),
         _program("duckdb-csv"), json.loads),
    Peer("DuckDB read_json", "counts by message, calls, quantiles", ("duckdb",), (ARRAY,),
         _program("duckdb-array"), json.loads),
    Peer("re", "counts lines with any of our literals, by literal", (), (JSON, TEXT),
         _program("re"), json.loads, slow=True),
    Peer("pandas", "counts by message, calls, quantiles", ("pandas",), (JSON,),
         _program("pandas"), json.loads, slow=True),
    Peer("jq", "counts by message, calls, quantiles, with awk", ("jq", "awk"), (JSON,), _jq,
         _jq_figures, slow=True),
)  # fmt: skip
BY_NAME = {peer.name: peer for peer in PEERS}
