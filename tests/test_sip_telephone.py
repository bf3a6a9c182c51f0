"""Our telephone against sipp as the server, and its parts against published vectors."""

from __future__ import annotations

import asyncio
import shutil
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("livekit.agents")


from tests.free_ports import free_port
from tuner.bench.callers.sounds import Samples
from tuner.load_test.sip import message, session
from tuner.load_test.sip.dialog import SipLine
from tuner.load_test.sip.digest import authorization
from tuner.load_test.sip.rtp import HEADER, Received, RtpStream
from tuner.load_test.sip.session import FarMedia
from tuner.load_test.sip.telephone import CallRefusedError, Telephone

SIPP = shutil.which("sipp")
SCENARIOS = Path(__file__).parent / "sipp"
needs_sipp = pytest.mark.skipif(SIPP is None, reason="sipp is not on the PATH: did not run")
asyncio_test = pytest.mark.asyncio


def sipp_command(
    scenario: str, transport: str, port: int, calls: int, folder: Path
) -> tuple[str, ...]:
    """sipp as a server for so many calls."""
    media = free_port(socket.SOCK_DGRAM)
    file, errors = SCENARIOS / f"{scenario}.xml", folder / "errors.log"
    one_socket = f"{transport[0]}1"
    return (
        *(str(SIPP), "-sf", str(file), "-t", one_socket, "-m", str(calls), "-nostdin"),
        *("-i", "127.0.0.1", "-p", str(port), "-mp", str(media), "-rtp_echo"),
        *("-timeout", "120", "-trace_err", "-error_file", str(errors)),
    )


@asynccontextmanager
async def sipp(scenario: str, transport: str, folder: Path) -> AsyncIterator[SipLine]:
    """sipp as a server for one call; it must agree that the call went as it should."""
    port, errors, quiet = free_port(), folder / "errors.log", asyncio.subprocess.DEVNULL
    command = sipp_command(scenario, transport, port, 1, folder)
    server = await asyncio.create_subprocess_exec(*command, cwd=folder, stdout=quiet, stderr=quiet)
    try:
        await listening(transport, port)
        line = SipLine("127.0.0.1", port, f"sip:+15551234567@127.0.0.1:{port}", transport)
        yield replace(line, username="twilio", password="a-sip-password")
        code = await asyncio.wait_for(server.wait(), 30)
        assert code == 0, errors.read_text() if errors.exists() else code
    finally:
        if server.returncode is None:
            server.kill()
            await server.wait()


async def listening(transport: str, port: int) -> None:
    """sipp is ready when its socket is in the system's table."""
    table = Path("/proc/net") / transport
    await until(lambda: f"0100007F:{port:04X}" in table.read_text())


async def until(happened: object, limit_s: float = 30.0) -> None:
    assert callable(happened)
    async with asyncio.timeout(limit_s):
        while not happened():
            await asyncio.sleep(0.02)


@needs_sipp
@asyncio_test
@pytest.mark.parametrize("transport", ["tcp", "udp"])
async def test_a_call_with_password_sound_and_keys(transport: str, tmp_path: Path) -> None:
    heard: list[Samples] = []
    tone = (8000 * np.sin(np.arange(8000) / 3)).astype(np.int16)
    async with sipp("answer", transport, tmp_path) as line:
        phone = await Telephone.connect(line, heard.append)
        await phone.dial(20.0)
        assert phone.ringing_at is not None
        assert phone.answered_at is not None
        assert phone.answered_at - phone.ringing_at >= 0.09
        phone.stream.play(tone)
        await until(lambda: phone.stream.waiting_s == 0)
        phone.stream.press("5")
        await asyncio.sleep(0.5)
        await phone.hang_up()
        await asyncio.sleep(0.3)  # to sipp a connection that breaks is a call that failed
        await phone.close()
    echo = np.concatenate(heard).astype(float)
    assert phone.stream.received.lost == 0
    match = np.correlate(echo, tone.astype(float), "valid").max() / (tone.astype(float) ** 2).sum()
    assert match == pytest.approx(1.0, abs=0.02), "the echo is what was said"


@needs_sipp
@asyncio_test
async def test_a_wrong_password_is_refused(tmp_path: Path) -> None:
    async with sipp("answer", "tcp", tmp_path) as line:
        phone = await Telephone.connect(replace(line, password="wrong"), lambda _: None)
        with pytest.raises(CallRefusedError, match="403 Forbidden"):
            await phone.dial(20.0)
        await asyncio.sleep(0.3)
        await phone.close()


@needs_sipp
@asyncio_test
@pytest.mark.parametrize("transport", ["tcp", "udp"])
async def test_a_busy_line(transport: str, tmp_path: Path) -> None:
    async with sipp("busy", transport, tmp_path) as line:
        phone = await Telephone.connect(line, lambda _: None)
        with pytest.raises(CallRefusedError) as refused:
            await phone.dial(20.0)
        assert (refused.value.status, str(refused.value)) == (486, "486 Busy Here")
        await asyncio.sleep(0.3)  # the ACK arrives
        await phone.close()


@needs_sipp
@asyncio_test
async def test_a_caller_gives_up_while_it_rings(tmp_path: Path) -> None:
    async with sipp("ring", "tcp", tmp_path) as line:
        phone = await Telephone.connect(line, lambda _: None)
        with pytest.raises(CallRefusedError, match=r"no answer within 0\.5 s"):
            await phone.dial(0.5)
        await asyncio.sleep(0.3)
        await phone.close()


