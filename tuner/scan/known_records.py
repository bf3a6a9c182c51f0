"""Kinds of records in, what the scan needs to put lines together of records like them out."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import NamedTuple

from tuner.inputs.chunks import room
from tuner.scan.layout import (
    FORMS,
    MOST_PIECES,
    MOST_PUTS,
    MOST_RECORD_KINDS,
    MOST_TEXT,
    MOST_VALUES,
    KnownRecordsStruct,
    PieceStruct,
    PutStruct,
    RecordKindStruct,
)


class RecordPiece(NamedTuple):
    """The bytes of a record before a value, and the `layout.FORMS` of that."""

    text: bytes
    form: str


class Put(NamedTuple):
    """Bytes of a line, and what follows them: a value of the record by its place, the record's time
    (`layout.THE_TIME`), or NOTHING."""

    text: bytes
    value: int


class RecordKind(NamedTuple):
    """How records of a kind are written, the last piece without a value, and the line that they
    become; their time is the value at this place. `ascii`: texts are written in ASCII."""

    pieces: Sequence[RecordPiece]
    line: Sequence[Put]
    time: int
    ascii: bool


class KnownRecords:
    """The kinds of records that are known, as the scan is given them."""

    def __init__(self, lines: bool = False) -> None:
        """`lines`: each record is a line."""
        # ctypes itself would write zeros into all of it, used or not.
        self.struct = KnownRecordsStruct.from_buffer(room(ctypes.sizeof(KnownRecordsStruct)))
        self.struct.lines = lines
        self._texts = ctypes.addressof(self.struct) + KnownRecordsStruct.texts.offset
        self._puts = self._bytes = 0

    @property
    def is_asked(self) -> bool:
        """Whether anybody looks for these kinds."""
        return bool(self.struct.room > 0)

    def ask(self, room: int = 1) -> None:
        """Look for these kinds; their lines may take so many bytes."""
        self.struct.room = room

    def add(self, kind: RecordKind) -> bool:
        """Know a kind of records; False if there is no room for it."""
        found, texts = (
            self.struct,
            [*(each.text for each in kind.pieces), *(each.text for each in kind.line)],
        )
        if (
            found.kinds_n == MOST_RECORD_KINDS
            or found.pieces_n + len(kind.pieces) > MOST_PIECES
            or self._puts + len(kind.line) > MOST_PUTS
            or self._bytes + sum(map(len, texts)) > MOST_TEXT
            or len(kind.pieces) > MOST_VALUES
        ):
            return False
        self._add_pieces(kind.pieces)
        first = self._puts
        for text, value in kind.line:
            found.puts[self._puts] = PutStruct(self._written(text), len(text), value)
            self._puts += 1
        found.kinds[found.kinds_n] = RecordKindStruct(first, len(kind.line), kind.time, kind.ascii)
        found.kinds_n += 1
        return True

    def _add_pieces(self, pieces: Sequence[RecordPiece]) -> None:
        before, at = None, 1 if self.struct.pieces_n else 0
        for piece in pieces:
            here = self._other_than(at, piece) if at else None
            if here is None or not self._is(here, piece):
                here = self._new_piece(piece, before, here)
            before, at = here, int(self.struct.pieces[here].below)

    def _other_than(self, at: int, piece: RecordPiece) -> int:
        """The place of this piece among those that may stand there, or that of the last of them."""
        here = at - 1
        while not self._is(here, piece) and (other := int(self.struct.pieces[here].other)):
            here = other - 1
        return here

    def _is(self, at: int, piece: RecordPiece) -> bool:
        found = self.struct.pieces[at]
        text = ctypes.string_at(self._texts + found.at, max(found.size, 0))
        return FORMS[found.form] == piece.form and (found.size, text) == (
            len(piece.text),
            piece.text,
        )

    def _new_piece(self, piece: RecordPiece, before: int | None, beside: int | None) -> int:
        found, here = self.struct, int(self.struct.pieces_n)
        at, form = self._written(piece.text), FORMS.index(piece.form)
        found.pieces[here] = PieceStruct(at, len(piece.text), form, 0, 0, found.kinds_n)
        found.pieces_n += 1
        if beside is not None:
            found.pieces[beside].other = here + 1
        elif before is not None:
            found.pieces[before].below = here + 1
        return here

    def _written(self, text: bytes) -> int:
        """Where the text stands among those of the struct."""
        at = self._bytes
        ctypes.memmove(self._texts + at, text, len(text))
        self._bytes += len(text)
        return at
