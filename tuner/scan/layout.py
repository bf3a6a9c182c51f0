"""The structs of `scan.h`, for ctypes; `library` compares them with those of the compiled part."""

from __future__ import annotations

from ctypes import Structure, c_char, c_char_p, c_double, c_int32, c_int64, c_uint64

MOST_LINES, MOST_ENTRIES, NOTED = 1 << 19, 1 << 12, 10
MOST_ROWS, STARTS_BYTES, LOGGER_BYTES, MOST_MEASURES, MOST_SUMS = 512, 64, 16, 8, 4
BEGINNING_BITS = 10
MOST_CASES, MOST_HANDED, WORTH_BYTES, MOST_COUNTERS, MOST_MARKS = 2, 8, 16, 8, 2
MOST_FIELDS, FIELD_BYTES, MOST_LATENCIES, MOST_KINDS, MOST_NOTES = 48, 32, 32, 128, 128
MOST_MIDNIGHTS = 64
MOST_FIGURES, MOST_FRAMES, CALL_BYTES, MOST_NAMES, SHORT_MS = 16, 64, 252, 16, 1 << 14
MOST_PAIRS = 1 << 13
MOST_TEMPLATES, TEMPLATE_BYTES = 512, 240
MOST_TAKEN, MOST_COLUMNS, MOST_STEPS, STEP_BYTES = 1 << 14, 256, 8, 60
MOST_GAPS, LONGEST_GAP = 8, 1 << 10
MOST_HEADS, HEAD_BYTES, WORD_BYTES, MESSAGE_BYTES, ADDRESS_BYTES = 512, 48, 4096, 1 << 14, 256
MOST_CALL_LINES, CALL_TEXT = 1 << 12, 1 << 21
KINDS_OF_LINES = 3
MOST_VALUES, MOST_PIECES, MOST_PUTS, MOST_RECORD_KINDS, MOST_TEXT = (
    64,
    1 << 13,
    1 << 13,
    512,
    1 << 18,
)
THE_TIME, NOTHING = -1, -2
"""What may be put into a line beside the values of its record."""
ANY_DIGIT = 1
"""Stands for a digit in a template."""
BARE = 1
GENERATIONS = ("old", "new")
TIME_FORMS = ("NO_TIME", "OF_DAY", "ISO", "IN_PARTS", "EPOCH")
"""How the time of a record in text is written: not at all, without a date, 2026-11-20 09:36:05, in
parts in any order, or as seconds since the epoch."""
TIME_PARTS = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
"""Of dev text; the `key` of a source is a place among them."""
WAYS = ("PYTHON", "FIELDS", "SYNC", "REQUEST", "HEADERS", "RESPONSE", "WIRE", "HANDED")
"""How a line is read: by Python, for its fields, for its message, or not beyond its beginning."""
ROLES = ("PID", "JOB", "ROOM")
"""The first fields, by which a call is known."""
TYPES = ("DIGITS", "TEXT", "OBJECT", "NUMBER", "WHOLE", "FLAG", "WORDS")
"""What stands in a field."""
FORMS = (
    *("NO_VALUE", "PLAIN_TEXT", "WHOLE_TEXT", "DECIMAL_TEXT", "QUOTED_TEXT", "NESTED_TEXT"),
    *("A_WHOLE", "A_DECIMAL", "A_WORD", "IN_APOSTROPHES", "A_TIME", "A_MESSAGE"),
)
"""What a value of a record of a known kind is: none, a text that stays one, one that is a number,
a word in quotes of its own, any text in such quotes, a number, a word, a text as Python quotes it,
a time, a message before two blanks."""
SPREAD_FORMS = (
    *("YAML_DOCUMENTS", "YAML_ITEMS", "VERBOSE_RECORDS", "PREFIXED_OBJECTS", "JOURNAL_RECORDS"),
    "CSV_ROWS",
)
"""How records are written that take several lines each."""
TURNS = ("NO_TURN", "PAUSE", "SPEECH", "COMMIT")
"""What a line is in the turns of its call."""
MOMENTS = (
    *("NO_MOMENT", "USER_SPEECH_STARTED", "USER_SPEECH_STOPPED", "USER_TURN_STARTED"),
    *("USER_TURN_STOPPED", "BOT_SPEECH_STARTED", "BOT_SPEECH_STOPPED", "INTERRUPTION"),
    *("TTFB", "TOKENS", "CALL_STARTED", "CALL_ENDED", "PROCESS_STARTED"),
)
"""What a line of Pipecat reports."""


