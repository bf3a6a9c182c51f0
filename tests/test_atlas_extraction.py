"""The atlas tool reads log calls out of sources: small packages, one case each."""

from __future__ import annotations

import io
import tarfile
import textwrap

import pytest

from tools.atlas import npm
from tools.atlas.archives import sources
from tools.atlas.merge import read_version, rows
from tools.atlas.packages import Package

PYTHON = Package("livekit-agents")
NODE = Package("@livekit/agents", "javascript")
LOG = {"livekit/agents/log.py": 'import logging\nlogger = logging.getLogger("livekit.agents")\n'}


def calls(
    body: str, name: str = "livekit/agents/voice/a.py", **others: str
) -> set[tuple[str, ...]]:
    """(logger, level, template, extra keys) of a module of livekit-agents with this body."""
    files = {**LOG, name: "from livekit.agents.log import logger\n" + textwrap.dedent(body)}
    files |= {f"livekit/agents/{other}.py": text for other, text in others.items()}
    version = read_version(PYTHON, "1.0.0", {k: v.encode() for k, v in files.items()})
    return {tuple(row[1:5]) for row in rows(PYTHON, [version])}


@pytest.mark.parametrize(
    ("call", "level", "template"),
    [
        ('logger.debug("ready")', "DEBUG", "ready"),
        ('logger.info("a" " and b")', "INFO", "a and b"),
        ('logger.warn(f"took {x:.2f} s")', "WARNING", "took {} s"),
        ('logger.warning("got %s of %d", a, b)', "WARNING", "got {} of {}"),
        ('logger.error("100% sure")', "ERROR", "100% sure"),
        ('logger.error("no %s" % a)', "ERROR", "no {}"),
        ('logger.exception("no {} in {!r}".format(a, b))', "ERROR", "no {} in {}"),
        ('logger.critical("lost " + name + " twice")', "CRITICAL", "lost {} twice"),
        ('logger.log(logging.WARNING, "late")', "WARNING", "late"),
        ('logger.log(DEV_LEVEL, "reloading")', "DEV", "reloading"),
        ('logger.trace("in detail")', "TRACE", "in detail"),
        ('logger.log(level, "whatever")', "", "whatever"),
        ('logger.info(f"{a}{b} joined")', "INFO", "{} joined"),
    ],
)
def test_a_message_is_read_with_holes_for_what_is_not_known(
    call: str, level: str, template: str
) -> None:
    assert calls(call) == {("livekit.agents", level, template, "")}


def test_each_alternative_of_a_message_and_of_a_level_is_a_row() -> None:
    body = """
        def f(slow):
            text = "slow" if slow else "fast"
            level = logging.WARNING if slow else logging.DEBUG
            logger.log(level, text)
    """
    found = {call[1:3] for call in calls(body)}
    assert found == {(lv, text) for lv in ("WARNING", "DEBUG") for text in ("slow", "fast")}


def test_a_parameter_of_the_function_is_a_hole_not_what_another_function_assigns() -> None:
    body = """
        def f():
            text = "elsewhere"
        def g(text):
            logger.info(f"got {text}")
    """
    assert calls(body) == {("livekit.agents", "INFO", "got {}", "")}


def test_a_message_that_is_only_known_at_run_time_gives_no_row() -> None:
    assert calls("logger.info(text)\nlogger.info(f'{a}: {b}')\nlogger.error(str(e))") == set()


@pytest.mark.parametrize(
    ("extra", "keys"),
    [
        ('{"b": 1, "a": 2}', "a b"),
        ('{"a": 1, **more}', "* a"),
        ('{"a": 1, **({"b": 2} if b else {})}', "a b"),
        ("dict(a=1, b=2)", "a b"),
        ("fields()", "*"),
        ("extra", "a late"),
        ("None", ""),
    ],
)
def test_the_keys_of_extra(extra: str, keys: str) -> None:
    body = f"""
        def f():
            extra = {{"a": 1}}
            extra["late"] = 2
            logger.info("x", extra={extra})
    """
    assert {call[3] for call in calls(body)} == {keys}


@pytest.mark.parametrize(
    ("body", "logger"),
    [
        ('log = logging.getLogger(__name__)\nlog.info("x")', "livekit.agents.voice.a"),
        ('class A:\n  def f(self):\n    self._logger = logger\n    self._logger.info("x")', ""),
        ('c = logger.getChild("stt")\nc.info("x")', "livekit.agents.stt"),
        ('from ..log import logger as log\nlog.info("x")', "livekit.agents"),
        ('from .other import my_logger\nmy_logger.info("x")', "dtmf"),
        ('logging.info("x")', "root"),
        ('logging.getLogger("q").info("x")', "q"),
        ('self._log.info("x")', "unknown"),
    ],
)
def test_the_name_of_the_logger(body: str, logger: str) -> None:
    other = 'import logging\nmy_logger = logging.getLogger("dtmf")\n'
    expected = {"": "livekit.agents", "unknown": ""}.get(logger, logger)
    assert {call[0] for call in calls(body, **{"voice/other": other})} == {expected}


