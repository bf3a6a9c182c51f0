"""Paths or a pipe in, the summaries of what is new out, poll by poll.

A log is known again by its content: renamed, truncated or packed, as with `--state`. Memory does
not depend on how much was read.
"""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import BinaryIO

import msgspec

from tuner.errors import InputError, named
from tuner.execution import resume_matching, state_file, units
from tuner.execution.parts import Part
from tuner.execution.state_file import Mark
from tuner.execution.units import Job, Piece, Unit
from tuner.exports.followed_prints import FollowedPrints
from tuner.inputs import chunks, remote, streams, versions
from tuner.inputs.addresses import without_secrets
from tuner.inputs.find import find_inputs
from tuner.inputs.found_again import FoundAgain
from tuner.inputs.streams import KNOWN_BYTES
from tuner.lines import look
from tuner.lines.layouts import NONE, Layouts
from tuner.reading import guard
from tuner.summary.summary import Summary
from tuner.watch import beginnings

_PIECE = 1 << 16
_MOST_AT_ONCE = 4 << 20
"""Bytes of a pipe that are read at once."""
_ROTATED = 4
"""Logs that were rotated away and may still grow: so many are followed."""
_AHEAD = 64
"""Pieces (of 64 KB, mostly) of a pipe that may wait to be read: whoever writes waits then."""


Taken = Callable[[str, Piece], None]
"""Is given the path of each log ("-": a pipe) with what was read of it, piece by piece."""


def _nobody(_path: str, _piece: Piece) -> None:
    """Nobody asks for the pieces."""


class _Followed:
    """How one file is followed."""

    def __init__(self, path: str) -> None:
        found = beginnings.beginning(path)
        self.is_followed, self.as_is = found.is_followed, found.as_is
        self._prints = FollowedPrints(KNOWN_BYTES)
        self._prints.begin(found.head)

    def single(self, piece: Piece, is_begun: bool) -> Piece:
        """The piece with each record once; of a new file the beginning was looked at."""
        if not is_begun:
            self._prints.begin(bytes(piece.chunk.data[:KNOWN_BYTES]))
        return piece._replace(chunk=self._prints.single(piece.chunk))


class FollowedFiles:
    """Files, folders and globs; new files are taken in, rotated ones are read to their end."""

    def __init__(
        self, paths: Sequence[str], backlog: Job, job: Job, taken: Taken = _nobody
    ) -> None:
        """`backlog` says how to read what is there at first, `job` all that comes. `taken` gets
        each piece that is finished, of what is there at first, too."""
        self._paths, self._job, self._later = list(paths), backlog, job
        self._taken = taken
        self._inputs, self._given = FoundAgain(), dict[str, str]()
        self._marks: list[Mark] = []
        self._waiting: dict[str, tuple[Summary, Piece]] = {}
        self._missing: list[str] = []
        self._broken: dict[str, str] = {}
        self._followed: dict[str, _Followed] = {}
        self.ended = False

    @property
    def problems(self) -> list[str]:
        """What is not there, and what could not be read the last time."""
        return self._missing + [f"{named(path)}: {why}" for path, why in self._broken.items()]

    def poll(self) -> Iterator[Summary]:
        """What was written since the last poll, as far as its lines are whole."""
        found = self._inputs.find(self._paths)
        self._missing = [f"{named(path)}: {why}" for path, why in found.problems]
        given = versions.planned(found.files)
        if given == self._given:
            return
        self._given = given
        self._broken = {path: why for path, why in self._broken.items() if path in given}
        resumed = resume_matching.match(given, self._marks)
        self._marks = []
        rotated = dict(list(resumed.found.items())[-_ROTATED:])
        for path, version in {**rotated, **given}.items():
            mark = resumed.marks.get(path)
            if mark is None or versions.size(version) != mark.offset or mark.packed:
                mark = yield from self._read(path, version, mark)
            self._marks += [mark] if mark is not None else []
        self._followed = {p: f for p, f in self._followed.items() if p in rotated or p in given}
        self._job = self._later

    def _read(
        self, path: str, version: str, mark: Mark | None
    ) -> Generator[Summary, None, Mark | None]:
        """Read what is new in a file; returns the mark of how far that was."""
        self._waiting.pop(path, None)
        self._broken.pop(path, None)
        if mark is not None and mark.packed and mark.version == version:
            return mark
        followed, is_new = self._followed_as(path, mark)
        if not followed.is_followed:
            self._broken[path] = beginnings.NOT_FOLLOWED
        start = mark.offset if mark else 0
        for found in units.pieces(Unit(path, start, None, version, as_is=followed.as_is)):
            piece = found if found.chunk.waiting else followed.single(found, is_new)
            part = units.part(piece, self._job)
            if part.problem:
                self._broken[path] = part.problem
            part.summary.path = path
            if part.waiting is not None:
                part.waiting.path = path
                self._waiting[path] = part.waiting, piece
            if part.at is not None:
                self._taken(path, piece)
                mark = _marked(mark or Mark(path, version), path, version, part)
                yield part.summary
        return mark

    def _followed_as(self, path: str, mark: Mark | None) -> tuple[_Followed, bool]:
        """How a file is followed, and whether it is new that one asks."""
        known = None if mark is None else self._followed.get(mark.path)  # before it was renamed
        self._followed[path] = known or _Followed(path)
        return self._followed[path], known is None

    def rest(self) -> Iterator[Summary]:
        """What stands behind the last whole line of each file: for whoever will not poll again."""
        for path, (summary, piece) in self._waiting.items():
            self._taken(path, piece)
            if self._broken.get(path) == beginnings.NOT_FOLLOWED:
                del self._broken[path]
            yield summary
        self._waiting = {}

    def all(self) -> Iterator[Summary]:
        """All that is there now, to the last line."""
        yield from self.poll()
        yield from self.rest()