class MeasureStruct(Structure):
    """A field, the latency that it is a value of, and the call's figure that a value adds to, as
    places among all of each."""

    _fields_ = [("field", c_int32), ("latency", c_int32), ("figure", c_int32)]


class CaseStruct(Structure):
    """What else a line adds when a field has a value."""

    _fields_ = [(name, c_int32) for name in ("field", "size", "counter", "figure", "note")]
    _fields_ += [("number", c_double), ("text", c_char * WORTH_BYTES)]


class FieldNameStruct(Structure):
    """The name of a field in use, and what stands in it."""

    _fields_ = [("size", c_int32), ("type", c_int32), ("text", c_char * FIELD_BYTES)]


class RowStruct(Structure):
    """One spelling of a line, and what the line adds; places are -1 where it adds nothing."""

    _fields_ = [
        (name, c_int32)
        for name in ("size", "logger_size", "kind", "way", "debug", "exact", "marks_n")
    ]
    _fields_ += [("logger", c_char * LOGGER_BYTES), ("starts", c_char * STARTS_BYTES)]
    _fields_ += [(name, c_int32) for name in ("figure", "note", "tally", "tally_field")]
    _fields_ += [(name, c_int32) for name in ("measures_n", "sums_n", "cases_n", "turn")]
    _fields_ += [("handed_n", c_int32), ("needs", c_uint64)]
    _fields_ += [("measures", MeasureStruct * MOST_MEASURES), ("sums", MeasureStruct * MOST_SUMS)]
    _fields_ += [("cases", CaseStruct * MOST_CASES), ("handed", c_int32 * MOST_HANDED)]
    _fields_ += [("marks", FieldNameStruct * MOST_MARKS)]


class TimePartStruct(Structure):
    """Where a part of a time stands; see `scan.h`."""

    _fields_ = [(name, c_int32) for name in ("at", "digits", "fixed")]


class TemplateStruct(Structure):
    """How lines of a logger and level begin in a layout of text; see `scan.h`."""

    _fields_ = [(name, c_int32) for name in ("size", "level", "logger", "logger_size")]
    _fields_ += [(name, c_int32) for name in ("time_form", "fraction_at", "fraction", "half")]
    _fields_ += [("zone_s", c_int32)]
    _fields_ += [(name, c_int32) for name in ("shipped", "shipped_fraction", "shipped_zone_s")]
    _fields_ += [("pid", c_int32), ("pid_size", c_int32), ("pid_last", c_int32)]
    _fields_ += [("parts", TimePartStruct * len(TIME_PARTS))]
    _fields_ += [("ends", c_uint64), ("mask", c_uint64), ("text", c_char * TEMPLATE_BYTES)]


class TurnsStruct(Structure):
    """The turns of a call; see `call_counts.Call`."""

    _fields_ = [(name, c_double) for name in ("first_start", "last_commit")]
    _fields_ += [(name, c_int32) for name in ("begun", "words", "first_words", "paused")]
    _fields_ += [(name, c_int32) for name in ("first_paused", "pauses", "commits", "cutoffs")]
    _fields_ += [(name, c_int32) for name in ("later", "unknown", "wordless")]


class GivenStruct(Structure):
    """What turns are judged by."""

    _fields_ = [(name, c_double) for name in ("cutoff_s", "talk_over_s", "overlap_s")]
    _fields_ += [("zone_grain_s", c_double), ("backchannel_words", c_int32)]
    _fields_ += [(name, c_int32) for name in ("commit_latency", "cutoff_note")]


class EntryStruct(Structure):
    """A distinct text; see `results.Entry`."""

    _fields_ = [(name, c_int32) for name in ("at", "size", "n", "key", "logger")]
    _fields_ += [("figures", c_int32 * MOST_FIGURES)]
    _fields_ += [(name, c_int32) for name in ("timed", "slow", "lead")]
    _fields_ += [(name, c_int32 * len(GENERATIONS)) for name in ("touched", "open")]
    _fields_ += [("first", c_double), ("last", c_double), ("others", c_uint64)]
    _fields_ += [("turns", TurnsStruct)]


