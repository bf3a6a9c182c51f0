"""The structs of `scan.h`, for ctypes; `library` compares them with those of the compiled part."""

from __future__ import annotations

from ctypes import Structure, c_char, c_double, c_int32, c_int64

MOST_LINES, MOST_ENTRIES, NOTED = 1 << 18, 1 << 12, 10
MOST_ROWS, STARTS_BYTES, LOGGER_BYTES, MOST_MEASURES, MOST_SUMS = 512, 64, 16, 4, 4
MOST_FIELDS, FIELD_BYTES, MOST_LATENCIES, MOST_KINDS, MOST_NOTES = 48, 32, 16, 64, 96
MOST_FIGURES, MOST_FRAMES, CALL_BYTES, MOST_NAMES, SHORT_MS = 4, 64, 252, 16, 1 << 14
MOST_PAIRS = 1 << 13
BARE = 1
GENERATIONS = ("old", "new")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
"""Of dev text; the `key` of a source is a place among them."""
WAYS = ("PYTHON", "FIELDS", "SYNC", "REQUEST", "HEADERS", "RESPONSE", "WIRE")
"""How a line is read: by Python, for its fields, for its message, or not beyond its beginning."""
ROLES = ("PID", "JOB", "ROOM", "MODEL")
"""The first fields, which the scan itself knows; numbers follow."""


class Measure(Structure):
    """A field and the latency that it is a value of, as places among all fields and latencies."""

    _fields_ = [("field", c_int32), ("latency", c_int32)]


class Row(Structure):
    """One spelling of a line, and what the line adds; places are -1 where it adds nothing."""

    _fields_ = [(name, c_int32) for name in ("size", "logger_size", "kind", "way", "debug")]
    _fields_ += [(name, c_int32) for name in ("figure", "note", "has_model", "measures_n")]
    _fields_ += [("sums_n", c_int32), ("measures", Measure * MOST_MEASURES)]
    _fields_ += [("sums", Measure * MOST_SUMS)]
    _fields_ += [("starts", c_char * STARTS_BYTES), ("logger", c_char * LOGGER_BYTES)]


class FieldName(Structure):
    """The name of a field in use."""

    _fields_ = [("size", c_int32), ("text", c_char * FIELD_BYTES)]


class Entry(Structure):
    """A distinct text; see `results.Entry`."""

    _fields_ = [(name, c_int32) for name in ("at", "size", "n", "key", "logger")]
    _fields_ += [("figures", c_int32 * MOST_FIGURES), ("timed", c_int32), ("slow", c_int32)]
    _fields_ += [(name, c_int32 * len(GENERATIONS)) for name in ("touched", "open")]
    _fields_ += [("first", c_double), ("last", c_double)]


class Table(Structure):
    """Distinct texts."""

    _fields_ = [("used", c_int32), ("slots", c_int32 * (4 * MOST_ENTRIES))]
    _fields_ += [("entries", Entry * MOST_ENTRIES)]


class Place(Structure):
    """A line."""

    _fields_ = [(name, c_int32) for name in ("line", "start", "end", "body", "stop", "framed")]


class Frame(Structure):
    """A wrapper."""

    _fields_ = [("first", Place), ("before", c_int32), ("behind", c_int32), ("n", c_int32)]


class Answer(Structure):
    """A response; see `results.Answer`."""

    _fields_ = [(name, c_int32) for name in ("call", "message", "generation", "status")]
    _fields_ += [("ms", c_double)]


class Pair(Structure):
    """A message of no row and a call that it came in, as places in their tables."""

    _fields_ = [("other", c_int32), ("call", c_int32)]


class Scan(Structure):
    """All that goes in and comes out."""

    _fields_ = [
        ("first", c_int32 * 256),
        ("next", c_int32 * MOST_ROWS),
        ("rows", Row * MOST_ROWS),
        ("fields", FieldName * MOST_FIELDS),
        ("fields_n", c_int32),
        ("latencies_n", c_int32),
        ("low_s", c_double * MOST_LATENCIES),
        ("long_s", c_double * MOST_LATENCIES),
        ("slow_ms", c_double),
        ("slow_note", c_int32),
        ("longest", c_int32),
        ("in_order", c_int32),
        ("strict", c_int32),
        ("filters", c_int32),
        ("since", c_double),
        ("until", c_double),
        ("call_size", c_int32),
        ("call", c_char * CALL_BYTES),
        ("lines", c_int32),
        ("clocked", c_int32),
        ("ordered", c_int32),
        ("passed", c_int32),
        ("counts", c_int32 * MOST_KINDS),
        ("places_n", c_int32),
        ("answers_n", c_int32),
        ("leads_n", c_int32),
        ("frames_n", c_int32),
        ("pairs_n", c_int32),
        ("pair_slots", c_int32 * (2 * MOST_PAIRS)),
        ("bins_n", c_int32 * MOST_LATENCIES),
        ("censored", c_int32 * MOST_LATENCIES),
        ("noted_n", c_int32 * MOST_NOTES),
        ("shapes", c_int32 * ((3 * MOST_NAMES + 2) * (MOST_ROWS + 1))),
        ("sources_of", c_int32 * (MOST_ROWS + 1)),
        ("heads", c_int32 * (4 * (MOST_ROWS + 1))),
        ("sums", c_int64 * MOST_SUMS),
        ("minute", c_int64 * 3),
        ("noted", Place * NOTED * MOST_NOTES),
        ("frames", Frame * MOST_FRAMES),
        *((name, Table) for name in ("others", "sources", "calls", "models", "messages")),
        ("places", Place * MOST_LINES),
        ("pairs", Pair * MOST_PAIRS),
        ("answers", Answer * MOST_LINES),
        ("leads", Answer * (len(GENERATIONS) * MOST_ENTRIES)),
        ("bin_of", c_int32 * SHORT_MS * MOST_LATENCIES),
        ("bins", c_int64 * 2 * MOST_LINES * MOST_LATENCIES),
    ]


STRUCTS = (Measure, Row, FieldName, Entry, Table, Place, Frame, Answer, Pair, Scan)
