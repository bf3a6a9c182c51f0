"""A chunk in, the counts of its plain lines out, as Python's values."""

from __future__ import annotations

import ctypes
import math
import struct
from collections.abc import Callable, Iterator
from ctypes import Array
from itertools import pairwise
from typing import Any

from tuner.inputs.chunks import Data, room
from tuner.scan.columns import Column, columns
from tuner.scan.given import give
from tuner.scan.known_records import KnownRecords
from tuner.scan.layout import CALL_BYTES, MOST_HANDED, MOST_MIDNIGHTS, Scan
from tuner.scan.layout import EntryStruct as EntryStruct
from tuner.scan.layout import HandedStruct as HandedStruct
from tuner.scan.layout import TurnsStruct as TurnsStruct
from tuner.scan.library import address_of, library
from tuner.scan.results import AnswerRow, Calls, Entry, Handed, Leads, Other, Place
from tuner.scan.rows import Plan, TurnRules
from tuner.scan.templates import TextLayout, give_templates

_SPARE = 1 << 16


class Scanner:
    """The compiled scan, and what it found in the chunk before it is called again."""

    data: Data
    """The chunk."""
    text: Data
    """Where the records stand: the chunk itself, or what Docker's JSON holds."""

    def __init__(self, plan: Plan, rules: TurnRules, longest: int) -> None:
        """`plan` has the rows of the catalogue; lines above `longest` bytes are Python's."""
        # ctypes itself would write zeros into all of it, used or not.
        self._scan = Scan.from_buffer(room(ctypes.sizeof(Scan)))
        self._scan.longest, self._room, self.plan = longest, room(1), plan
        self._layout: TextLayout | None = None
        give(self._scan, plan, rules)

    def filter(self, since: float | None, until: float | None, call: str | None) -> bool:
        """Count only what such a `record_filter.Filter` keeps. False: that cannot be done here."""
        text = (call or "").encode(errors="surrogateescape")
        self._scan.filters = (since, until, call) != (None, None, None)
        self._scan.call_size = len(text)
        self._scan.since = -math.inf if since is None else since
        self._scan.until = math.inf if until is None else until
        if len(text) <= CALL_BYTES:
            self._scan.call = text
        return call != "" and len(text) <= CALL_BYTES

    def take(self, data: Data, strict: bool, docked: bool = False) -> None:
        """Take a chunk to be scanned; `docked`: lines of Docker's JSON, which are decoded.
        `strict`: lines that add nothing are read throughout, too."""
        self.data = self.text = data
        self._scan.strict = strict
        if docked:
            self._undock(library().scan_undock)

    def take_text(self, data: Data, strict: bool, docked: bool) -> None:
        """The same of a chunk of text: what Docker wrote becomes lines as Kubernetes keeps them."""
        self.take(data, strict)
        if docked:
            self._undock(library().scan_undock_text)

    def take_rendered(self, data: Data, strict: bool, known: KnownRecords, bare: Data) -> None:
        """The same of lines of which those that are known become LiveKit's JSON; `bare` are the
        lines without their wrappers."""
        self.take(data, strict)
        need = 2 * len(bare) + _SPARE
        if len(self._room) < need:
            self._room = room(need)
        known.ask(len(self._room))
        space = memoryview(self._room)
        where = (address_of(bare), len(bare), address_of(space))
        self.text = space[: library().scan_render(ctypes.byref(known.struct), *where)]

    def _undock(self, undock: Callable[..., int]) -> None:
        if len(self._room) < len(self.data):
            self._room = room(len(self.data))
        space = memoryview(self._room)
        self.text = space[: undock(address_of(self.data), len(self.data), address_of(space))]

    def json(self, slow_ms: float, in_order: bool) -> bool:
        """Scan LiveKit's JSON, bare or wrapped. False: too many lines.

        OpenAI calls above `slow_ms` are slow; with `in_order` no line of HTTP is counted.
        """
        self._scan.slow_ms, self._scan.in_order = slow_ms, in_order
        chunk = (address_of(self.data), len(self.data), address_of(self.text), len(self.text))
        return bool(library().scan_json(ctypes.byref(self._scan), *chunk) == 0)

    def rendered(self, slow_ms: float, in_order: bool) -> bool:
        """Scan lines that were rendered in the same way."""
        self._scan.slow_ms, self._scan.in_order = slow_ms, in_order
        chunk = (address_of(self.data), len(self.data), address_of(self.text), len(self.text))
        return bool(library().scan_rendered(ctypes.byref(self._scan), *chunk) == 0)

    def unzoned_json(self, slow_ms: float, in_order: bool) -> bool:
        """Scan bare JSON of LiveKit whose times have no zone in the same way."""
        self._scan.slow_ms, self._scan.in_order = slow_ms, in_order
        chunk = (address_of(self.data), len(self.data))
        return bool(library().scan_unzoned_json(ctypes.byref(self._scan), *chunk) == 0)

    def dev(self, slow_ms: float, in_order: bool) -> bool:
        """Scan LiveKit's dev text in the same way."""
        self._scan.slow_ms, self._scan.in_order = slow_ms, in_order
        chunk = (address_of(self.data), len(self.data))
        return bool(library().scan_dev(ctypes.byref(self._scan), *chunk) == 0)

    def text_in(self, layout: TextLayout, slow_ms: float, in_order: bool) -> bool:
        """Scan text in this layout in the same way."""
        if layout is not self._layout:
            give_templates(self._scan, layout)
            self._layout = layout
        self._scan.slow_ms, self._scan.in_order = slow_ms, in_order
        chunk = (address_of(self.data), len(self.data), address_of(self.text), len(self.text))
        return bool(library().scan_text(ctypes.byref(self._scan), *chunk) == 0)

    @property
    def may_be_unordered(self) -> bool:
        """Whether lines go back in time, all calls taken together."""
        return bool(self._scan.back > 0 or self._scan.earlier > self._scan.later)

    @property
    def days(self) -> tuple[float, float, int] | None:
        """Of a clock without a date the first and last time that counted (seconds since midnight),
        and how often it went past midnight; None if none counted."""
        first = self._scan.first_of_day
        return None if first < 0 else (first, self._scan.last_of_day, self._scan.days)

    def midnights(self) -> list[Place]:
        """Where the first lines stand behind the first midnights of such a clock."""
        return _places(self._scan.midnights, min(self._scan.days, MOST_MIDNIGHTS))

    @property
    def lines(self) -> int:
        """How many lines the chunk has."""
        return int(self._scan.lines)

    @property
    def below(self) -> int:
        """Lines below those of counted records: the scan itself knows only of empty ones."""
        return int(self._scan.empty)

    def time_above(self, _place: Place) -> str:
        """The time that a record without one takes from the record above; "" for none."""
        return ""

    @property
    def impossible(self) -> int:
        """How many commits had a delay that cannot be."""
        return int(self._scan.impossible)

    @property
    def to_add(self) -> int:
        """How many lines Python has to add although the scan has read their fields."""
        return int(self._scan.to_add)

    @property
    def clocked(self) -> int:
        """How many of the lines counted here extended their call."""
        return int(self._scan.clocked)

    @property
    def passed(self) -> int:
        """How many lines the filter did not keep."""
        return int(self._scan.passed)

    @property
    def ordered(self) -> bool:
        """Whether Python has to read what may be a line of HTTP: all, in their order."""
        return bool(self._scan.ordered)

    def counts(self) -> dict[str, int]:
        """How many lines of each kind there were; none of those that had none."""
        return {kind: n for kind, n in zip(self.plan.kinds, self._scan.counts, strict=False) if n}

    def counters(self) -> dict[str, int]:
        """What the cases of rows added up to, by name."""
        return dict(zip(self.plan.counters, self._scan.counters, strict=False))

    def sums(self) -> dict[str, int]:
        """The fields that are added up, by name."""
        return dict(zip(self.plan.sums, self._scan.sums, strict=False))

    @property
    def left(self) -> int:
        """How many lines Python has to read."""
        return int(self._scan.places_n)

    def places(self) -> list[Place]:
        """The lines that Python has to read."""
        return _places(self._scan.places, self._scan.places_n)

    def left_lines(self, most: int) -> Iterator[bytes]:
        """Some of the lines that Python has to read, so many at most, from all of the chunk: at
        noon or midnight others may begin."""
        places = Scanner.places(self)
        some = places[:: len(places) // most + 1]
        return (bytes(self.text[place.body : place.stop]) for place in some)

    def frames(self) -> list[tuple[Place, int]]:
        """Of each wrapper a line in it, and how many lines were counted in it."""
        raw = memoryview(self._scan.frames).cast("B")[: 36 * self._scan.frames_n]
        return [(Place(*frame[:6]), frame[-1]) for frame in struct.iter_unpack("9i", raw)]

    def latencies(self) -> Iterator[tuple[str, list[tuple[int, int]], int]]:
        """Of each latency that was found: its name, (whole milliseconds, how often), how many were
        censored."""
        for i, name in enumerate(self.plan.latencies):
            if self._scan.bins_n[i] or self._scan.censored[i]:
                bins = memoryview(self._scan.bins[i]).cast("B")[: 16 * self._scan.bins_n[i]]
                yield name, list(struct.iter_unpack("2q", bins)), self._scan.censored[i]

    def notes(self) -> dict[str, list[Place]]:
        """Where the first of each kind of evidence stand."""
        places = self.plan.notes.items()
        noted, n = self._scan.noted, self._scan.noted_n
        return {name: _places(noted[place], n[place]) for name, place in places if n[place]}

    def leads(self) -> Leads:
        """The first lines of HTTP in their calls, where those were request lines."""
        raw = memoryview(self._scan.leads).cast("B")[: 24 * self._scan.leads_n].cast("i")
        return Leads(*(raw[place::6].tolist() for place in range(3)))

    def answers(self) -> list[AnswerRow]:
        """All lines with headers, with the request lines that completed them."""
        raw = memoryview(self._scan.answers).cast("B")[: 24 * self._scan.answers_n]
        return list(struct.iter_unpack("4id", raw))  # an object for each would take far longer

    def handed(self) -> Iterator[Handed]:
        """Lines that Python has to add, in their order."""
        size = ctypes.sizeof(HandedStruct)
        raw = memoryview(self._scan.handed).cast("B")[: size * self._scan.handed_n]
        for found in struct.iter_unpack(f"3i12x2i{1 + MOST_HANDED}d{2 * MOST_HANDED}i", raw):
            line, start, end, call, row, time = found[:6]
            values, spans = found[6 : 6 + MOST_HANDED], found[6 + MOST_HANDED :]
            yield Handed(line, start, end, call, row, time, values, spans)

    def entries(self, table: str) -> list[Entry]:
        """A table: "sources", "tallied" or "messages"."""
        column = columns(self._scan, table)
        return list(map(Entry, self._texts(table, column), column("n"), column("key")))

    def others(self) -> list[Other]:
        """Messages above DEBUG that are of no row."""
        column = columns(self._scan, "others")
        spans = zip(column("at"), column("logger"), strict=True)  # of whole messages
        texts = [bytes(self.text[at : at + size]) for at, size in spans]
        return list(map(Other, texts, column("n"), column("key"), self._paired(len(texts))))

    def _paired(self, n: int) -> Iterator[list[int]]:
        """Of each of the `n` other messages the calls that it came in."""
        calls, ends = bytearray(4 * self._scan.pairs_n + 4), bytearray(4 * n + 4)
        library().scan_paired(ctypes.byref(self._scan), address_of(calls), address_of(ends))
        all_calls = memoryview(calls).cast("i").tolist()
        for start, end in pairwise([0, *memoryview(ends).cast("i")[:n]]):
            yield all_calls[start:end]

    def calls(self) -> Calls:
        """The table of calls."""
        column = columns(self._scan, "calls")
        return Calls(
            texts=self._texts("calls", column),
            n=column("n"),
            keys=column("key"),
            figures={f: column("figures", i) for i, f in enumerate(self.plan.figures)},
            timed=column("timed"),
            slow=column("slow"),
            touched=(column("touched"), column("touched", 1)),
            open=(column("open"), column("open", 1)),
            first=column("first"),
            last=column("last"),
        )

    def turns(self) -> dict[str, list[Any]] | None:
        """A column for each member of `layout.Turns`, call by call; None if no call had any."""
        if not self._scan.handed_n:
            return None
        column = columns(self._scan, "calls")
        return {member[0]: column("turns." + member[0]) for member in TurnsStruct._fields_}

    def _texts(self, table: str, column: Column) -> list[str]:
        """The texts of a table. None of them holds the end of a line, and there may be so many
        calls that one slice and one `str` for each took as long as a tenth of the scan."""
        found, sizes = getattr(self._scan, table), column("size")
        joined = bytearray(sum(sizes) + sum(column("lead")) + len(sizes) + 1)
        size = library().scan_joined(ctypes.byref(found), address_of(self.text), address_of(joined))
        return joined[:size].decode("utf-8", "replace").split("\n")[:-1]


def _places(found: Array[Any], n: int) -> list[Place]:
    raw = memoryview(found).cast("B")[: 24 * n]
    return list(map(Place._make, struct.iter_unpack("6i", raw)))