class TableStruct(Structure):
    """Distinct texts."""

    _fields_ = [("used", c_int32), ("latest", c_int32), ("slots", c_int32 * (4 * MOST_ENTRIES))]
    _fields_ += [("entries", EntryStruct * MOST_ENTRIES)]


class PlaceStruct(Structure):
    """A line."""

    _fields_ = [(name, c_int32) for name in ("line", "start", "end", "body", "stop", "framed")]


class FrameStruct(Structure):
    """A wrapper."""

    _fields_ = [("first", PlaceStruct), ("before", c_int32), ("behind", c_int32), ("n", c_int32)]


class AnswerStruct(Structure):
    """A response; see `results.Answer`."""

    _fields_ = [(name, c_int32) for name in ("call", "message", "generation", "status")]
    _fields_ += [("ms", c_double)]


class PairStruct(Structure):
    """A message of no row and a call that it came in, as places in their tables."""

    _fields_ = [("other", c_int32), ("call", c_int32)]


class SpanStruct(Structure):
    """Where a text stands."""

    _fields_ = [("at", c_int32), ("size", c_int32)]


class HandedStruct(Structure):
    """A line that Python has to add; see `results.Handed`."""

    _fields_ = [("place", PlaceStruct), ("call", c_int32), ("row", c_int32), ("time", c_double)]
    _fields_ += [("values", c_double * MOST_HANDED), ("texts", SpanStruct * MOST_HANDED)]


class Scan(Structure):
    """All that goes in and comes out."""

    _fields_ = [
        ("first", c_int32 * (1 << BEGINNING_BITS)),
        ("next", c_int32 * MOST_ROWS),
        ("rows", RowStruct * MOST_ROWS),
        ("fields", FieldNameStruct * MOST_FIELDS),
        ("fields_n", c_int32),
        ("latencies_n", c_int32),
        ("low_s", c_double * MOST_LATENCIES),
        ("long_s", c_double * MOST_LATENCIES),
        ("given", GivenStruct),
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
        *((name, c_int32) for name in ("templates_n", "found", "named", "zoned")),
        *((name, c_int32) for name in ("objects", "loose", "cut")),
        ("templates", TemplateStruct * MOST_TEMPLATES),
        ("after", c_int32 * MOST_TEMPLATES),
        ("lines", c_int32),
        ("clocked", c_int32),
        ("ordered", c_int32),
        ("passed", c_int32),
        ("empty", c_int32),
        *((name, c_int32) for name in ("latest", "earlier", "later", "back")),
        ("latest_s", c_double),
        ("first_of_day", c_double),
        ("last_of_day", c_double),
        ("above_of_day", c_double),
        ("before", c_int32),
        ("days", c_int32),
        ("midnights", PlaceStruct * MOST_MIDNIGHTS),
        ("counts", c_int32 * MOST_KINDS),
        ("counters", c_int32 * MOST_COUNTERS),
        ("places_n", c_int32),
        ("answers_n", c_int32),
        ("handed_n", c_int32),
        ("leads_n", c_int32),
        ("frames_n", c_int32),
        ("pairs_n", c_int32),
        ("to_add", c_int32),
        ("impossible", c_int32),
        ("pair_slots", c_int32 * (2 * MOST_PAIRS)),
        ("bins_n", c_int32 * MOST_LATENCIES),
        ("censored", c_int32 * MOST_LATENCIES),
        ("noted_n", c_int32 * MOST_NOTES),
        ("shapes", c_int32 * ((3 * MOST_NAMES + 2) * (MOST_ROWS + 1))),
        ("sources_of", c_int32 * (MOST_ROWS + 1)),
        ("heads", c_int32 * (4 * (MOST_ROWS + 1))),
        ("sums", c_int64 * MOST_SUMS),
        ("minute", c_int64 * 3),
        ("noted", PlaceStruct * NOTED * MOST_NOTES),
        ("frames", FrameStruct * MOST_FRAMES),
        *((name, TableStruct) for name in ("others", "sources", "calls", "tallied", "messages")),
        ("places", PlaceStruct * MOST_LINES),
        ("pairs", PairStruct * MOST_PAIRS),
        ("answers", AnswerStruct * MOST_LINES),
        ("handed", HandedStruct * MOST_LINES),
        ("leads", AnswerStruct * (len(GENERATIONS) * MOST_ENTRIES)),
        ("bin_of", c_int32 * SHORT_MS * MOST_LATENCIES),
        ("bins", c_int64 * 2 * MOST_LINES * MOST_LATENCIES),
    ]


