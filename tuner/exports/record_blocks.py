"""Records that take several lines of text each in, their entries out.

YAML as `gcloud logging read` and `aws --output yaml` print it, journalctl's `verbose` form, objects
behind a time (`aws logs tail --format json`), and Logstash's rubydebug.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from tuner.exports.entries import ExportEntry, guarded
from tuner.exports.joined_records import JoinedEntries
from tuner.exports.plain_lines import whole_lines
from tuner.exports.taking import Records
from tuner.inputs.chunks import MAX_LINE
from tuner.lazy_patterns import lazy_pattern
from tuner.lines.undecodable import UNDECODABLE

if TYPE_CHECKING:
    from tuner.scan.export_lines import TakenLines
    from tuner.scan.spread_records import JoinedRecords

NO_RECORD = "a record of the export without a message"
_KEPT = 2_000
_LOOKED_AT = 4
"""So many records are looked at for a line, before an input is taken for an export."""
_DOCUMENT = lazy_pattern(rb"---\s*$")
_ITEM = lazy_pattern(rb"- ")
_YAML_START = lazy_pattern(rb"---[ \t]*\r?\n|(?:- )?[A-Za-z_][\w.\-]*:[ \t]*(?:\S.*)?\r?\n")
_YAML_MESSAGE = lazy_pattern(
    rb"(?m)^(?:- | +)?(?:jsonPayload|textPayload|message|msg|event|log|line|body):"
)
_VERBOSE = lazy_pattern(rb"[A-Z][a-z]{2} (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} \S+) \[s=")
_FIELD = lazy_pattern(rb"\s*([A-Z_][A-Z0-9_]*)=(.*)$", re.S)
_RUBY = lazy_pattern(rb'\{\s*\n\s+"[^"\n]+" => ')
_HASH = lazy_pattern(rb'\s+"([^"]+)" => (.*)$')
_PREFIXED = lazy_pattern(rb'[^\s{\["][^\n{]*\{[ \t]*\r?\n[ \t]+"[^"\n]+": ')
_ISO = lazy_pattern(rb"\d{4}-\d\d-\d\d[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?")


class BlockForm(NamedTuple):
    """How a record begins, and how its lines are read: its fields, None if they hold none.

    `at_once` is the form by which the scan joins many (`layout.SPREAD_FORMS`), "" if it does not.
    """

    name: str
    begins: re.Pattern[bytes]
    read: Callable[[Sequence[bytes]], Any]
    at_once: str = ""


class RecordBlocks:
    """The entries of a stream of such records; `lines` is how many lines were passed so far."""

    def __init__(
        self, blocks: Iterable[bytes], form: BlockForm, known: Records | None = None
    ) -> None:
        """`known`: what was learnt of records that stand before the blocks."""
        self._blocks, self._form = blocks, form
        self._records, self._found = known or Records(), known is not None
        self._learnt = self._records
        """What was known before the last record, which may be half of one and teaches nothing."""
        self._joined = JoinedEntries(form.at_once, self._records, self._joined_entry)
        self.name, self.lines = form.name, 0

    def entries(self) -> Iterator[ExportEntry | TakenLines]:
        """One entry a record, or many at once."""
        rest = b""
        for block in whole_lines(self._blocks):
            data, at = rest + block, 0
            while (end := _next(self._form.begins, data, at)) >= 0:
                if (found := self._many(data, at)) is not None:
                    yield from self._joined.entries(found)
                    at += found.size
                else:
                    yield from self._one(data[at:end])
                    at = end
            rest = data[at:]
        self._learnt = self._records.copy()
        if rest:
            yield from self._one(rest)

    def begins(self, data: bytes, at: int) -> bool:
        """Whether a record begins on the line at this place."""
        return _at_line_starts(self._form.begins).match(data, at) is not None

    def of_range(self, blocks: Iterable[bytes]) -> RecordBlocks:
        """A reader of a range of the same export."""
        return RecordBlocks(blocks, self._form, self._learnt.copy())

    def _many(self, data: bytes, at: int) -> JoinedRecords | None:
        """The records from a place on that are written in no doubt."""
        found = self._joined.join(data, at, self.lines + 1) if self._form.at_once else None
        self.lines += sum(found.lines_of) if found else 0
        return found

    def _one(self, written: bytes) -> Iterator[ExportEntry]:
        """Take a record alone."""
        lines, first = _lines(written), self.lines + 1
        self.lines += len(lines)
        entry = self._entry(records_of(self._form, lines), written, first, len(lines))
        if entry is not None:
            yield entry

    def _joined_entry(self, raw: bytes, written: bytes, first: int, n: int) -> ExportEntry | None:
        return self._entry([raw], written, first, n)

    def _entry(
        self, raws: Sequence[bytes], written: bytes, first: int, n: int
    ) -> ExportEntry | None:
        """The entry of a record that holds these as JSON."""

        def text() -> bytes:
            return b"\n".join(_lines(written))[:_KEPT]

        for raw in raws:
            entry = guarded(partial(self._records.take, raw, first, n), text, first, n)
            if entry is not None:
                self._found = True
                return entry
        return ExportEntry(text(), None, first, n, reason=NO_RECORD) if self._found else None


def records_of(form: BlockForm, lines: Sequence[bytes]) -> list[bytes]:
    """The records that these lines hold, as JSON: one, or none."""
    try:
        found = form.read(lines)
        items = found if isinstance(found, list) else [found]
        return [msgspec.json.encode(item, enc_hook=str) for item in items if isinstance(item, dict)]
    except (*UNDECODABLE, ValueError, TypeError):
        return []


def form_of(head: bytes) -> BlockForm | None:
    """The form of an input that begins like this; None if it is in none of them."""
    if _VERBOSE.match(head):
        return VERBOSE
    if _RUBY.match(head):
        return RUBY
    if _PREFIXED.match(head):
        return PREFIXED
    if _YAML_START.match(head) and _YAML_MESSAGE.search(head):
        form = YAML if re.search(rb"(?m)^---\s*$", head) else YAML_LIST
        return form if _holds_records(head, form) else None
    return None


def _holds_records(head: bytes, form: BlockForm) -> bool:
    taker, at = Records(), 0
    for _ in range(_LOOKED_AT):
        end = _next(form.begins, head, at)
        lines = _lines(head[at : end if end >= 0 else None])
        if any(taker.take(raw, 1, 1) for raw in records_of(form, lines)):
            return True
        if end < 0:
            return False
        at = end
    return False


def _next(begins: re.Pattern[bytes], data: bytes, at: int) -> int:
    """Where the record behind the one at this place begins, -1: the data end before; of a longer
    one than MAX_LINE a piece is taken for one."""
    line = data.find(b"\n", at) + 1
    found = _at_line_starts(begins).search(data, line) if line else None
    cut = data.find(b"\n", at + MAX_LINE) + 1 or len(data)
    if found is not None and found.start() < len(data):
        return min(found.start(), cut)
    return cut if cut < len(data) else -1


@cache
def _at_line_starts(pattern: re.Pattern[bytes]) -> re.Pattern[bytes]:
    return re.compile(b"^(?:" + pattern.pattern + b")", re.M)


def _lines(written: bytes) -> list[bytes]:
    """The lines of a record, without their ends."""
    return [line.rstrip(b"\r") for line in written.removesuffix(b"\n").split(b"\n")]


# --- how each is read ----------------------------------------------------------------------------


def _yaml(lines: Sequence[bytes]) -> Any:
    import yaml

    text = b"\n".join(lines).decode(errors="replace")
    try:
        if "&" in text and any(isinstance(e, yaml.AliasEvent) for e in yaml.parse(text, _loader())):
            raise ValueError("aliases: a few of them make any number of values")
        return yaml.load(text, Loader=_loader())
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


@cache
def _loader() -> Any:
    """YAML's basic loader, in which all values are texts, but for those of JSON: YAML's own numbers
    take quadratic time (1:1:1…), and its other types are no part of a log."""
    import yaml

    class Loader(getattr(yaml, "CBaseLoader", yaml.BaseLoader)):  # type: ignore[misc]
        pass

    for tag, form, read in _YAML_VALUES:
        Loader.add_implicit_resolver(tag, re.compile(form), None)
        Loader.add_constructor(tag, partial(_scalar, read))
    return Loader


def _scalar(read: Callable[[str], Any], _: Any, node: Any) -> Any:
    return read(str(node.value))


_WHOLE = r"-?(?:0|[1-9][0-9]{0,17})"
_YAML_VALUES: tuple[tuple[str, str, Callable[[str], Any]], ...] = (
    ("!whole", _WHOLE + "$", int),
    ("!number", _WHOLE + r"(?:\.[0-9]{1,30})?(?:[eE][-+]?[0-9]{1,3})?$", float),
    ("!true", "[Tt]rue$", lambda _: True),
    ("!false", "[Ff]alse$", lambda _: False),
    ("!nothing", "(?:null|~|)$", lambda _: None),
)
"""Tag, how its values look, and what they are."""


def _journal(lines: Sequence[bytes]) -> dict[str, str]:
    fields: dict[str, list[bytes]] = {}
    key = ""
    for line in lines:
        if (head := _VERBOSE.match(line)) is not None:
            fields["time"] = [head[1]]
        elif (field := _FIELD.match(line)) is not None:
            key = field[1].decode()
            fields[key] = [field[2]]
        elif key and line.strip():
            fields[key].append(line.strip())
    return {name: b"\n".join(found).decode(errors="replace") for name, found in fields.items()}


def _behind_prefix(lines: Sequence[bytes]) -> Any:
    """`TIME stream {`, and the lines of an object below it (`aws logs tail --format json`)."""
    prefix, _, first = lines[0].partition(b"{")
    found = msgspec.json.decode(b"{" + first + b"\n".join(lines[1:]))
    time = _ISO.match(prefix)
    return {"time": time[0].decode(), **found} if time and isinstance(found, dict) else found


def _ruby(lines: Sequence[bytes]) -> dict[str, Any]:
    return {
        field[1].decode(): _ruby_value(field[2].rstrip().removesuffix(b","))
        for line in lines
        if (field := _HASH.match(line))
    }


def _ruby_value(text: bytes) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text.decode(errors="replace")


PREFIXED = BlockForm(
    "JSON behind a prefix", lazy_pattern(rb"\S[^\n]*\{\s*$"), _behind_prefix, "PREFIXED_OBJECTS"
)
RUBY = BlockForm("Logstash's rubydebug", lazy_pattern(rb"\{\s*$"), _ruby)
YAML = BlockForm("YAML export", _DOCUMENT, _yaml, "YAML_DOCUMENTS")
YAML_LIST = BlockForm("YAML export", _ITEM, _yaml, "YAML_ITEMS")
VERBOSE = BlockForm("journalctl -o verbose", _VERBOSE, _journal, "VERBOSE_RECORDS")
