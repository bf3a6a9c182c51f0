"""The law of the house: data flows one way, and a room imports only rooms before it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROOMS = (
    *(
        "errors",
        "lazy_patterns",
        "plain_numbers",
        "small_files",
        "whole_files",
        "names",
        "limits",
        "model",
        "stats",
        "capacity",
        "atlas",
    ),
    *("inputs", "lines"),
    *("scan", "turns", "call_records", "exports", "summary"),
    *("reading", "settings", "redaction", "execution", "facts", "whatif", "calls"),
    *("trends", "rules", "advice", "report", "html", "store", "watch"),
    *("turn_log", "livekit", "bench", "load_test"),
)
"""In the order in which data passes through them; each imports itself and those before it."""
EXEMPT = {"__init__", "__main__", "pipeline", "cli"}
"""What composes the rooms, and what a user starts."""
LIVEKIT = {"livekit", "bench", "load_test"}
MODULES = sorted((ROOT / "tuner").rglob("*.py"))
AGENT = sorted((ROOT / "agent").rglob("*.py"))
CLOCKS = ("time.time(", "datetime.now(", "monotonic(", "perf_counter(")
READS_CLOCKS = {"cli", "turn_log", "livekit", "bench", "load_test"}


def room(path: Path) -> str:
    """The module's first name below `tuner`: "rules" for tuner/rules/judging.py."""
    return path.relative_to(ROOT / "tuner").with_suffix("").parts[0]


@cache
def parsed(path: Path) -> ast.Module:
    """A file is read once for all that is asked of it."""
    return ast.parse(path.read_text())


@cache
def imported(path: Path) -> frozenset[str]:
    """Every module that a file imports, at any depth; whole dotted names."""
    names: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(names)


def rooms_used(path: Path) -> set[str]:
    """The rooms of `tuner` that a file imports from."""
    names = {name.split(".")[1] for name in imported(path) if name.startswith("tuner.")}
    return {name for name in names if name in ROOMS or name in EXEMPT}


def test_the_list_names_every_room_and_no_other() -> None:
    there = {room(path) for path in MODULES} - EXEMPT
    assert there == set(ROOMS)


def test_a_room_imports_only_rooms_before_it() -> None:
    used = {path: rooms_used(path) for path in MODULES if room(path) not in EXEMPT}
    before = {path: ROOMS[: ROOMS.index(room(path)) + 1] for path in used}
    assert told({path: rooms.difference(before[path]) for path, rooms in used.items()}) == {}


def test_only_livekit_and_bench_import_livekit_and_none_the_agent() -> None:
    top = {path: {name.split(".")[0] for name in imported(path)} for path in MODULES}
    allowed = {path: {"livekit"} if room(path) in LIVEKIT else set() for path in MODULES}
    kept = {path: top[path] & {"agent", "livekit"} for path in MODULES}
    assert told({path: found - allowed[path] for path, found in kept.items()}) == {}


def test_only_the_command_line_prints() -> None:
    others = [path for path in MODULES if room(path) != "cli"]
    typer = {p for p in others if "typer" in imported(p) and p.parent.name != "bench"}
    assert told({path: {"typer"} for path in typer}) == {}
    assert told({path: {"print"} & called(path) for path in others}) == {}


def called(path: Path) -> set[str]:
    """The plain names that a file calls."""
    calls = [node.func for node in ast.walk(parsed(path)) if isinstance(node, ast.Call)]
    return {function.id for function in calls if isinstance(function, ast.Name)}


def test_the_application_stands_on_the_library_and_its_command_line_is_not_used() -> None:
    allowed = set(ROOMS) - {"bench", "load_test"}
    assert told({path: rooms_used(path) - allowed for path in AGENT}) == {}


def test_benchmarks_do_not_import_livekit() -> None:
    for path in (ROOT / "benchmarks").rglob("*.py"):
        assert "import livekit" not in path.read_text()


def test_logic_never_reads_a_clock() -> None:
    logic = {path: path.read_text() for path in MODULES if room(path) not in READS_CLOCKS}
    assert told({path: {c for c in CLOCKS if c in text} for path, text in logic.items()}) == {}


def told(wrong: dict[Path, set[str]]) -> dict[str, set[str]]:
    """The files that do what they must not, with what that is: a failed test names them all."""
    return {str(path.relative_to(ROOT)): found for path, found in wrong.items() if found}


def test_there_are_no_import_cycles() -> None:
    def name_of(path: Path) -> str:
        return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")

    graph = {name_of(path): imported(path) for path in [*MODULES, *AGENT]}
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join([*path, name])
        if name in done:
            return
        for other in sorted(graph[name] & (graph.keys() - {name, "tuner"})):
            visit(other, (*path, name))
        done.add(name)

    for name in graph:
        visit(name, ())


def test_no_two_public_types_share_a_name() -> None:
    places: dict[str, list[str]] = {}
    for path in [*MODULES, *AGENT]:
        if "_project" not in path.parts:
            for node in parsed(path).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    places.setdefault(node.name, []).append(str(path.relative_to(ROOT)))
    assert {name: where for name, where in places.items() if len(where) > 1} == {}
