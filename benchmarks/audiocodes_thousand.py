"""A thousand AudioCodes calls begun, answered and ended: what is left of them.

    python -m benchmarks.audiocodes_thousand --calls 1000

Server, OpenAI and callers are in this process. After the first hundred, which fill caches, nothing
may grow but by chance. Counts, not times: other work on the machine does no harm. Writes
`audiocodes_thousand.json`.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp
import psutil  # type: ignore[import-untyped]

from agent.audiocodes.bridge import serve
from tuner.bench.openai_server.server import BenchServer
from tuner.bench.vaic.call import VaicCall
from tuner.livekit import make_client
from tuner.settings.knob_table import Settings

_TOGETHER = 20
_KINDS = ("BotConversation", "CallSession", "RealtimeSession", "TurnLog", "AgentAudio")


async def run(calls: int) -> list[dict[str, Any]]:
    """Hold the calls; what there is after each hundred."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        log = str(Path(folder, "turns.jsonl"))
        settings = Settings(
            agent_mode="realtime",
            turn_detection="realtime_llm",
            audiocodes_port=0,
            audiocodes_max_calls=None,
            turn_log=log,
        )
        async with BenchServer() as openai, aiohttp.ClientSession() as http:
            client = make_client(settings, api_key="sk-none", base_url=openai.base_url)
            async with serve(settings, "bench", client=client) as (conversations, port):
                url = f"http://127.0.0.1:{port}/audiocodes"
                for begun in range(0, calls, _TOGETHER):
                    names = range(begun, begun + _TOGETHER)
                    await asyncio.gather(*(_call(http, url, f"c{name}") for name in names))
                    while len(conversations):
                        await asyncio.sleep(0.02)
                    openai.truth.frames.clear()
                    if (begun + _TOGETHER) % 100 == 0:
                        rows.append(await _left(begun + _TOGETHER))
                        sys.stderr.write(f"{rows[-1]}\n")
    return rows


async def _call(http: aiohttp.ClientSession, url: str, name: str) -> None:
    """Hear the greeting begin, then hang up."""
    call = VaicCall(http, url, name)
    await call.dial()
    await call.until(lambda: bool(call.heard.streams), 30.0)
    await call.hang_up()


async def _left(calls: int) -> dict[str, Any]:
    await asyncio.sleep(2.0)  # the last sockets close meanwhile
    gc.collect()
    process = psutil.Process()
    alive = [type(one).__name__ for one in gc.get_objects()]
    return {
        "calls": calls,
        "tasks": len(asyncio.all_tasks()),
        "sockets": len(process.net_connections()),
        "files": process.num_fds(),
        "threads": process.num_threads(),
        "objects": len(alive),
        "calls_alive": sum(map(alive.count, _KINDS)),
        "memory_mb": round(process.memory_info().rss / 2**20, 1),
    }


def main() -> None:
    """Run, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1000)
    chosen, began = parser.parse_args(), time.monotonic()
    rows = asyncio.run(run(chosen.calls))
    kept = {"seconds": round(time.monotonic() - began), "rows": rows}
    (Path(__file__).parent / "audiocodes_thousand.json").write_text(json.dumps(kept) + "\n")
    names = list(rows[0])
    lines = ["| " + " | ".join(str(row[name]) for name in names) + " |" for row in rows]
    head = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    sys.stdout.write("\n".join([*head, *lines]) + "\n")


if __name__ == "__main__":
    main()