class ColumnsStruct(Structure):
    """The columns of CSV, as places: -1 for no time."""

    _fields_ = [(name, c_int32) for name in ("delimiter", "width", "message", "time")]


class StepStruct(Structure):
    """A key on a path."""

    _fields_ = [("size", c_int32), ("text", c_char * STEP_BYTES)]


class PathsStruct(Structure):
    """Where in a record of an export its line and its time stand."""

    _fields_ = [(name, c_int32) for name in ("is_object", "target_n", "time_n", "times_n")]
    _fields_ += [(name, StepStruct * MOST_STEPS) for name in ("target", "time", "times")]


class ListsStruct(Structure):
    """At which places of a list its line and its time stand."""

    _fields_ = [("text", c_int32), ("time", c_int32)]


class DatedStruct(Structure):
    """How the lines of a text begin that are put in order of time."""

    _fields_ = [("templates_n", c_int32), ("latest", c_int32)]
    _fields_ += [("templates", TemplateStruct * MOST_TEMPLATES)]


class LabelsStruct(Structure):
    """Where the text of a line begins that labels stand before."""

    _fields_ = [("gap", c_int32), ("column", c_int32)]


class MinuteStruct(Structure):
    """A minute as it is written, and when it began."""

    _fields_ = [("text", c_char * 16), ("began", c_int64)]


class GapStruct(Structure):
    """What stands between two records; see `scan.h`."""

    _fields_ = [("size", c_int32), ("opens", c_int32), ("text", c_char * LONGEST_GAP)]


class TakenStruct(Structure):
    """The lines that were taken out of an export; see `scan.h`."""

    _fields_ = [(name, c_int64) for name in ("line", "last", "longest", "at", "size", "lines")]
    _fields_ += [(name, c_int32) for name in ("n", "stamped", "up", "down", "back")]
    _fields_ += [("minute", MinuteStruct), ("of_line", c_int64 * MOST_TAKEN)]
    _fields_ += [("lines_of", c_int64 * MOST_TAKEN), ("time", c_double * MOST_TAKEN)]
    _fields_ += [("gaps_n", c_int32), ("gaps", GapStruct * MOST_GAPS)]


class SpreadStruct(Structure):
    """Records that take several lines each; see `scan.h`."""

    _fields_ = [(name, c_int64) for name in ("line", "longest", "at", "size")]
    _fields_ += [("form", c_int32), ("n", c_int32), ("names", c_char_p)]
    _fields_ += [("delimiter", c_int32), ("columns", c_int32), ("ends", c_int32 * MOST_COLUMNS)]
    _fields_ += [(name, c_int64 * MOST_TAKEN) for name in ("place", "of_line", "lines_of")]


class PieceStruct(Structure):
    """What stands before a value of a record, and which pieces may follow; see `scan.h`."""

    _fields_ = [(name, c_int32) for name in ("at", "size", "form", "other", "below", "kind")]


class PutStruct(Structure):
    """What is written of a record, and the value behind it."""

    _fields_ = [(name, c_int32) for name in ("at", "size", "value")]


class RecordKindStruct(Structure):
    """The line of records of a kind."""

    _fields_ = [(name, c_int32) for name in ("first", "n", "time", "ascii")]


class KnownRecordsStruct(Structure):
    """All kinds of records that are known; see `scan.h`."""

    _fields_ = [("room", c_int64)]
    _fields_ += [(name, c_int32) for name in ("lines", "pieces_n", "kinds_n")]
    _fields_ += [("pieces", PieceStruct * MOST_PIECES), ("puts", PutStruct * MOST_PUTS)]
    _fields_ += [("kinds", RecordKindStruct * MOST_RECORD_KINDS), ("texts", c_char * MOST_TEXT)]