def _marked(mark: Mark, path: str, version: str, part: Part) -> Mark:
    return msgspec.structs.replace(
        mark,
        path=path,
        version=version,
        packed=streams.plain_size(path) is None,
        offset=part.at,
        first_line=mark.first_line or state_file.first_line(part.head),
        head=mark.head if mark.head.size else state_file.known(part.head),
        tail=state_file.known(part.tail),
    )


class FollowedPipe:
    """What another program writes into this one, such as `tail -f`."""

    problems: Sequence[str] = ()

    def __init__(self, stream: BinaryIO, job: Job, wait_s: float, taken: Taken = _nobody) -> None:
        """A poll waits for `wait_s` at most. `taken` gets each piece."""
        self._job, self._wait, self._given = job, wait_s, taken
        self._pieces: queue.Queue[bytes] = queue.Queue(_AHEAD)
        self._rest = b""
        self._layouts: Layouts | None = None
        self._prints = FollowedPrints(KNOWN_BYTES)
        self.ended = False
        threading.Thread(target=self._fill, args=(stream,), daemon=True).start()

    def _fill(self, stream: BinaryIO) -> None:
        while piece := stream.read1(_PIECE):  # type: ignore[attr-defined]
            self._pieces.put(piece)
        if stream is not sys.stdin.buffer:
            stream.close()
        self._pieces.put(b"")

    def poll(self) -> Iterator[Summary]:
        """The whole lines that came since the last poll."""
        data = self._taken()
        if not data:
            return
        block = bytearray(self._rest + data)
        end = chunks.finished(block, 0, block.rfind(b"\n") + 1)
        self._rest = bytes(block[end:])
        if len(self._rest) > chunks.CHUNK:  # one line without an end: too long, and counted as one
            self._rest = self._rest[: chunks.MAX_LINE + 1]
        if end:
            yield self._summary(bytes(block[:end]))

    def _taken(self) -> bytes:
        """What waits, up to a bound."""
        taken: list[bytes] = []
        try:
            while sum(map(len, taken)) < _MOST_AT_ONCE and not self.ended:
                piece = self._pieces.get(timeout=0 if taken else self._wait)
                self.ended = not piece
                taken.append(piece)
        except queue.Empty:
            pass
        return b"".join(taken)

    def _summary(self, data: bytes) -> Summary:
        if self._layouts is None:
            head = data[: look.HEAD_BYTES]
            self._layouts = guard.tried(lambda: look.look(head)) or NONE
        self._prints.begin(data[:KNOWN_BYTES])
        single = self._prints.single(chunks.Chunk(data, at=len(data)))
        piece = Piece(single, layouts=self._layouts)
        self._given("-", piece)
        return units.part(piece, self._job).summary

    def rest(self) -> Iterator[Summary]:
        """The last line, if it has no end."""
        if self._rest:
            yield self._summary(self._rest)
        self._rest = b""

    def all(self) -> Iterator[Summary]:
        """All that comes until the other program ends."""
        while not self.ended:
            yield from self.poll()
        yield from self.rest()


def checked(paths: Sequence[str]) -> None:
    """Raises InputError for what cannot be followed, and where none of the paths is there."""
    urls = [path for path in paths if remote.is_url(path)]
    if urls:
        raise InputError(
            f"{without_secrets(urls[0])}: only files of this machine can be followed",
            "Read it with `tuner analyze --state FILE` now and then.",
        )
    found = find_inputs(paths)
    if not found.files:
        why = "\n".join(f"{named(path)}: {problem}" for path, problem in found.problems)
        raise InputError(why or "no log to watch", "Name a log that is there, or - for stdin.")
