"""What a run found and how far it read, in one file: a later run resumes there.

The file is replaced as a whole, so that a run that is killed leaves the one before. It holds lines
of evidence as they stand in the log, so nobody else may read it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from tuner import whole_files
from tuner.errors import InputError, UsageError

SCHEMA = 5
"""Raise it when the layout changes, or what is counted: old counts cannot be added to new ones."""
_MAGIC = b"voice-tuner state"
_DIGEST = 16
_BYTES = "\0"
"""No name of a file begins like this."""


class Known(msgspec.Struct, frozen=True, array_like=True):
    """Some bytes of a log, by their number and hash."""

    size: int = 0
    digest: bytes = b""

    def fits(self, data: bytes) -> bool:
        """Whether these are the bytes."""
        return len(data) == self.size and (not data or digest(data) == self.digest)


class Mark(msgspec.Struct, frozen=True):
    """How far one log was read, and what was found up to there (`found`: a stored summary).

    `offset` counts unpacked bytes; `head` and `tail` are those at the beginning and before the
    offset. `first_line` is its hash. `whole`: nothing stood behind the offset in this `version`.
    """

    path: str
    version: str
    packed: bool = False
    offset: int = 0
    first_line: bytes = b""
    head: Known = Known()
    tail: Known = Known()
    whole: bool = False
    found: bytes = b""


class _State(msgspec.Struct):
    options: dict[str, float | str | None]
    marks: list[Mark]


def digest(data: bytes) -> bytes:
    """The hash by which bytes are known again."""
    from hashlib import blake2b  # loads OpenSSL, for nothing in most runs

    return blake2b(data, digest_size=_DIGEST).digest()


def known(data: bytes) -> Known:
    """What is remembered of some bytes."""
    return Known(len(data), digest(data)) if data else Known()


def first_line(head: bytes) -> bytes:
    """The hash of the first line; "" if there is none to recognise a log by."""
    return digest(head.partition(b"\n")[0]) if head else b""


def load(path: Path, options: Mapping[str, float | str | None]) -> list[Mark]:
    """The marks of the runs before; none if there is no file yet.

    Raises InputError if the file is damaged, UsageError if it was made with other options.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return []
    state = _decoded(path, data)
    if state.options != dict(options):
        before = ", ".join(f"{k} {v}" for k, v in state.options.items() if v is not None) or "none"
        raise UsageError(
            f"{path}: this state was made with other options ({before})",
            "Use the same --since, --until, --call and --slow-ms, or another state file.",
        )
    return [msgspec.structs.replace(mark, path=_name(mark.path)) for mark in state.marks]


def _stored(name: str) -> str:
    """A file's name as a state can hold it: one of bytes that are no UTF-8 as those bytes."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return _BYTES + os.fsencode(name).decode("latin-1")
    return name


def _name(stored: str) -> str:
    if not stored.startswith(_BYTES):
        return stored
    return os.fsdecode(stored.removeprefix(_BYTES).encode("latin-1"))


def _decoded(path: Path, data: bytes) -> _State:
    first, _, rest = data.partition(b"\n")
    anew = "Move it away and run again: everything is read anew."
    magic, _, schema = first.rpartition(b" ")
    if magic != _MAGIC:
        raise InputError(f"{path}: no state file of tuner", "Give --state another file name.")
    if schema != str(SCHEMA).encode():
        raise InputError(f"{path}: written by another version of tuner", anew)
    if digest(rest[_DIGEST:]) != rest[:_DIGEST]:
        raise InputError(f"{path}: the state file is damaged", anew)
    try:
        return msgspec.msgpack.decode(rest[_DIGEST:], type=_State)
    except msgspec.MsgspecError as error:
        raise InputError(f"{path}: the state file is damaged", anew) from error


def check(path: Path) -> None:
    """Refuse, before anything is read, what could not be replaced after it.

    Raises UsageError for a folder, pipe or device, InputError where no file may be made. A folder
    that is missing is left to `save`: the report is worth more than the state.
    """
    real = path.resolve()
    if real.exists() and not real.is_file():
        raise UsageError(f"{path}: a state must be a plain file", "Give --state another file name.")
    if not real.parent.is_dir():
        return
    try:
        whole_files.try_out(path)
    except OSError as error:
        raise InputError(
            f"{path}: the state cannot be written: {error.strerror}",
            "Give --state a file in a folder that you may write to.",
        ) from error


def save(path: Path, options: Mapping[str, float | str | None], marks: Sequence[Mark]) -> None:
    """Replace the state file. Raises OSError where that fails."""
    stored = [msgspec.structs.replace(mark, path=_stored(mark.path)) for mark in marks]
    data = msgspec.msgpack.encode(_State(dict(options), stored))
    head = b"%s %d\n" % (_MAGIC, SCHEMA)
    whole_files.write(path, head + digest(data) + data, mode=0o600)
