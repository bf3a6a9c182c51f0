"""What the atlas answers, on rows of our own."""

from __future__ import annotations

import pytest

from tuner.atlas import Atlas, Line, Package, Row

VERSIONS = ("1.0.0rc1", "1.0.0", "1.1.0", "1.2.0", "2.0.0")


def row(
    template: str,
    *ranges: str,
    logger: str = "agents",
    level: str = "INFO",
    extra: tuple[str, ...] = (),
    package: str = "agents",
) -> Row:
    return Row(package, logger, level, template, extra, "a.py", ranges or ("1.0.0rc1..2.0.0",))


def atlas(*rows: Row) -> Atlas:
    names = {each.package for each in rows} | {"agents"}
    packages = [Package(n, "javascript" if n == "node" else "python", VERSIONS) for n in names]
    return Atlas(rows, tuple(packages))


@pytest.mark.parametrize(
    ("template", "message", "fits"),
    [
        ("ready", "ready", True),
        ("ready", "ready now", False),
        ("took {} s", "took 3.5 s", True),
        ("took {} s", "took  s", True),
        ("took {} s", "took 3.5 ms", False),
        ("{} failed: {}", "tts failed: a: b", True),
        ("{} failed: {}", "tts failed", False),
        ("a {} b {} b", "a 1 b", False),
        ("a {} b {} b", "a 1 b 2 b", True),
        ("a {}", " a line with blanks around it ", True),
        ("got {} of {}", "got a\nb of c", True),
    ],
)
def test_a_template_fits_a_message_whole(template: str, message: str, fits: bool) -> None:
    assert (atlas(row(template)).match(message) is not None) is fits


def test_the_template_with_most_text_of_its_own_wins() -> None:
    rows = atlas(row("retrying {}"), row("retrying request to {}"), row("{} request to x"))
    found = rows.match("retrying request to x")
    assert found is not None
    assert found.template == "retrying request to {}"


def test_a_row_of_the_logger_wins_over_one_with_more_text() -> None:
    plain, quoted = row("using {}"), row("using `x` {}", package="node", logger="")
    known = atlas(plain, quoted)
    assert known.match("using `x` and y") == quoted
    assert known.match("using `x` and y", "agents") == plain
    assert known.matches(Line("using `x` and y", level="INFO")) == (quoted,)


@pytest.mark.parametrize(
    ("beginning", "template"),
    [
        ("session cl", "session closed"),
        ("session closed", "session closed"),
        ("session closed after 3", "session closed after {} s{}"),
        ("session is", None),
        ("session", None),
        ("session closed early", None),
    ],
)
def test_a_message_that_was_cut_off(beginning: str, template: str | None) -> None:
    known = atlas(row("session closed"), row("session closed after {} s{}"))
    found = known.complete(beginning)
    assert (found and found.template) == template


def test_of_equal_messages_the_logger_then_python_then_the_newest_is_chosen() -> None:
    old, new = row("ready", "1.0.0"), row("ready", "1.1.0..2.0.0", level="DEBUG")
    node = row("ready", package="node", logger="")
    other = row("ready", "1.0.0", logger="other")
    known = atlas(node, old, new, other)
    assert known.match("ready") == new
    assert known.match("ready", "other") == other
    assert known.match("ready", "cut off…") == new


def test_all_rows_that_agree_with_what_a_line_shows() -> None:
    debug, info = row("ready", level="DEBUG"), row("ready", extra=("a",))
    runtime = row("ready", level="", logger="")
    known = atlas(debug, info, runtime)
    assert known.matches(Line("ready")) == (debug, info, runtime)
    assert known.matches(Line("ready", "agents", "INFO")) == (info, runtime)
    assert known.matches(Line("ready", "else")) == (runtime,)
    assert known.matches(Line("ready", keys=("a", "job_id"))) == (info,)


def test_versions_are_those_that_write_every_line() -> None:
    known = atlas(
        row("always"),
        row("late", "1.1.0..2.0.0"),
        row("gap", "1.0.0", "1.2.0"),
        row("node", package="node"),
    )
    text = known.releases["agents"].text
    lines = [Line("always"), Line("node"), Line("nobody's")]
    assert text(known.versions_that_write(lines, "agents")) == "agents 1.0.0rc1–2.0.0"
    assert text(known.versions_that_write([*lines, Line("late")], "agents")) == "agents 1.1.0–2.0.0"
    assert text(known.versions_that_write([Line("gap")], "agents")) == "agents 1.0.0, 1.2.0"
    assert known.versions_that_write([Line("late"), Line("gap")], "agents") == ("1.2.0",)


def test_no_version_when_no_line_is_known_or_the_lines_contradict_each_other() -> None:
    known = atlas(row("old", "1.0.0"), row("new", "2.0.0"))
    assert known.versions_that_write([Line("unknown")], "agents") == ()
    assert known.versions_that_write([Line("old"), Line("new")], "agents") == ()


@pytest.mark.parametrize(
    ("versions", "text", "logger", "level", "answer"),
    [
        (("1.1.0", "1.2.0"), "late", "", "", "yes"),
        (("1.0.0",), "late", "", "", "no"),
        (("1.0.0", "1.1.0"), "late", "", "", "unknown"),
        (("1.1.0",), "late transcript", "", "", "yes"),
        (("1.1.0",), "late", "agents", "INFO", "yes"),
        (("1.1.0",), "late", "agents", "DEBUG", "no"),
        (("1.1.0",), "late", "plugin", "INFO", "no"),
        (("9.9.9",), "late", "", "", "unknown"),
        ((), "late", "", "", "unknown"),
    ],
)
def test_could_these_versions_have_written_it(
    versions: tuple[str, ...], text: str, logger: str, level: str, answer: str
) -> None:
    known = atlas(row("late transcript {}", "1.1.0..2.0.0"))
    assert known.could_write("agents", versions, text, logger, level) == answer


def test_a_package_that_was_not_read_is_unknown() -> None:
    assert atlas(row("x")).could_write("other", ["1.0.0"], "x") == "unknown"


def test_versions_between_two() -> None:
    releases = atlas().releases["agents"]
    assert releases.between("1.0.0", "1.2.0") == ("1.0.0", "1.1.0", "1.2.0")
    assert releases.between("1.0.0", "1.3.0") == ()


@pytest.mark.parametrize(
    ("line", "offset"),
    [
        ("session closed", 0),
        ("INFO agents session closed", 12),
        ("\x1b[32mINFO\x1b[0m\x1b[1msession closed\x1b[0m", 17),
        ('{"msg":"session closed"}', 8),
        ("session closed early, then session closed", 0),
        ("mysession closed", None),
        ("session closedown", None),
        ("session is closed", None),
        ("", None),
    ],
)
def test_where_a_message_begins_inside_a_line(line: str, offset: int | None) -> None:
    place = atlas(row("session closed"), row("ok {}"), row("{} failed")).find_message(line)
    assert (place and place.offset) == offset


def test_only_beginnings_of_eight_characters_are_looked_for() -> None:
    assert atlas(row("session closed"), row("ok {}"), row("{} failed")).starts() == {"session "}


def test_first_and_last_version_of_a_row() -> None:
    found = row("x", "1.0.0rc1..1.0.0", "1.2.0")
    assert (found.first, found.last) == ("1.0.0rc1", "1.2.0")