@pytest.mark.parametrize("body", ['math.log(2, "x")', 'self.error("x")', 'parser.error("x")'])
def test_what_is_no_logger_gives_no_row(body: str) -> None:
    assert calls(body) == set()


def test_a_function_whose_failure_is_logged_has_its_name_in_the_message() -> None:
    body = "@utils.log_exceptions(logger=logger)\nasync def _main_task(self): ...\n"
    assert calls(body) == {("livekit.agents", "ERROR", "Error in _main_task", "")}


def test_http_traces_have_three_events() -> None:
    package = Package("httpcore", folder="httpcore")
    text = b"""
logger = logging.getLogger("httpcore.http11")
async def f():
    async with Trace("receive_response_headers", logger, request, kwargs) as trace: ...
"""
    version = read_version(package, "1.0.0", {"httpcore/_async/http11.py": text})
    assert [row[1:4] for row in rows(package, [version])] == [
        ["httpcore.http11", "DEBUG", f"receive_response_headers.{event}{{}}"]
        for event in ("complete", "failed", "started")
    ]


def test_openai_before_1_0_writes_its_parameters_sorted_into_the_message() -> None:
    package = Package("openai", folder="openai")
    files = {
        "openai/util.py": b'import logging\nlogger = logging.getLogger("openai")\n',
        "openai/api.py": b'util.log_info("API response", path=p, processing_ms=1, code=2)',
    }
    (row,) = rows(package, [read_version(package, "0.28.0", files)])
    template = "code={} message='API response' path={} processing_ms={}"
    assert row[1:4] == ["openai", "INFO", template]


def test_rows_of_several_versions_are_merged_to_ranges() -> None:
    def version(text: str) -> dict[str, bytes]:
        return {**{k: v.encode() for k, v in LOG.items()}, "livekit/agents/a.py": text.encode()}

    head = "from .log import logger\n"
    texts = {"1": "old", "2": "new", "3": "new", "4": "other", "5": "new"}
    read = [
        read_version(PYTHON, name, version(f'{head}logger.info("{text}")'))
        for name, text in texts.items()
    ]
    assert [(row[3], row[6]) for row in rows(PYTHON, read)] == [
        ("new", "2..3 5"),
        ("old", "1"),
        ("other", "4"),
    ]


def test_a_file_that_cannot_be_parsed_is_named_and_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    files = {"livekit/agents/a.py": b"log = ("}
    assert read_version(PYTHON, "1.0.0", files).calls == {}
    assert capsys.readouterr().out == "livekit-agents 1.0.0: cannot parse livekit/agents/a.py\n"


@pytest.mark.parametrize(
    ("call", "level", "template", "keys"),
    [
        ('this.#logger.debug("ready");', "DEBUG", "ready", ""),
        ('log().warn({ jobID, "b.c": 1 }, `took ${x} ms`);', "WARNING", "took {} ms", "b.c jobID"),
        ('logger.child({ a }).error({ ...rest, a }, "lost");', "", "", ""),
        ('this.logger.error(err, "failed: " + why);', "ERROR", "failed: {}", "*"),
        ('logger?.fatal("it\\\'s \\"over\\"");', "CRITICAL", 'it\'s "over"', ""),
        ('this._log.info({ a }, slow ? "slow" : `fast`);', "INFO", "fast", "a"),
        ('console.log("x"); this.emit("error", "x"); math.error("x");', "", "", ""),
    ],
)
def test_calls_of_pino(call: str, level: str, template: str, keys: str) -> None:
    pytest.importorskip("tree_sitter_javascript")
    version = read_version(NODE, "1.0.0", {"dist/worker.js": f"const logger = 1;{call}".encode()})
    found = [tuple(row[1:5]) for row in rows(NODE, [version])]
    assert found[:1] == ([("", level, template, keys)] if level else [])


def test_npm_versions_are_in_the_order_of_semver() -> None:
    names = ["1.0.0", "1.0.0-next.10", "0.9.9", "1.0.0-next.2", "1.10.0", "1.2.0"]
    ordered = ["0.9.9", "1.0.0-next.2", "1.0.0-next.10", "1.0.0", "1.2.0", "1.10.0"]
    assert sorted(names, key=npm.order) == ordered


def test_only_the_packages_own_sources_are_taken_out_of_an_archive() -> None:
    stream = io.BytesIO()
    names = ("livekit/a.py", "tests/test_a.py", "livekit/tests/b.py", "setup.py", "livekit/c.so")
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name in names:
            tar.addfile(tarfile.TarInfo(f"livekit-1.0/{name}"), io.BytesIO())
    assert list(sources(PYTHON, stream.getvalue())) == ["livekit/a.py"]
