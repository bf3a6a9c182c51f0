"""The world that every test runs in: no settings from outside, 80 columns, no colour."""

from __future__ import annotations

import contextlib
import gc
import importlib
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import late_machine
from tests.file_order import FIRST

settings.register_profile(
    "house",
    deadline=None,
    max_examples=60,
    derandomize=True,  # a change is judged by the same cases wherever it is tested
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
settings.register_profile(
    "search", settings.get_profile("house"), derandomize=False, max_examples=200
)
settings.load_profile("house")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as of a job in the background of a shell:
    # programs that tests start would never notice their Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    config.option.loadscopereorder = False  # xdist would begin with the files of most tests


def _compile_a_share(config: pytest.Config) -> None:
    """Begin with another part of the files than the other workers: who comes later finds the rest
    compiled. In a fresh clone each would compile all of them, 13 s of a core."""
    worker = getattr(config, "workerinput", None)
    if worker is None or config.args != config.getini("testpaths"):
        return
    files = sorted(Path(__file__).parent.glob("test_*.py"))
    first = len(files) * int(worker["workerid"].removeprefix("gw")) // worker["workercount"]
    for file in files[first:] + files[:first]:
        with contextlib.suppress(Exception, pytest.skip.Exception):  # as its collection will say
            importlib.import_module(file.stem)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """Thousands of tests stay to the end: nobody looks for garbage among them."""
    gc.disable()
    _compile_a_share(session.config)
    yield
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: places.get(item.path.name, len(FIRST)))
    late_machine.repeat_if_late(items)
    late_machine.CLOCK.start()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    late_machine.forget_failures()
    late_machine.CLOCK.most_s = 0.0


@pytest.fixture(autouse=True)
def _quiet_world(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AGENT_PROFILE", "AGENT_PROFILES_DIR", "FORCE_COLOR", "OPENAI_API_VERSION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm-256color")  # "dumb", as of many CI machines, draws no screen


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-golden", action="store_true", help="write the golden reports anew")
