"""What shipped a line, peeled off: Docker, Kubernetes CRI, Compose, kubectl, syslog, CloudWatch.

Several may be nested; each is told by looking at the line. A piece of a split record says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import NamedTuple

import msgspec

from tuner.lines import timestamps
from tuner.lines.undecodable import UNDECODABLE


class Peeled(NamedTuple):
    """The line without its wrappers: their names, the outermost time and pid, and the stream.

    The stream is what named the source of the line: a program, a pod, an output of a container.
    `partial` means that the record goes on in the next entry of the same `stream`.
    """

    text: bytes
    names: tuple[str, ...] = ()
    time: float | None = None
    clock: str = ""
    pid: str = ""
    stream: str = ""
    partial: bool = False


_ISO = rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
_CRI = rb"(" + _ISO + rb") (stdout|stderr) ([FP])(?: (.*))?$"
_LEVEL = rb"(?i:TRACE|DEBUG|DEV|INFO|WARN(?:ING)?|ERROR|CRITICAL|FATAL)\b"
_LOGGER = rb"asyncio\b|livekit\.|openai\.|httpx2?\b|httpcore2?\b"
_COLOUR = rb"(?:\x1b\[[0-9;]*m)"
_TAGGED = rb"(?:std(?:out|err) )?F (?=[{\x1b\[]|\d\d)(.*)$"
_TIME_IN_DIGITS = rb"(?:1\d{9}(?:\.\d{1,9})?|1\d{12}|20\d{6}[-_T]?\d{6}(?:\.\d{1,9})?)Z?\s*\|"
_COMPOSE = (
    _COLOUR
    + rb"*(?!"
    + _TIME_IN_DIGITS
    + rb"|"
    + _LEVEL
    + rb"|"
    + _LOGGER
    + rb")([A-Za-z0-9][\w.\-/]*)\s*\|(?: "
    + _COLOUR
    + rb"*|"
    + _COLOUR
    + rb"+ ?)?(.*)$"
)
_KUBECTL = rb"\[((?:pod|deployment)/[^\]\s]+)\] (.*)$"
_SYSLOG = (
    rb"(?:<\d{1,3}>)?(?:1 )?([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|" + _ISO + rb") "
    rb"(?![A-Z]+ |" + _LEVEL + rb":)[\w.\-:]+ ([\w.\-/@]+)(?:\[(\d+)\])?: (.*)$"
)
_RFC5424 = (
    rb"<\d{1,3}>1 (" + _ISO + rb") \S+ (\S+) (\d+|-|\S+) \S+ (?:-|\[.*?\]) ?(?:\xef\xbb\xbf)?(.*)$"
)
# "TIME text" of a CloudWatch export and "TIME stream text" of its tail command. A plain record
# that begins with its time stays whole: after the time it goes on with a level, a dash or a name
# and a level.
_AHEAD = (
    rb"(?=[{\x1b\r<\t]|\s{2}|\[?\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d|[A-Z][a-z]{2} [ \d]\d \d\d:|\[pod/"
    rb"|Traceback |During handling |The above |[A-Za-z_][\w.]*(?:Error|Exception)\b|"
    + _LEVEL
    + rb":)"
)
_STREAM = (
    rb"(?:[\w.\-]{1,60}/[\w.\-]{1,60}/[0-9a-f]{12,32}"
    rb"|\d{4}/\d\d/\d\d/(?:[\w.\-]{1,60})?\[[$\w.]{1,20}\][0-9a-f]{32})[ \t]"
)
"""A log stream of CloudWatch: of an ECS task, or of Lambda. Any text may stand behind it."""
_STAMPED = (
    rb"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d))[ \t]"
    rb"(?:" + _STREAM + rb")?"
    rb"(?:(?:(?!"
    + _LEVEL
    + rb" )[^\s{\x1b\[]+ )??"
    + _AHEAD
    + rb"(.*)|((?![-|\[ >:]|\[?"
    + _LEVEL
    + rb"|[\w.\-]+ \[?"
    + _LEVEL
    + rb").*))$"
)
_DEPTH = 6
SHORT = 4096
"""Lines below so many bytes are kept as they were read: several stages ask for each line of a small
file."""
_NO_WRAPPER = (b" ", b'"')
"""No wrapper begins like this, but most lines of a Rich screen do."""


class _Docker(msgspec.Struct):
    log: str
    stream: str = ""
    time: str = ""


_DOCKER = msgspec.json.Decoder(_Docker)


@cache
def _compiled(pattern: bytes) -> re.Pattern[bytes]:
    """The pattern, made when a line first needs it: few logs do, and all took 2.8 ms."""
    return re.compile(pattern, re.S)


def peel(line: bytes) -> Peeled:
    """Take off every wrapper; the outermost one comes first in `names`."""
    return _peeled(line) if len(line) < SHORT else _peeled.__wrapped__(line)


@lru_cache(maxsize=1024)
def _peeled(line: bytes) -> Peeled:
    out = Peeled(line)
    for _ in range(_DEPTH):
        inner = _peel_once(out.text)
        if inner is None:
            break
        out = nest(out, inner)
    return out


def nest(outer: Peeled, inner: Peeled) -> Peeled:
    """One wrapper inside another; the inner one's time is nearer to the record's."""
    known = inner.time is not None
    return Peeled(
        inner.text,
        outer.names + inner.names,
        inner.time if known else outer.time,
        inner.clock if known else outer.clock,
        inner.pid or outer.pid,
        outer.stream + inner.stream,
        inner.partial,
    )


def _peel_once(line: bytes) -> Peeled | None:
    if line[:1] in _NO_WRAPPER:
        return None
    for looks, take in _WRAPPERS if line[:1] != b"{" else _OF_OBJECTS:
        if looks(line) and (peeled := take(line)) is not None:
            return peeled
    return None


def _docker(line: bytes) -> Peeled | None:
    try:
        entry = _DOCKER.decode(line)
    except UNDECODABLE:
        return None
    if not (entry.stream or entry.time):
        return None
    time, clock = timestamps.parse(entry.time)
    # Only the driver's own 16 KB pieces lack their newline (see chunks.is_partial).
    partial = len(line) > 16_000 and not entry.log.endswith("\n")
    text = entry.log.encode().rstrip(b"\r\n")
    return Peeled(text, ("docker",), time, clock, stream=entry.stream, partial=partial)


def _cri(line: bytes) -> Peeled | None:
    match = _compiled(_CRI).match(line)
    if match is None:
        return None
    time, clock = timestamps.parse(match[1].decode())
    stream = match[2].decode()
    return Peeled(match[4] or b"", ("cri",), time, clock, stream=stream, partial=match[3] == b"P")


def _compose(line: bytes) -> Peeled | None:
    match = _compiled(_COMPOSE).match(line)
    return Peeled(match[2], ("compose",), stream=match[1].decode()) if match else None


def _tagged(line: bytes) -> Peeled | None:
    """What is left of CRI where a store took its time and stream away (Azure Container Apps)."""
    match = _compiled(_TAGGED).match(line)
    return Peeled(match[1], ("cri",)) if match else None


def _kubectl(line: bytes) -> Peeled | None:
    match = _compiled(_KUBECTL).match(line)
    if match is None:
        return None
    return Peeled(match[2], ("kubectl",), stream=match[1].decode(errors="replace"))


def _syslog(line: bytes) -> Peeled | None:
    match = _compiled(_SYSLOG).match(line)
    if match is None:
        return _rfc5424(line)
    stamp = match[1].decode()
    if stamp[:1].isdigit():
        time, clock = timestamps.parse(stamp)
    else:
        time, clock = timestamps.syslog(stamp), "yearless"
    pid = (match[3] or b"").decode()
    return Peeled(match[4], ("syslog",), time, clock, pid, match[2].decode() + pid)


def _rfc5424(line: bytes) -> Peeled | None:
    match = _compiled(_RFC5424).match(line)
    if match is None:
        return None
    time, clock = timestamps.parse(match[1].decode())
    pid = match[3].decode() if match[3].isdigit() else ""
    return Peeled(match[4], ("syslog",), time, clock, pid, match[2].decode() + pid)


def _stamped(line: bytes) -> Peeled | None:
    match = _compiled(_STAMPED).match(line)
    if match is None:
        return None
    time, clock = timestamps.parse(match[1].decode())
    text = match[3] if match[2] is None else match[2]
    return Peeled(text, ("cloudwatch",), time, clock)


def _starts_with_year(line: bytes) -> bool:
    return line[4:5] == b"-" and line[:4].isdigit()


_WRAPPERS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes], Peeled | None]], ...] = (
    (lambda line: line.startswith((b'{"log":"', b'{"log": "')), _docker),
    (lambda line: _starts_with_year(line) and b" std" in line[19:48], _cri),
    (lambda line: line[:1].isupper() or line[:1] == b"<" or line[10:11] == b"T", _syslog),
    (lambda line: line[:2] == b"F " or (line[:3] == b"std" and line[6:9] == b" F "), _tagged),
    (lambda line: line[:5] == b"[pod/" or line[:12] == b"[deployment/", _kubectl),
    (lambda line: b"|" in line[:80] and line[:1] not in b"{[", _compose),
    (lambda line: _starts_with_year(line), _stamped),
)
_OF_OBJECTS = tuple(row for row in _WRAPPERS if row[1] is _docker)
"""What may begin with a brace: to ask all of them of each object takes four times as long."""