@needs_sipp
@asyncio_test
async def test_the_other_side_hangs_up(tmp_path: Path) -> None:
    async with sipp("bye", "tcp", tmp_path) as line:
        phone = await Telephone.connect(line, lambda _: None)
        await phone.dial(20.0)
        await asyncio.wait_for(phone.ended.wait(), 20)
        await asyncio.sleep(0.3)
        await phone.hang_up()  # nothing more to say
        await phone.close()


@asyncio_test
async def test_nobody_listens() -> None:
    with pytest.raises(OSError, match=r"."):
        await Telephone.connect(SipLine("127.0.0.1", free_port(), "sip:x@127.0.0.1"), print)


def test_the_digest_is_that_of_the_rfc() -> None:
    challenge = (
        'Digest realm="testrealm@host.com", qop="auth,auth-int", '
        'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )
    proof = authorization(
        challenge, "GET", "/dir/index.html", "Mufasa", "Circle Of Life", "0a4f113b"
    )
    assert 'response="6629fae49393a05397450978507c4ef1"' in proof
    assert 'opaque="5ccc069c403ebaf9f0171e9517f40e41"' in proof
    old = authorization('Digest realm="r", nonce="n"', "INVITE", "sip:a@b", "u", "p", "x")
    assert "qop" not in old
    with pytest.raises(ValueError, match="SHA-256"):
        authorization('Digest realm="r", algorithm=SHA-256', "INVITE", "sip:a@b", "u", "p", "x")


def test_messages_are_read_in_all_their_forms() -> None:
    data = (
        b"SIP/2.0 200 OK\r\nv: SIP/2.0/TCP 1.2.3.4;branch=z\r\nVia: SIP/2.0/TCP 5.6.7.8\r\n"
        b"f: <sip:a@b>;tag=1\r\nTo: X\r\n <sip:c@d>;tag=77;x=y\r\ni: abc\r\nCSeq: 3 INVITE\r\n"
        b"Contact: <sip:e@f;transport=tcp>;expires=1\r\nl: 4\r\n\r\nbody"
    )
    read = message.parse(data)
    assert (read.status, read.method, read.sequence, read.body) == (200, "INVITE", 3, b"body")
    assert len(read.all("via")) == 2
    assert message.tag(read.header("to")) == "77"
    assert message.address(read.header("contact")) == "sip:e@f;transport=tcp"
    assert message.body_size(data) == 4
    assert (read.reason, message.parse(data.replace(b" OK", b"")).reason) == ("OK", "")
    unfit = [
        data.replace(*change) for change in ((b"200", b"abc"), (b": 3", b": x"), (b"200", b"9"))
    ]
    nothing = (b"", b"GET / HTTP/1.1\r\n\r\n", b"SIP/2.0 200 OK\r\nTo: x\r\n\r\n", data[:40])
    for wrong in (*nothing, *unfit):
        with pytest.raises(ValueError, match=r"not a SIP|without CSeq"):
            message.parse(wrong)


@pytest.mark.parametrize(
    ("sequences", "lost", "late"),
    [
        ([7, 8, 9], 0, 0),
        ([7, 8, 11], 2, 0),
        ([65534, 65535, 0, 1], 0, 0),
        ([65534, 1], 2, 0),
        ([7, 9, 8, 10], 0, 1),
        ([], 0, 0),
    ],
)
def test_losses_are_counted_over_the_end_of_the_numbers(
    sequences: list[int], lost: int, late: int
) -> None:
    received = Received()
    for sequence in sequences:
        received.count(sequence)
    assert (received.lost, received.late_or_twice) == (lost, late)


def test_an_answer_without_our_sound_is_refused() -> None:
    good = session.offer("127.0.0.1", 4000, 1)
    assert session.answer(good) == FarMedia("127.0.0.1", 4000, 101)
    assert session.answer(session.offer("::1", 4000, 1)) == FarMedia("::1", 4000, 101)
    assert session.answer(good.replace(b" 101\r", b"\r").split(b"a=")[0]).keys is None
    for wrong in (b"", good.replace(b"AVP 0", b"AVP 8"), good.replace(b"4000", b"0")):
        with pytest.raises(ValueError, match=r"audio|mu-law"):
            session.answer(wrong)


@asyncio_test
async def test_a_key_is_eight_packets_of_one_time_and_a_marked_first() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far:
        far.bind(("127.0.0.1", 0))
        far.settimeout(5)
        loop = asyncio.get_running_loop()
        _, stream = await loop.create_datagram_endpoint(
            lambda: RtpStream(print, 1), local_addr=("127.0.0.1", 0)
        )
        stream.send_to(FarMedia("127.0.0.1", far.getsockname()[1], 101))
        for key in "*#":
            stream.press(key)
        for _ in range(17):
            stream._send()
        await asyncio.sleep(0.05)
        packets = [far.recv(2048) for _ in range(17)]
        stream.close()
    heads = [HEADER.unpack_from(packet) for packet in packets]
    events = [struct.unpack("!BBH", packet[12:]) for packet in packets[:16]]
    assert [event[0] for event in events] == [10] * 8 + [11] * 8
    assert [event[2] for event in events[:8]] == [160, 320, 480, 640, 800, 800, 800, 800]
    assert [bool(event[1] & 0x80) for event in events[:8]] == [False] * 5 + [True] * 3
    assert [head[1] for head in heads] == ([128 | 101] + [101] * 7) * 2 + [0]
    assert len({head[3] for head in heads[:8]}) == 1
    assert heads[8][3] - heads[0][3] == 8 * 160
    assert [head[2] for head in heads] == list(range(17))
    assert len(packets[16]) == 12 + 160
    with pytest.raises(ValueError, match="takes no keys"):
        RtpStream(print, 1).press("1")
