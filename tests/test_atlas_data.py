"""The atlas that ships: what the installed packages can log, and facts about older ones."""

from __future__ import annotations

import functools
from importlib import metadata
from pathlib import Path

import pytest

from tools.atlas.archives import TESTS
from tools.atlas.merge import read_version, rows
from tools.atlas.packages import PACKAGES, Package
from tuner.atlas import Line, load

AGENTS = "livekit-agents"
INSTALLED = (
    *(AGENTS, "livekit-plugins-openai", "livekit-plugins-silero", "livekit"),
    *("openai", "httpx2", "httpcore2"),
)


def sources(package: Package) -> dict[str, bytes]:
    """The source files of an installed package, as its wheel has them."""
    files = metadata.files(package.name) or []
    wanted = [f for f in files if f.suffix == ".py" and str(f).startswith(f"{package.folder}/")]
    return {str(f): Path(str(f.locate())).read_bytes() for f in wanted if not TESTS.search(str(f))}


@pytest.mark.parametrize("name", INSTALLED)
def test_an_installed_package_has_the_rows_that_its_source_gives(name: str) -> None:
    package = next(each for each in PACKAGES if each.name == name)
    version = metadata.version(name)
    releases = load().releases[name]
    bit = releases.bits([version])
    if bit is None:
        pytest.skip(f"the atlas has not read {name} {version}: run python -m tools.atlas {name}")
    fresh = rows(package, [read_version(package, version, sources(package))])
    shipped = {
        (row.logger, row.level, row.template, " ".join(row.extra))
        for row in load().rows
        if row.package == name and releases.writers([row]) & bit
    }
    assert shipped == {tuple(row[1:5]) for row in fresh}
    assert shipped


def test_every_package_was_read_and_every_row_names_versions_that_were_read() -> None:
    atlas = load()
    assert set(atlas.releases) == {package.name for package in PACKAGES}
    for row in atlas.rows:
        releases = atlas.releases[row.package]
        assert releases.names(releases.writers([row]))[0] == row.first


def test_rows_are_sorted_so_that_a_diff_can_be_read() -> None:
    keys = [(r.package, r.logger, r.level, r.template, " ".join(r.extra)) for r in load().rows]
    assert keys == sorted(keys)


@functools.cache
def versions(first: str, last: str, package: str = AGENTS) -> tuple[str, ...]:
    return load().releases[package].between(first, last)


@pytest.mark.parametrize(
    ("text", "level", "first", "last", "before", "after"),
    [
        ("resumed false interrupted speech", "DEBUG", "1.2.7", "2.0.0b1", "1.2.6", ""),
        ("user turn committed", "DEBUG", "1.6.1", "2.0.0b1", "1.6.0", ""),
        ("transcript arrives after turn", "WARNING", "1.6.5", "2.0.0b1", "1.6.4", ""),
        ("eou detection ran after the audio", "WARNING", "1.6.1", "1.6.4", "1.6.0", "1.6.5"),
        ("stt transcript arrived after a turn flush", "DEBUG", "1.6.1", "2.0.0b1", "1.6.0", ""),
        ("event loop blocked for", "WARNING", "1.8.1", "2.0.0b1", "1.8.0", ""),
        ("AgentSession is closing due to", "ERROR", "1.0.20", "1.8.9", "1.0.19", "2.0.0b1"),
        ("LLM metrics: ttft=", "INFO", "0.11.0", "1.1.5", "0.10.2", "1.1.6"),
    ],
)
def test_which_versions_could_write_a_line(
    text: str, level: str, first: str, last: str, before: str, after: str
) -> None:
    atlas, logger = load(), "livekit.agents"
    assert atlas.could_write(AGENTS, versions(first, last), text, logger, level) == "yes"
    assert atlas.could_write(AGENTS, [before], text, logger, level) == "no"
    if after:
        assert atlas.could_write(AGENTS, [after], text, logger, level) == "no"


def test_a_line_of_release_candidates_only_is_not_a_line_of_the_release() -> None:
    atlas = load()
    assert atlas.could_write(AGENTS, ["1.6.0rc1", "1.6.0rc2"], "user turn committed") == "yes"
    assert atlas.could_write(AGENTS, versions("1.6.0", "1.6.1"), "user turn committed") == "unknown"


def test_versions_by_the_lines_of_a_log() -> None:
    lines = [
        Line("received user transcript", keys=("user_transcript", "transcript_delay", "job_id")),
        Line("user turn committed", "livekit.agents", "DEBUG"),
        Line("a line of the application", "my-agent", "INFO"),
        Line(
            "eou detection ran after the audio eot turn was already flushed (likely a late stt "
            "final). consider raising `min_delay` in the endpointing options to accommodate slow "
            "stt. subsequent occurrences will log at debug level."
        ),
    ]
    found = load().versions_that_write(lines, AGENTS)
    assert load().releases[AGENTS].text(found) == "livekit-agents 1.6.1–1.6.4"


@pytest.mark.parametrize(
    ("message", "logger", "template"),
    [
        (
            'HTTP Request: POST https://api.openai.com/v1/chat/completions "HTTP/1.1 200 OK"',
            "httpx2",
            'HTTP Request: {} {} "{} {} {}"',
        ),
        (
            "receive_response_headers.complete return_value=(b'HTTP/1.1', 200, b'OK', [])",
            "httpcore.http11",
            "receive_response_headers.complete{}",
        ),
        ("HTTP Response: POST 200", "openai._base_client", "HTTP Response: {} {}"),
        ("VAD inference is slower than realtime", "livekit.plugins.silero", None),
    ],
)
def test_messages_of_the_field_are_known(message: str, logger: str, template: str | None) -> None:
    row = load().match(message, logger)
    assert row is not None
    assert (row.logger, row.template) == (logger, template or message)


def test_a_message_is_found_in_lines_of_any_layout() -> None:
    message = "resumed false interrupted speech"
    for line in (
        message,
        f"2026-11-20 08:46:01,270 - \x1b[36mDEBUG\x1b[0m livekit.agents - {message} {{}}",
        f"> 12:\x1b[36magent-1  |\x1b[0m[DEBUG] 08:46 livekit.agents: \x1b[1m{message}\x1b[0m",
        f'{{"level":"DEBUG","message":"{message}","timeout":2.0}}',
    ):
        place = load().find_message(line)
        assert place is not None
        assert line[place.offset :].startswith(message)
        assert place.row.template == message
