"""The agent, blind to the CPU: `python benchmarks/agent_beside_others.py start`.

At full CPU LiveKit gives an agent no call, not even in `dev`. Where other work keeps this machine
busy that would be measured instead of MAX_PROCESSES.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from livekit.agents.worker import _DefaultLoadCalc

from agent.cpu_load import CpuLoad
from agent.main import main


def _blind(_: object) -> float:
    return 0.0


CpuLoad.__call__ = _blind  # type: ignore[method-assign,assignment]
_DefaultLoadCalc._get_avg = _blind  # type: ignore[method-assign,assignment]

if __name__ == "__main__":
    main()
