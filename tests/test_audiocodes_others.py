"""Programs of others beside ours; each runs where a folder with it is named, and else says so.

AC_BOT_API   the vendor's SDK (github.com/audiocodes/ac-bot-api), compiled with `npm install && npx
             tsc`: our caller calls a bot made with it
OPUSAGENT    github.com/csmangum/opusagent: its stand-in for VoiceAI Connect calls our server; needs
             websockets and scipy
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import wave
from pathlib import Path

import aiohttp
import numpy as np
import pytest

pytest.importorskip("livekit.agents")

from tests.audiocodes_rig import REALTIME, a_server, answer, has_ended, speech
from tests.test_audiocodes_workers import ROOT
from tuner.bench.vaic.call import VaicCall

SDK = os.environ.get("AC_BOT_API", "")
OPUSAGENT = os.environ.get("OPUSAGENT", "")
TOKEN = "the vendor's"

BOT = """
import { Readable } from 'node:stream';
import { BotApiWebSocket } from '%s/dist/index.js';
const second = Buffer.alloc(32000, 1);
const bot = new BotApiWebSocket().listen({ host: '127.0.0.1', port: %d, token: "%s" },
  () => console.log('listening'));
bot.on('conversation', conversation => {
  conversation.on('activity', activity => {
    if (activity.name === 'start') conversation.playAudio(Readable.from(second));
    if (activity.name === 'DTMF') conversation.sendActivity({ type: 'event', name: 'hangup' });
  });
  conversation.on('userStream', audio => {
    let heard = [], loud = false;
    audio.on('data', chunk => {
      if (chunk.some(byte => byte !== 0)) { loud = true; heard.push(chunk); }
      else if (loud) {
        loud = false;
        conversation.playAudio(Readable.from(Buffer.concat(heard)));
        heard = [];
      }
    });
  });
});
"""


@pytest.mark.skipif(not SDK or shutil.which("node") is None, reason="AC_BOT_API or node is missing")
@pytest.mark.asyncio
async def test_our_caller_understands_a_bot_of_the_vendors_sdk(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    (tmp_path / "bot.mjs").write_text(BOT % (SDK, unused_tcp_port, TOKEN))
    bot = await asyncio.create_subprocess_exec(
        "node", str(tmp_path / "bot.mjs"), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert bot.stdout is not None
        assert await asyncio.wait_for(bot.stdout.readline(), 60) == b"listening\n"
        async with aiohttp.ClientSession() as http:
            url = f"http://127.0.0.1:{unused_tcp_port}/"
            with pytest.raises(ConnectionError, match="401"):
                await VaicCall(http, url, "c0", token="wrong", formats=("raw/lpcm16",)).dial()
            call = VaicCall(http, url, "c1", token=TOKEN, formats=("raw/lpcm16",))
            await call.dial()
            assert await call.until(lambda: has_ended(call, 0))
            assert len(call.heard.streams[0].sound) == 32_000
            sentence = speech(16_000)
            echo = await answer(call, sentence)
            assert len(echo.sound) >= 640
            assert bytes(echo.sound[:640]) in sentence
            await call.press("1")
            hangup = "activity hangup"
            assert await call.until(lambda: hangup in [kind for _, kind in call.heard.events])
            await call.hang_up()
            assert call.heard.errors == {}
    finally:
        bot.kill()
        await bot.wait()


CALLER = """
import asyncio, json, sys, types
from unittest.mock import MagicMock

for name in ("pyaudio", "sounddevice", "opusagent.vad", "opusagent.vad.audio_processor",
             "opusagent.vad.vad_config", "opusagent.vad.vad_factory"):
    sys.modules[name] = MagicMock()  # a sound card and voice detection, which are not needed
sys.path.insert(0, sys.argv[1])
from opusagent.local.audiocodes.client import LocalAudioCodesClient

async def main():
    client = LocalAudioCodesClient(sys.argv[2], vad_config={"enabled": False})
    result = {}
    async with client:
        result["accepted"] = await client.initiate_session("c1")
        result["validated"] = await client.validate_connection()
        await client.send_custom_activity({"type": "event", "name": "start"})
        result["sent"] = await client.send_user_audio(sys.argv[3], enable_vad=False)
        received = client.message_handler.get_messages_by_type
        for _ in range(300):
            if received("playStream.stop"):
                break
            await asyncio.sleep(0.1)
        result["stopped"] = len(received("playStream.stop")) == len(received("playStream.start"))
        result["chunks"] = len(received("playStream.chunk"))
        result["keys"] = await client.send_dtmf_event("1")
        await client.end_session()
    print(json.dumps(result))

asyncio.run(main())
"""


@pytest.mark.skipif(not OPUSAGENT, reason="OPUSAGENT is not set")
@pytest.mark.asyncio
async def test_a_caller_written_by_others_is_served(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "sentence.wav"), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(speech(16_000) + np.zeros(16_000, dtype=np.int16).tobytes())
    async with a_server(tmp_path, token="", **REALTIME) as rig:
        url = f"ws://127.0.0.1:{rig.port}/audiocodes"
        caller = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", CALLER, OPUSAGENT, url, str(tmp_path / "sentence.wav")),
            cwd=ROOT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
        )
        written, _ = await asyncio.wait_for(caller.communicate(), 120)
        while len(rig.conversations):
            await asyncio.sleep(0.02)
        _, health = await rig.get("health")
    result = json.loads(written.splitlines()[-1])
    assert result.pop("chunks") > 10
    assert all(result.values()), result
    assert health["counts"]["bad_messages"] == 0
    assert health["counts"]["calls_failed"] == 0
