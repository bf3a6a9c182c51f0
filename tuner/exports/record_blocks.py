"""Records that take several lines of text each in, their entries out.

YAML as `gcloud logging read` and `aws --output yaml` print it, journalctl's `verbose` form, objects
behind a time (`aws logs tail --format json`), and Logstash's rubydebug.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

import msgspec

from tuner.exports.entries import ExportEntry
from tuner.exports.plain_lines import split
from tuner.exports.taking import Records
from tuner.inputs.chunks import MAX_LINE
from tuner.lines.undecodable import UNDECODABLE

NO_RECORD = "a record of the export without a message"
_KEPT = 2_000
_DOCUMENT = re.compile(rb"---\s*$")
_ITEM = re.compile(rb"- ")
_YAML_START = re.compile(rb"---[ \t]*\r?\n|(?:- )?[A-Za-z_][\w.\-]*:[ \t]*(?:\S.*)?\r?\n")
_YAML_MESSAGE = re.compile(
    rb"(?m)^(?:- | +)?(?:jsonPayload|textPayload|message|msg|event|log|line|body):"
)
_VERBOSE = re.compile(rb"[A-Z][a-z]{2} (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} \S+) \[s=")
_FIELD = re.compile(rb"\s*([A-Z_][A-Z0-9_]*)=(.*)$", re.S)
_RUBY = re.compile(rb'\{\s*\n\s+"[^"\n]+" => ')
_HASH = re.compile(rb'\s+"([^"]+)" => (.*?),?\s*$')
_PREFIXED = re.compile(rb'[^\s{\["][^\n{]*\{[ \t]*\r?\n[ \t]+"[^"\n]+": ')
_ISO = re.compile(rb"\d{4}-\d\d-\d\d[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?")


class BlockForm(NamedTuple):
    """How a record begins, and how its lines are read: its fields, None if they hold none."""

    name: str
    begins: re.Pattern[bytes]
    read: Callable[[Sequence[bytes]], Any]


class RecordBlocks:
    """The entries of a stream of such records; `lines` is how many lines were passed so far."""

    def __init__(self, blocks: Iterable[bytes], form: BlockForm) -> None:
        self._blocks, self._form = blocks, form
        self._records, self._found = Records(), False
        self.name, self.lines = form.name, 0

    def entries(self) -> Iterator[ExportEntry]:
        """One entry a record."""
        for lines in _cut(self._blocks, self._form.begins):
            first = self.lines + 1
            self.lines += len(lines)
            if (entry := self._entry(lines, first)) is not None:
                yield entry

    def _entry(self, lines: Sequence[bytes], first: int) -> ExportEntry | None:
        for record in records_of(self._form, lines):
            raw = msgspec.json.encode(record, enc_hook=str)
            if (entry := self._records.take(raw, first, len(lines))) is not None:
                self._found = True
                return entry
        text = b"\n".join(lines)[:_KEPT]
        return ExportEntry(text, None, first, len(lines), reason=NO_RECORD) if self._found else None


def records_of(form: BlockForm, lines: Sequence[bytes]) -> list[dict[str, Any]]:
    """The records that these lines hold: one, or none."""
    try:
        found = form.read(lines)
    except (*UNDECODABLE, ValueError, TypeError):
        return []
    items = found if isinstance(found, list) else [found]
    return [item for item in items if isinstance(item, dict)]


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
    taker = Records()
    found = list(_cut([head], form.begins))[:4]
    records = [record for lines in found for record in records_of(form, lines)]
    written = [msgspec.json.encode(record, enc_hook=str) for record in records]
    return any(taker.take(raw, 1, 1) for raw in written)


def _cut(blocks: Iterable[bytes], begins: re.Pattern[bytes]) -> Iterator[list[bytes]]:
    """The lines of each record."""
    lines: list[bytes] = []
    size = 0
    for line in split(blocks):
        if lines and (begins.match(line) or size > MAX_LINE):
            yield lines
            lines, size = [], 0
        lines.append(line.rstrip(b"\r"))
        size += len(line)
    if lines:
        yield lines


# --- how each is read ----------------------------------------------------------------------------


def _yaml(lines: Sequence[bytes]) -> Any:
    import yaml

    text = b"\n".join(lines).decode(errors="replace")
    try:
        return yaml.load(text, Loader=_loader())
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


@cache
def _loader() -> Any:
    """YAML's safe loader, but times stay texts."""
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        pass

    Loader.yaml_implicit_resolvers = {
        first: [(tag, form) for tag, form in forms if not tag.endswith(":timestamp")]
        for first, forms in Loader.yaml_implicit_resolvers.items()
    }
    return Loader


def _journal(lines: Sequence[bytes]) -> dict[str, str]:
    fields: dict[str, str] = {}
    key = ""
    for line in lines:
        if (head := _VERBOSE.match(line)) is not None:
            fields["time"] = head[1].decode()
        elif (field := _FIELD.match(line)) is not None:
            key = field[1].decode()
            fields[key] = field[2].decode(errors="replace")
        elif key and line.strip():
            fields[key] += "\n" + line.strip().decode(errors="replace")
    return fields


def _behind_prefix(lines: Sequence[bytes]) -> Any:
    """`TIME stream {`, and the lines of an object below it (`aws logs tail --format json`)."""
    prefix, _, first = lines[0].partition(b"{")
    found = msgspec.json.decode(b"{" + first + b"\n".join(lines[1:]))
    time = _ISO.match(prefix)
    return {"time": time[0].decode(), **found} if time and isinstance(found, dict) else found


def _ruby(lines: Sequence[bytes]) -> dict[str, Any]:
    return {
        field[1].decode(): _ruby_value(field[2]) for line in lines if (field := _HASH.match(line))
    }


def _ruby_value(text: bytes) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text.decode(errors="replace")


PREFIXED = BlockForm("JSON behind a prefix", re.compile(rb"\S[^\n]*\{\s*$"), _behind_prefix)
RUBY = BlockForm("Logstash's rubydebug", re.compile(rb"\{\s*$"), _ruby)
YAML = BlockForm("YAML export", _DOCUMENT, _yaml)
YAML_LIST = BlockForm("YAML export", _ITEM, _yaml)
VERBOSE = BlockForm("journalctl -o verbose", _VERBOSE, _journal)
