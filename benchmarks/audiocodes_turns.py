"""What the AudioCodes bridge adds to an answer and to an interruption, measured from both sides.

    python -m benchmarks.audiocodes_turns --calls 10 --seconds 30

Callers speak, hear an answer, interrupt it, and speak again. OpenAI's part is played by this
program: a fixed wait, no voice detection, so that whatever is above the wait is the bridge's. The
bridge has core 0, this program core 1. Writes `audiocodes_turns.json`.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import itertools
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
from aiohttp import web

from benchmarks.audiocodes import free_port, spread, start
from tuner.bench.model import Reply
from tuner.bench.openai_server.realtime_reply import SpokenReply, response_body

FLOOR_S = 0.2
"""What the model needs, from the last sample that it got to the first that it gives."""
_CHUNK_S = 0.02
_SIZE = 960
_ANSWER_S = 4.0
_LISTEN_S = 1.5
_SPEECH, _END, _BARGE_IN = 1, 2, 3
"""The first sample of a chunk says what it is, the second whose."""


@dataclass(slots=True)
class Talk:
    """One call, as both of its ends see it. Times are seconds of one clock."""

    number: int
    said_at: float = 0.0
    noticed_at: float = 0.0
    samples: int = 0
    """Of the answer that is being heard."""
    last_chunk_at: float = 0.0
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    truncated_ms: asyncio.Queue[int] = field(default_factory=asyncio.Queue)


@dataclass(slots=True)
class Measured:
    """Milliseconds of all calls."""

    answer: list[float] = field(default_factory=list)
    """The caller's last sample sent → the first of the answer received, less the model's wait."""
    silence: list[float] = field(default_factory=list)
    """OpenAI's speech_started sent → the last chunk that the caller received."""
    position: list[float] = field(default_factory=list)
    """How far the truncation is before what was sent."""


