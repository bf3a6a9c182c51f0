"""What each setting of the AudioCodes bridge, and each habit of other bridges, is worth.

    python -m benchmarks.audiocodes_settings --calls 10 --seconds 8

One thing is changed at a time; ours unchanged comes first, in the middle and last, which shows how
much equal runs differ. What matters for interruptions instead of for each chunk
(AUDIOCODES_LEAD_MS, AUDIOCODES_AFTER_STOP) is measured by `benchmarks.audiocodes_turns`. Latencies
need a machine with nothing else to do; CPU bears some load. Writes `audiocodes_settings.json`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.audiocodes import CHANGED, measure


@dataclass(frozen=True, slots=True)
class Variant:
    """One run: how it is called, and what differs from the bridge as it is."""

    name: str
    way: str = "ours"
    settings: Mapping[str, str] = field(default_factory=dict)
    deflate: bool = False


UNCHANGED = Variant("ours")
VARIANTS = (
    UNCHANGED,
    Variant("TCP_NODELAY off", f"{CHANGED}nagle"),
    Variant("per-message deflate", f"{CHANGED}deflate", deflate=True),
    Variant("`json` for messages", f"{CHANGED}plain_json"),
    Variant("the collector as it comes", f"{CHANGED}collector"),
    Variant("socket buffers of 16 KiB", f"{CHANGED}small_buffers"),
    UNCHANGED,
    Variant("chunks of 40 ms to the caller", settings={"AUDIOCODES_CHUNK_MS": "40"}),
    Variant("chunks of 100 ms to the caller", settings={"AUDIOCODES_CHUNK_MS": "100"}),
    Variant("REALTIME_APPEND_MS=100", settings={"REALTIME_APPEND_MS": "100"}),
    Variant("AUDIOCODES_LEAD_MS=60", settings={"AUDIOCODES_LEAD_MS": "60"}),
    Variant("AUDIOCODES_LEAD_MS=1000", settings={"AUDIOCODES_LEAD_MS": "1000"}),
    Variant("pings every 5 s", settings={"AUDIOCODES_PING_INTERVAL": "5"}),
    Variant("the vendor's sample", "the vendor's"),
    Variant("the guide's bridge", "the guide's"),
    UNCHANGED,
)


def run(variants: Sequence[Variant], calls: int, seconds: float) -> list[dict[str, Any]]:
    """Measure one after the other."""
    results = []
    for variant in variants:
        measured = asyncio.run(
            measure(
                variant.way,
                calls,
                seconds,
                settings=variant.settings,
                deflate=variant.deflate,
            )
        )
        results.append({"name": variant.name, "load": round(os.getloadavg()[0], 1), **measured})
        sys.stderr.write(row(results[-1]) + "\n")
    return results


HEAD = (
    "| changed | to OpenAI p50 / p99 ms | to the caller p50 / p99 ms | CPU a chunk, µs | load |",
    "|---|---|---|---|---|",
)


def row(result: Mapping[str, Any]) -> str:
    """One line of the table."""
    there, back = result["to_openai_ms"], result["to_caller_ms"]
    chunks = max(1, there["n"] + back["n"])
    cpu_us = round(result["core"] * result["seconds"] / chunks * 1e6)
    return (
        f"| {result['name']} | {there.get('p50')} / {there.get('p99')} "
        f"| {back.get('p50')} / {back.get('p99')} | {cpu_us} | {result['load']} |"
    )


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--only", nargs="+", default=[], help="names, or parts of them")
    chosen = parser.parse_args()
    os.sched_setaffinity(0, {1})
    wanted = [
        variant
        for variant in VARIANTS
        if not chosen.only or any(part in variant.name for part in chosen.only)
    ]
    results = run(wanted, chosen.calls, chosen.seconds)
    kept = Path(__file__).parent / "audiocodes_settings.json"
    kept.write_text(json.dumps(results, indent=1) + "\n")
    sys.stdout.write("\n".join([*HEAD, *map(row, results)]) + "\n")


if __name__ == "__main__":
    main()
