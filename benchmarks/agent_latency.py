"""What the agent adds to the wait for an answer, and whether a process's first call is slower.

    python -m benchmarks.agent_latency [--turns 12]

Real audio, real voice detection, the local OpenAI with fixed times. Prints one JSON line for each
endpointing delay: the least wait that the settings and the models allow, and what was measured
beyond it; then one line for the first and the third call of a process. Run it on a quiet machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from openai import AsyncClient

from tests.agent_rig import KEY, SENTENCE, SHORT, Rig, a_call, fixed, quick

DELAYS_S = (0.5, 0.9)
CHAT_S, TRANSCRIPTION_S, SPEECH_S = 0.2, 0.15, 0.1


async def answers(delay: float, turns: int, folder: Path) -> dict[str, Any]:
    """Talk so many turns; milliseconds beyond the least possible wait."""
    settings = quick(min_endpointing_delay=delay, preemptive_generation=False)
    heard = max(settings.vad_min_silence_duration + TRANSCRIPTION_S, delay)
    floor = heard + CHAT_S + SPEECH_S
    plan = fixed(CHAT_S, TRANSCRIPTION_S, SPEECH_S)
    async with a_call(settings, plan, folder / str(delay)) as rig:
        alone = [await client_alone(rig.server.base_url) for _ in range(4)]
        for number in range(turns):
            await rig.say()
            await rig.heard(number + 1)
        waits = [line["e2e_latency"] for line in rig.lines("turn")]
    return {
        "delay_s": delay,
        "floor_s": floor,
        "answer_p50_s": round(median(waits), 3),
        "beyond_ms_p50": round((median(waits) - floor) * 1000),
        "client_alone_beyond_ms_p50": round(median(alone) * 1000),
    }


async def client_alone(url: str) -> float:
    """Seconds that OpenAI's client alone adds to the same chat and speech requests."""
    began = time.perf_counter()
    async with AsyncClient(api_key=KEY, base_url=url) as client:
        async with await client.chat.completions.create(
            model="gpt-4o-mini", messages=[{"role": "user", "content": "Hello."}], stream=True
        ) as words:
            await anext(aiter(words))
        async with client.audio.speech.with_streaming_response.create(
            model="gpt-4o-mini-tts", voice="ash", input=SHORT, response_format="pcm"
        ) as sound:
            await anext(sound.iter_bytes())
    return time.perf_counter() - began - CHAT_S - SPEECH_S


async def first_and_third(folder: Path) -> dict[str, Any]:
    """The wait for the first answer of three calls, one after the other."""
    waits = []
    for number in range(3):
        async with a_call(quick(), fixed(), folder / f"call-{number}") as rig:
            waits.append(await first_wait(rig))
    return {"first_call_s": round(waits[0], 3), "third_call_s": round(waits[2], 3)}


async def first_wait(rig: Rig) -> float:
    """From the end of what the caller says to the agent's first sound, in seconds."""
    said = await rig.say()
    await rig.until(lambda: rig.speaker.audible)
    return time.time() - said.at - SENTENCE.duration_s


async def main(turns: int) -> None:
    """Measure and print."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        lines = [await first_and_third(folder)]
        lines += [await answers(delay, turns, folder) for delay in DELAYS_S]
    for line in lines:
        sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--turns", type=int, default=12)
    asyncio.run(main(parser.parse_args().turns))