class RowHeadStruct(Structure):
    """How the rows of a screen begin; see `scan.h`."""

    _fields_ = [
        (name, c_int32) for name in ("time", "size", "line_size", "column", "wraps", "folds")
    ]
    _fields_ += [("text", c_char * HEAD_BYTES), ("line", c_char * HEAD_BYTES)]


class ScreenStruct(Structure):
    """A screen whose records become lines; see `scan.h`."""

    _fields_ = [(name, c_int32) for name in ("heads_n", "coloured", "damaged")]
    _fields_ += [(name, c_int32) for name in ("longest", "most_lines")]
    _fields_ += [(name, c_int32) for name in ("words_size", "messages_size", "addresses_size")]
    _fields_ += [("heads", RowHeadStruct * MOST_HEADS), ("words", c_char * WORD_BYTES)]
    _fields_ += [("messages", c_char * MESSAGE_BYTES), ("addresses", c_char * ADDRESS_BYTES)]
    _fields_ += [(name, c_int32) for name in ("at", "size", "n", "line", "time", "latest")]
    _fields_ += [(name, c_int32) for name in ("last_ms", "latest_ms", "later", "earlier", "back")]
    _fields_ += [(name, c_int32 * (MOST_LINES + 1)) for name in ("starts", "lines", "times")]


class GatheredStruct(Structure):
    """Records whose fields stood below them; see `scan.h`."""

    _fields_ = [(name, c_int32) for name in ("n", "line", "left")]
    _fields_ += [(name, c_int32 * (MOST_LINES + 1)) for name in ("starts", "lines")]


class PipecatLineStruct(Structure):
    """A line of a Pipecat log that reports something, or may; see `scan.h`."""

    _fields_ = [("line", c_int64)]
    _fields_ += [(n, c_int32) for n in ("start", "end", "stop", "message", "marks", "kind")]
    _fields_ += [("time", c_double)]
    _fields_ += [
        (name, c_int32)
        for name in ("observed", "voice", "prompt", "cached", "completion", "unused")
    ]
    _fields_ += [("seconds", c_double)]


class PipecatLinesStruct(Structure):
    """All such lines of a block; see `scan.h`."""

    _fields_ = [
        ("first", c_int64),
        *((name, c_int32) for name in ("at", "lines", "n", "stops_n")),
        ("minute", MinuteStruct),
        ("found", PipecatLineStruct * MOST_TAKEN),
        ("stops", c_int32 * MOST_TAKEN),
    ]


class PipecatCallStruct(Structure):
    """The lines that the turns of a call make; see `scan.h`."""

    _fields_ = [(name, c_double) for name in ("late_sound_s", "heard_s", "sure_s")]
    _fields_ += [(name, c_int32) for name in ("most_sounds", "waiting", "n", "size")]
    _fields_ += [("lines", c_int64 * MOST_CALL_LINES), ("text", c_char * CALL_TEXT)]


class MixedLinesStruct(Structure):
    """Lines of text and of JSON; see `scan.h`."""

    _fields_ = [("size", c_int64 * KINDS_OF_LINES), ("lines", c_int32 * KINDS_OF_LINES)]
    _fields_ += [("all", c_int32), ("numbers", c_int32 * MOST_LINES * KINDS_OF_LINES)]


STRUCTS = (
    *(
        MeasureStruct,
        CaseStruct,
        RowStruct,
        TemplateStruct,
        TimePartStruct,
        FieldNameStruct,
        TurnsStruct,
        GivenStruct,
        EntryStruct,
        TableStruct,
        PlaceStruct,
        FrameStruct,
        AnswerStruct,
    ),
    *(PairStruct, SpanStruct, HandedStruct, Scan),
    *(ColumnsStruct, StepStruct, PathsStruct, ListsStruct, LabelsStruct, DatedStruct),
    *(GapStruct, TakenStruct, SpreadStruct, RowHeadStruct, ScreenStruct, GatheredStruct),
    *(PipecatLineStruct, PipecatLinesStruct, PipecatCallStruct, MixedLinesStruct),
    *(PieceStruct, PutStruct, RecordKindStruct, KnownRecordsStruct),
)
