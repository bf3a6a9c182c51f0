"""Memory of one agent process: imported, warm, and in a call.

    python benchmarks/agent_memory.py

Each mode in a process of its own. USS is what the process has for itself, and would be freed with
it; RSS counts pages that it shares with others too. Under LiveKit's forkserver (Linux) the imports
are such shared pages. Prints one JSON line for each mode.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil  # type: ignore[import-untyped]

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

CALL_S = 10.0


def used() -> dict[str, float]:
    """Memory of this process in MB."""
    found = psutil.Process().memory_full_info()
    return {"uss_mb": round(found.uss / 1e6), "rss_mb": round(found.rss / 1e6)}


def measure(mode: str) -> dict[str, Any]:
    """The three moments of a process in this mode."""
    from agent import app

    found = {"mode": mode, "imported": used()}
    process: Any = SimpleNamespace(userdata={})
    app.prewarm(process)
    found["warm"] = used()
    found["in_call"] = asyncio.run(call(mode))
    return found


async def call(mode: str) -> dict[str, float]:
    """Talk for a while; the memory at the end of it."""
    from livekit.agents.utils import http_context

    from benchmarks.agent_concurrency import SETTINGS, one_call, openai_elsewhere
    from tuner.livekit.http_client import make_client

    settings = SETTINGS.model_copy(update={"agent_mode": mode})
    if mode == "realtime":
        settings = settings.model_copy(update={"turn_detection": "realtime_llm"})
    with openai_elsewhere() as base_url:
        async with http_context.open():
            client = make_client(settings, api_key="memory", base_url=base_url)
            await one_call(0, client, CALL_S, settings)
            await client.close()
        return used()


def main() -> None:
    """Every mode in a fresh process."""
    if len(sys.argv) == 2:
        sys.stdout.write(json.dumps(measure(sys.argv[1])) + "\n")
        return
    for mode in ("pipeline", "realtime"):
        subprocess.run([sys.executable, __file__, mode], check=True)


if __name__ == "__main__":
    main()
