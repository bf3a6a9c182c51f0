"""The Python peers: each reads one log and prints the figures that it can count, as JSON.

    python -m benchmarks.programs duckdb LOG

Each is written as well as its users would write it at best: only the columns in use, one pass.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.entries import literals

Figures = dict[str, Any]
_COLUMNS = "{message: 'VARCHAR', job_id: 'VARCHAR', ttft: 'DOUBLE', ttfb: 'DOUBLE'}"
# Of five ways to ask for all of it at once (grouping sets, two queries, a materialised table,
# nested groups), the histogram was the quickest.
_SELECT = """
    SELECT count(*), histogram(message), count(DISTINCT job_id),
           quantile_cont(ttft, [0.5, 0.95]) FILTER (ttft >= 0),
           quantile_cont(ttfb, [0.5, 0.95]) FILTER (ttfb >= 0)
    FROM
"""
_QUERY = f"{_SELECT} read_ndjson($path, columns = {_COLUMNS})"
_INSIDE = """(
    SELECT found.* FROM (
        SELECT from_json({0}, '{{"message": "VARCHAR", "job_id": "VARCHAR", "ttft": "DOUBLE",
                                "ttfb": "DOUBLE"}}') AS found
        FROM {1}
    )
)"""
_CSV = "read_csv($path, columns = {'@timestamp': 'VARCHAR', '@message': 'VARCHAR'}, header = true)"
_ARRAY = "read_json($path, columns = {line: 'VARCHAR', timestamp: 'VARCHAR'}, format = 'array')"
_STARTS = {
    "kind:false_interruption": "resumed false interrupted speech",
    "kind:sync_warning": "_SegmentSynchronizerImpl",
    "kind:llm_metrics": "LLM metrics",
    "kind:tts_metrics": "TTS metrics",
}
_ROWS_AT_ONCE = 10_000
"""Quicker than 2,500 and 50,000."""


def duckdb(path: str) -> Figures:
    """Ask DuckDB, which reads four columns on all cores."""
    row = import_module("duckdb").execute(_QUERY, {"path": path}).fetchone()
    lines, messages, calls, ttft, ttfb = row
    return {"lines": lines, "calls": calls, **by_message(messages), **_quantiles(ttft, ttfb)}


def duckdb_csv(path: str) -> Figures:
    """The same of a CSV export: the record stands in a column."""
    return _inside(path, _INSIDE.format('"@message"', _CSV))


def duckdb_array(path: str) -> Figures:
    """The same of a JSON array: the record is a text in each of its objects."""
    return _inside(path, _INSIDE.format("line", _ARRAY))


def _inside(path: str, source: str) -> Figures:
    query = f"{_SELECT} {source}"
    row = import_module("duckdb").execute(query, {"path": path}).fetchone()
    _, messages, calls, ttft, ttfb = row
    return {"calls": calls, **by_message(messages), **_quantiles(ttft, ttfb)}


def pandas(path: str) -> Figures:
    """Read chunks of lines into frames, without guessing types."""
    pd, np = import_module("pandas"), import_module("numpy")
    lines, messages, jobs = 0, Counter[str](), set[str]()
    times: dict[str, list[Any]] = {"ttft": [], "ttfb": []}
    frames = pd.read_json(path, lines=True, chunksize=_ROWS_AT_ONCE, dtype=False)
    for frame in frames:
        lines += len(frame)
        messages.update(frame["message"].value_counts().to_dict())
        jobs.update(frame["job_id"].dropna().unique())
        for name in times.keys() & set(frame.columns):
            seconds = frame[name].dropna().to_numpy(dtype=float)
            times[name].append(seconds[seconds >= 0])
    every = {name: np.concatenate([[], *parts]) for name, parts in times.items()}
    found = [list(np.percentile(v, (50, 95))) if len(v) else None for v in every.values()]
    return {"lines": lines, "calls": len(jobs), **by_message(messages), **_quantiles(*found)}


def re_by_line(path: str) -> Figures:
    """Search each line with Python's `re` for all the literals at once."""
    search = re.compile(b"|".join(re.escape(text.encode()) for text in literals())).search
    lines, found = 0, Counter[bytes]()
    with Path(path).open("rb") as log:
        for line in log:
            lines += 1
            if hit := search(line):
                found[hit[0]] += 1
    counts = {name: found[start.encode()] for name, start in _STARTS.items()}
    return {"lines": lines, "lines_with_a_literal": found.total(), **counts}


def by_message(messages: Mapping[str, int]) -> Figures:
    """The counts of the kinds that are asked for, from the counts of whole messages."""
    return {
        name: sum(n for text, n in messages.items() if text.startswith(start))
        for name, start in _STARTS.items()
    }


def _quantiles(ttft: list[float] | None, ttfb: list[float] | None) -> Figures:
    both = {"ttft": ttft or (None, None), "ttfb": ttfb or (None, None)}
    return {f"{name}_p{p}": v for name, (a, b) in both.items() for p, v in ((50, a), (95, b))}


PROGRAMS: dict[str, Callable[[str], Figures]] = {
    "duckdb": duckdb,
    "duckdb-csv": duckdb_csv,
    "duckdb-array": duckdb_array,
    "pandas": pandas,
    "re": re_by_line,
}

if __name__ == "__main__":
    json.dump(PROGRAMS[sys.argv[1]](sys.argv[2]), sys.stdout)
