"""What log shippers do to a log, done to a log: for tests."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import re
from collections.abc import Callable

import zstandard

Wrap = Callable[[bytes], bytes]
STAMP = "2026-11-20T09:36:05.123456789Z"


def lines(data: bytes) -> list[bytes]:
    return data.removesuffix(b"\n").split(b"\n")


def each(wrap: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda data: b"".join(wrap(line) + b"\n" for line in lines(data))


DEV = re.compile(
    rb"(.{23}) - \x1b\[\d\dm(\w+)\x1b\[0m (\S+) - (.*) \x1b\[90m(.*?)\x1b\[0m", re.DOTALL
)
_COLOURS = {"DEBUG": 36, "INFO": 32, "WARNING": 33, "ERROR": 31}
_OWN = ("message", "level", "name", "timestamp", "pid", "exc_info")


def dev_line(line: bytes) -> bytes:
    """What LiveKit's dev text makes of a record of its JSON; what is none stays as it is."""
    try:
        told = json.loads(line)
        time = told["timestamp"][:23].replace("T", " ").replace(".", ",")
        colour, message = _COLOURS[told["level"]], told["message"].replace("\n", " ")
    except (ValueError, KeyError, TypeError):
        return line
    extras = {key: told[key] for key in told if key not in _OWN and not key.startswith("code.")}
    text = json.dumps(extras, ensure_ascii=False) if extras else ""
    head = f"{time} - \x1b[{colour}m{told['level']}\x1b[0m {told['name']} - {message}"
    trace = "\n" + told["exc_info"] if "exc_info" in told else ""
    return f"{head} \x1b[90m{text}\x1b[0m{trace}".encode()


def dev_text(data: bytes) -> bytes:
    return each(dev_line)(data)


def docker(line: bytes) -> bytes:
    entry = {"log": line.decode() + "\n", "stream": "stdout", "time": STAMP}
    return json.dumps(entry, separators=(",", ":")).encode()


def docker_split(line: bytes) -> bytes:
    """Docker's driver cuts what is longer than 16 KB into several entries."""
    text = line.decode() + "\n"
    pieces = [text[i : i + 16_384] for i in range(0, len(text), 16_384)]
    entries = ({"log": p, "stream": "stdout", "time": STAMP} for p in pieces)
    return b"\n".join(json.dumps(e, separators=(",", ":")).encode() for e in entries)


def cri(line: bytes) -> bytes:
    return f"{STAMP} stdout F ".encode() + line


def cri_split(line: bytes) -> bytes:
    """Kubernetes' runtime cuts long lines into partial ones; here after every 200 bytes."""
    pieces = [line[i : i + 200] for i in range(0, len(line), 200)] or [b""]
    marked = [f"{STAMP} stdout P ".encode() + piece for piece in pieces[:-1]]
    return b"\n".join([*marked, f"{STAMP} stdout F ".encode() + pieces[-1]])


def compose(line: bytes) -> bytes:
    return b"agent-1  | " + line


def compose_coloured(line: bytes) -> bytes:
    return b"\x1b[36magent-1  | \x1b[0m" + line


def syslog(line: bytes) -> bytes:
    return b"Nov 20 09:36:05 voice-host python[1234]: " + line


def journal(line: bytes) -> bytes:
    return b"2026-11-20T09:36:05+0000 voice-host python[1234]: " + line


def rfc5424(line: bytes) -> bytes:
    return b"<14>1 2026-11-20T09:36:05.1Z voice-host agent 1234 - - " + line


def cloudwatch(line: bytes) -> bytes:
    return b"2026-11-20T09:36:05.123Z " + line


def cloudwatch_tail(line: bytes) -> bytes:
    return b"2026-11-20T09:36:05.123000+00:00 agent/agent/0a1b2c3d " + line


def kubectl(line: bytes) -> bytes:
    return b"[pod/agent-7d9f/agent] " + line


def envelope(line: bytes) -> bytes:
    return json.dumps({"timestamp": STAMP, "message": line.decode(), "host": "a"}).encode()


def no_colour(line: bytes) -> bytes:
    return re.sub(rb"\x1b\[[0-9;]*m", b"", line)


def octal_colour(line: bytes) -> bytes:
    """What rsyslog makes of control characters."""
    return line.replace(b"\x1b", b"#033")


LINE_WRAPPERS: dict[str, Callable[[bytes], bytes]] = {
    wrap.__name__: each(wrap)
    for wrap in (
        *(docker, docker_split, cri, cri_split, compose, compose_coloured, syslog, journal),
        *(rfc5424, cloudwatch, cloudwatch_tail, kubectl, envelope, no_colour, octal_colour),
    )
}
NESTED = {
    "compose of docker": lambda data: LINE_WRAPPERS["compose"](LINE_WRAPPERS["docker"](data)),
    "docker of cri": lambda data: LINE_WRAPPERS["docker"](LINE_WRAPPERS["cri"](data)),
    "cloudwatch of syslog": lambda data: LINE_WRAPPERS["cloudwatch"](LINE_WRAPPERS["syslog"](data)),
}
ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "crlf": lambda data: data.replace(b"\n", b"\r\n"),
    "bom": lambda data: b"\xef\xbb\xbf" + data,
    "utf-16": lambda data: data.decode().encode("utf-16"),
    "no last newline": lambda data: data.removesuffix(b"\n"),
    "gz": gzip.compress,
    "gz members": lambda data: gzip.compress(data[:5000]) + gzip.compress(data[5000:]),
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.ZstdCompressor().compress,
    "zst frames": lambda data: b"".join(
        zstandard.ZstdCompressor().compress(part) for part in (data[:5000], data[5000:])
    ),
}
EVERY = {**LINE_WRAPPERS, **NESTED, **ENCODINGS}