class Turns:
    """Both neighbours of the bridge."""

    def __init__(self) -> None:
        self.talks: dict[int, Talk] = {}
        self.measured = Measured()
        self._ids = itertools.count(1)

    async def openai(self, request: web.Request) -> web.WebSocketResponse:
        """OpenAI: hears the marks in the audio, and answers or notices speech."""
        socket = web.WebSocketResponse(compress=False, max_msg_size=2**22)
        await socket.prepare(request)
        talk: Talk | None = None
        tasks = set()
        async for frame in socket:
            event = json.loads(frame.data)
            if event["type"] == "input_audio_buffer.append":
                for mark, number in _marks(base64.b64decode(event["audio"])):
                    talk = self.talks[number]
                    work = asyncio.ensure_future(self._notice(socket, mark, talk))
                    tasks.add(work)
                    work.add_done_callback(tasks.discard)
            elif event["type"] == "conversation.item.truncate" and talk is not None:
                talk.truncated_ms.put_nowait(event["audio_end_ms"])
        for work in tasks:
            work.cancel()
        return socket

    async def _notice(self, socket: web.WebSocketResponse, mark: int, talk: Talk) -> None:
        with contextlib.suppress(ConnectionError):  # the call has ended
            await self._react(socket, mark, talk)

    async def _react(self, socket: web.WebSocketResponse, mark: int, talk: Talk) -> None:
        item = f"u{next(self._ids)}"
        if mark == _BARGE_IN:
            talk.noticed_at = time.perf_counter()
            await _send(socket, "input_audio_buffer.speech_started", item_id=item, audio_start_ms=0)
        elif mark == _END:
            await asyncio.sleep(FLOOR_S)
            await self._answer(socket, item)

    async def _answer(self, socket: web.WebSocketResponse, item: str) -> None:
        await _send(socket, "input_audio_buffer.speech_stopped", item_id=item, audio_end_ms=100)
        await _send(socket, "input_audio_buffer.committed", item_id=item, previous_item_id=None)
        response = f"r{next(self._ids)}"
        await _send(
            socket, "response.created", response=response_body(response, "in_progress", None)
        )
        pcm = bytes(int(_ANSWER_S * 48_000))
        spoken = SpokenReply(response, Reply("One two three four five."), pcm, audio=True)
        for event in spoken.events(None):
            await socket.send_str(json.dumps(event))
        body = response_body(response, "completed", None, spoken.items)
        await _send(socket, "response.done", response=body | {"usage": spoken.usage(1.0)})

    async def call(self, http: aiohttp.ClientSession, url: str, number: int) -> None:
        """One caller."""
        talk = self.talks[number] = Talk(number)
        async with http.ws_connect(url, max_msg_size=2**22) as socket:
            first = {"type": "session.initiate", "conversationId": f"call-{number}"}
            await socket.send_json({**first, "supportedMediaFormats": ["raw/lpcm16_24"]})
            while (await socket.receive_json())["type"] != "session.accepted":
                pass
            await socket.send_json({"type": "userStream.start"})
            listening = asyncio.ensure_future(self._listen(socket, talk))
            try:
                await self._speak(socket, talk)
            finally:
                listening.cancel()

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse, talk: Talk) -> None:
        async for frame in socket:
            message = json.loads(frame.data)
            if message["type"] == "playStream.start":
                talk.samples = 0
            elif message["type"] == "playStream.stop":
                talk.stopped.set()
            elif message["type"] == "playStream.chunk":
                talk.last_chunk_at = time.perf_counter()
                talk.samples += len(base64.b64decode(message["audioChunk"])) // 2
                talk.heard.set()

    async def _speak(self, socket: aiohttp.ClientWebSocketResponse, talk: Talk) -> None:
        """A chunk every 20 ms, marked; measures turn after turn."""
        marks: asyncio.Queue[int] = asyncio.Queue()
        turns = asyncio.ensure_future(self._take_turns(talk, marks))
        try:
            for number in itertools.count(1):
                mark = marks.get_nowait() if not marks.empty() else _SPEECH
                if mark == _END:
                    talk.said_at = time.perf_counter()
                sound = np.zeros(_SIZE // 2, dtype="<i2")
                sound[:2] = mark, talk.number
                audio = base64.b64encode(sound.tobytes()).decode()
                if number == 1:
                    began = time.perf_counter()
                await socket.send_json({"type": "userStream.chunk", "audioChunk": audio})
                await asyncio.sleep(max(0.0, began + number * _CHUNK_S - time.perf_counter()))
        finally:
            turns.cancel()

    async def _take_turns(self, talk: Talk, marks: asyncio.Queue[int]) -> None:
        await asyncio.sleep(2.0)  # the bridge connects to OpenAI meanwhile
        while True:
            await asyncio.sleep(0.3)
            talk.heard.clear()
            talk.stopped.clear()
            marks.put_nowait(_END)
            await talk.heard.wait()
            self.measured.answer.append((talk.last_chunk_at - talk.said_at - FLOOR_S) * 1000)
            await asyncio.sleep(_LISTEN_S)
            marks.put_nowait(_BARGE_IN)
            await talk.stopped.wait()
            truncated_ms = await talk.truncated_ms.get()
            late_ms = (talk.last_chunk_at - talk.noticed_at) * 1000
            self.measured.silence.append(max(0.0, late_ms))
            self.measured.position.append(talk.samples / 24 - truncated_ms)


def _marks(audio: bytes) -> list[tuple[int, int]]:
    """Marks and call numbers of the chunks in this audio; plain speech is left out."""
    heads = np.frombuffer(audio, dtype="<i2").reshape(-1, _SIZE // 2)[:, :2]
    return [(int(mark), int(number)) for mark, number in heads if mark in (_END, _BARGE_IN)]


async def _send(socket: web.WebSocketResponse, kind: str, **fields: Any) -> None:
    await socket.send_str(json.dumps({"type": kind, **fields}))


async def measure(calls: int, seconds: float, settings: Mapping[str, str]) -> dict[str, Any]:
    """Hold the calls through a bridge with these settings."""
    turns, port = Turns(), free_port()
    app = web.Application()
    app.add_routes([web.get("/v1/realtime", turns.openai)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    openai = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    with tempfile.TemporaryDirectory() as folder:
        quiet = {"GREETING": "", "AEC_WARMUP_DURATION": "0", **settings}
        bridge = await start("ours", port, openai, Path(folder), quiet)
        try:
            await _hold(turns, f"http://127.0.0.1:{port}/audiocodes", calls, seconds)
        finally:
            with contextlib.suppress(ProcessLookupError):
                bridge.terminate()
            await bridge.wait()
            await runner.cleanup()
    measured = turns.measured
    return {
        "calls": calls,
        "settings": dict(settings),
        "answer_added_ms": spread(measured.answer, 1),
        "silence_after_speech_started_ms": spread(measured.silence, 1),
        "truncated_before_what_was_sent_ms": spread(measured.position, 1),
    }


async def _hold(turns: Turns, url: str, calls: int, seconds: float) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        talks = []
        for number in range(calls):
            talks.append(asyncio.ensure_future(turns.call(http, url, number)))
            await asyncio.sleep(0.0913)
        done, _ = await asyncio.wait(talks, timeout=seconds)
        for talk in talks:
            talk.cancel()
        await asyncio.wait(talks)
        for talk in done:
            talk.result()


def table(results: Sequence[Mapping[str, Any]]) -> str:
    """The results as Markdown."""
    lines = [
        "| settings | calls | turns | answer added p50 / p99 ms "
        "| silence after speech_started p50 / max ms | truncated before sent p50 / max ms |",
        "|---|---|---|---|---|---|",
    ]
    for one in results:
        answer, silence = one["answer_added_ms"], one["silence_after_speech_started_ms"]
        position = one["truncated_before_what_was_sent_ms"]
        named = " ".join(f"{name}={value}" for name, value in one["settings"].items())
        lines.append(
            f"| {named} | {one['calls']} | {answer['n']} "
            f"| {answer.get('p50')} / {answer.get('p99')} "
            f"| {silence.get('p50')} / {silence.get('max')} "
            f"| {position.get('p50')} / {position.get('max')} |"
        )
    return "\n".join(lines)


VARIANTS: Sequence[Mapping[str, str]] = (
    {"REALTIME_APPEND_MS": "20"},
    {"REALTIME_APPEND_MS": "100"},
    {"REALTIME_APPEND_MS": "20", "AUDIOCODES_AFTER_STOP": "cut"},
    {"REALTIME_APPEND_MS": "20", "AUDIOCODES_LEAD_MS": "60"},
    {"REALTIME_APPEND_MS": "20", "AUDIOCODES_CHUNK_MS": "100"},
)


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--first", type=int, default=len(VARIANTS), help="only so many settings")
    chosen = parser.parse_args()
    os.sched_setaffinity(0, {1})
    results = [
        asyncio.run(measure(chosen.calls, chosen.seconds, settings))
        for settings in VARIANTS[: chosen.first]
    ]
    machine = {"cores": os.cpu_count(), "load": [round(one, 1) for one in os.getloadavg()]}
    kept = {"machine": machine, "floor_ms": FLOOR_S * 1000, "results": results}
    (Path(__file__).parent / "audiocodes_turns.json").write_text(json.dumps(kept, indent=1) + "\n")
    sys.stdout.write(f"load {machine['load']}\n{table(results)}\n")


if __name__ == "__main__":
    main()
