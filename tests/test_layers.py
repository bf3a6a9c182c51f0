"""The law of the house: data flows one way, and only the pipeline joins stages."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
VOCABULARY = {"errors", "limits", "model"}
TOOLS = {"histogram", "intervals", "redact", "special", "stop", "times"}
STAGES = {
    "source": {"source", "chunks", "mapped", "scan", "state", "remote", "resume", "versions"},
    "records": {"wrappers", "records", "json_lines", "text_lines"},
    "events": {"events"},
    "turn log": {"turn_log", "turn_assembler", "failures"},
    "summary": {
        *("summary", "counting", "calls", "http_calls"),
        *("seen", "coverage", "signals", "latencies", "facts", "stored"),
    },
    "settings": {
        *("settings", "knobs", "profiles", "shipped", "envfile", "checks", "check_rules"),
    },
    "rules": {"rules"},
    "advice": {"advise", "against", "effects", "weigh"},
    "report": {"report"},
    "table": {"table"},
}
JOINERS = {"pipeline", "engine", "reader", "fast", "batches", "units", "pool"} | {
    *("cluster", "memory", "twins", "advisable"),
}
FACE = {"__main__", "cli", "cli_profiles", "progress", "arguments"}
EXTRA = {"report/profiles.py": STAGES["settings"], "turn_log.py": {"settings"}}
"""Profiles are shown, not analyzed; the turn log stamps the settings on every session."""
MODULES = sorted((ROOT / "tuner").rglob("*.py"))


def room(path: Path) -> str:
    """The module's first name below `tuner`: "rules" for tuner/rules/judging.py."""
    return path.relative_to(ROOT / "tuner").with_suffix("").parts[0]


def imported(path: Path) -> set[str]:
    """Every module that a file imports, at any depth; whole dotted names."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            if node.module == "tuner":
                found |= {f"tuner.{alias.name}" for alias in node.names}
    return found


def ours(path: Path) -> set[str]:
    return {name.split(".")[1] for name in imported(path) if name.startswith("tuner.")}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_stage_imports_the_vocabulary_and_itself_only(path: Path) -> None:
    here = room(path)
    if here in JOINERS | FACE | {"__init__"}:
        return
    stage = next((rooms for rooms in STAGES.values() if here in rooms), set())
    assert stage or here in VOCABULARY | TOOLS, f"{here} stands in no room of this test"
    allowed = stage | VOCABULARY | (set() if here in VOCABULARY else TOOLS)
    allowed |= EXTRA.get(str(path.relative_to(ROOT / "tuner")), set())
    assert ours(path) <= allowed


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_only_the_cli_prints_and_imports_the_agent(path: Path) -> None:
    names = imported(path)
    assert not any(name.split(".")[0] == "livekit" for name in names)
    if room(path) in FACE:
        return
    assert not any(name.split(".")[0] == "agent" for name in names)
    assert "typer" not in names
    calls = [n.func for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
    assert not any(isinstance(f, ast.Name) and f.id == "print" for f in calls)


def test_only_the_agent_imports_livekit() -> None:
    for folder in ("tuner", "benchmarks"):
        for path in (ROOT / folder).rglob("*.py"):
            assert "import livekit" not in path.read_text()


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_logic_never_reads_a_clock(path: Path) -> None:
    if room(path) in FACE | {"turn_log"}:
        return
    text = path.read_text()
    for clock in ("time.time(", "datetime.now(", "monotonic(", "perf_counter("):
        assert clock not in text


def test_there_are_no_import_cycles() -> None:
    graph = {
        ".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): imported(p)
        for p in MODULES
    }
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join([*path, name])
        if name in done:
            return
        for other in sorted(graph.get(name, set()) & (graph.keys() - {name, "tuner"})):
            visit(other, (*path, name))
        done.add(name)

    for name in graph:
        visit(name, ())
