"""The command line: where output goes, what the exit code says, and what survives a bad world."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests import reports
from tuner import limits, pipeline, scan
from tuner.cli import lazy
from tuner.cli import main as cli
from tuner.cli.analyze import FailOn
from tuner.errors import InputError
from tuner.execution import units
from tuner.model import SEVERITIES, Change, Recommendation, Report
from tuner.rules import RULES
from tuner.settings.knob_table import KNOBS

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "sample_logs"
QUIET = str(SAMPLES / "healthy-info.jsonl")
PROGRAM = [sys.executable, "-c", "from tuner.__main__ import main; main()"]
HEAVY = (
    *("pandas", "numpy", "scipy", "pydantic", "pydantic_settings", "msgspec", "regex", "rich"),
    *("ctypes", "zstandard", "isal", "livekit", "openai", "tuner.pipeline", "tuner.model"),
    *(
        "importlib.metadata",
        "dotenv",
        "asyncio",
        "fsspec",
        "distributed",
        "tuner.execution.state_file",
    ),
)


def tuner(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the program itself."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT)} | options.pop("environ", {})
    environ.pop("PYTHONUNBUFFERED", None)  # it would hide what a full buffer does at the end
    if "stdout" not in options:
        options |= {"stdout": subprocess.PIPE}
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        env=environ,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
        **options,
    )


@pytest.fixture
def give(monkeypatch: pytest.MonkeyPatch) -> Callable[[Report | BaseException], dict[str, Any]]:
    """Let `pipeline.analyze` return or raise something, and see what it was asked for."""
    asked: dict[str, Any] = {}

    def prepare(answer: Report | BaseException) -> dict[str, Any]:
        def analyze(paths: list[str], **options: Any) -> Report:
            asked.update(options, paths=paths)
            if isinstance(answer, BaseException):
                raise answer
            return answer

        monkeypatch.setattr(pipeline, "analyze", analyze)
        return asked

    return prepare


Give = Callable[[Report | BaseException], dict[str, Any]]


KEEP = Recommendation("keep", "balanced", "balanced", "", (), "", ())
CHANGE = Change("MIN_ENDPOINTING_DELAY", 0.5, 1.3, "", "", "estimated")
ON_TOP = Recommendation("keep", "balanced", "balanced", "", (CHANGE,), "", ())
SEVERE = reports.noisy().findings


# --- exit codes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "report", "code"),
    [
        ([], reports.noisy(), 0),
        (["--check"], reports.noisy(), 1),
        (["--check"], reports.healthy(), 1),
        (["--check", "--fail-on", "undecided"], reports.healthy(), 1),
        (["--check", "--fail-on", "high"], reports.healthy(), 0),
        (["--check"], reports.healthy(recommendation=KEEP), 0),
        (["--check"], reports.healthy(recommendation=ON_TOP), 1),
        (["--check"], reports.healthy(recommendation=KEEP, findings=SEVERE), 1),
        (["--check", "--fail-on", "undecided"], reports.healthy(findings=SEVERE), 1),
        (["--check"], reports.healthy(recommendation=KEEP, findings=SEVERE[1:]), 0),
        (
            ["--check", "--fail-on", "undecided"],
            reports.healthy(recommendation=KEEP, findings=SEVERE),
            0,
        ),
        (
            ["--check", "--fail-on", "undecided", "--fail-on", "warning"],
            reports.healthy(recommendation=KEEP, findings=SEVERE[1:]),
            1,
        ),
        (["--fail-on", "info"], reports.noisy(), 0),
        (["--check"], reports.noisy(findings=()), 1),
        ([], reports.damaged(), 2),
        (["--check"], reports.damaged(), 2),
        ([], reports.noisy(partial="stopped"), 2),
    ],
)
def test_exit_code(
    give: Give, capsys: pytest.CaptureFixture[str], options: list[str], report: Report, code: int
) -> None:
    give(report)
    assert cli.run(["analyze", "x.log", *options]) == code
    assert capsys.readouterr().out.startswith(" ")


def test_severities_of_fail_on_are_those_of_the_model() -> None:
    assert tuple(FailOn) == (*SEVERITIES, "undecided")


def test_a_failed_input_is_named_on_stderr_and_the_report_is_still_printed(
    give: Give, capsys: pytest.CaptureFixture[str]
) -> None:
    give(reports.damaged())
    assert cli.run(["analyze", "x.log"]) == 2
    captured = capsys.readouterr()
    assert "KEEP profile patient" in captured.out
    assert "2026-11-20.zst: the archive is cut short" in captured.err
    assert "partial: stopped with Ctrl-C" in captured.err


def test_a_failed_check_says_why_unless_it_shall_be_quiet(
    give: Give, capsys: pytest.CaptureFixture[str]
) -> None:
    give(reports.noisy())
    cli.run(["analyze", "x.log", "--check"])
    told = capsys.readouterr().err
    assert told == "tuner: check failed (switch to noisy, high: false-interruptions)\n"
    cli.run(["analyze", "x.log", "--check", "--quiet"])
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("arguments", "complaint", "next_step"),
    [
        (["analyze"], "Missing argument 'LOG...'", "Run `tuner analyze --help`."),
        (["analyze"], "Missing argument 'LOG...'", "or - for what comes on stdin"),
        ([QUIET], "No such command", f"Run `tuner analyze {QUIET}`."),
        (["a" * 5_000], "No such command", "Run `tuner --help`."),
        (["analyze", "x", "--foo"], "No such option: --foo", "Run `tuner analyze --help`."),
        (["analyze", "x", "--fail-on", "all"], "'all' is not one of", "tuner analyze --help"),
        (["nalyze"], "No such command 'nalyze'", "Run `tuner --help`."),
        (["analyze", "x", "--limit", "a=1"], "unknown limit 'a'", "Known limits"),
        (["analyze", "x", "--since", "soon"], "--since 'soon' is not a time", "2026-11-20T09:30"),
        (["analyze", "x", "--scheduler", "tcp://a:1"], "--scheduler is for --engine dask", "Add"),
        (["explain", "false-interuptions"], "did you mean false-interruptions?", "tuner explain"),
        (["profiles", "show", "nosiy"], "did you mean noisy?", "tuner profiles list"),
        (["profiles", "diff", "noisy"], "Missing argument 'TO'", "tuner profiles diff --help"),
        (["export", "x", "-o", "x.xlsx"], "cannot tell the format", ".csv or .parquet"),
        (["analyze", "no-such.log"], "no-such.log: no such file", ""),
        (["analyze", QUIET, "--call", "AJ_x"], "no record is of call 'AJ_x'\n", "tuner export"),
        (["analyze", QUIET, "--since", "23:00"], "no record is of the time asked for", "UTC"),
        ([], "Usage: tuner", "Commands:"),
    ],
)
def test_a_mistake_is_2_with_its_reason_and_the_next_step_on_stderr(
    capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str, next_step: str
) -> None:
    assert cli.run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert complaint in captured.err
    assert next_step in captured.err
    assert "Traceback" not in captured.err


def test_a_known_error_is_printed_with_its_next_step(
    give: Give, capsys: pytest.CaptureFixture[str]
) -> None:
    give(InputError("a.log: \x1b[2Jempty\nb.log: binary", "give another"))
    assert cli.run(["analyze", "a.log"]) == 2
    assert capsys.readouterr().err == "tuner: a.log: empty\nb.log: binary\n  give another\n"


def test_a_crash_is_one_line_that_quotes_no_log(
    give: Give, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    give(ValueError("my card is 4111"))
    assert cli.run(["analyze", "a.log"]) == 2
    told = capsys.readouterr().err
    assert re.match(
        r"tuner: internal error, please report it: ValueError in test_cli.py:\d+\n", told
    )
    assert "4111" not in told
    assert "TUNER_TRACEBACK=1" in told
    monkeypatch.setenv("TUNER_TRACEBACK", "1")
    cli.run(["analyze", "a.log"])
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (KeyboardInterrupt(), "tuner: stopped\n"),
        (PermissionError(13, "Permission denied", "a.log"), "tuner: a.log: Permission denied\n"),
        (
            OSError(28, "No space left on device"),
            "tuner: No space left on device\n  Free some space.\n",
        ),
    ],
)
def test_other_ends(
    give: Give,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    told: str,
) -> None:
    give(error)
    # An OSError gives stdout up: a StringIO has no file number, so the real one stays as it is.
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert cli.run(["analyze", "a.log"]) == 2
    assert capsys.readouterr().err == told


@pytest.mark.parametrize("moment", ["typer", "tuner.cli.options", "tuner.cli.main"])
def test_ctrl_c_while_the_program_still_loads(moment: str) -> None:
    code = (
        "import builtins, sys; from tuner.__main__ import main; real = builtins.__import__\n"
        "def stopped(name, *rest):\n"
        f"    if name == {moment!r}: raise KeyboardInterrupt\n"
        "    return real(name, *rest)\n"
        "builtins.__import__ = stopped; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "--version"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "tuner: stopped\n")


def test_ctrl_c_between_two_stages(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "app", stopped)
    assert cli.run(["analyze", "a"]) == 2
    assert capsys.readouterr().err == "tuner: stopped\n"


# --- options -----------------------------------------------------------------------------------


def test_options_reach_the_pipeline(give: Give) -> None:
    asked = give(reports.noisy())
    cli.run(
        [
            *("analyze", "a", "b", "--current", "noisy", "--since", "2026-11-20", "--until"),
            *("10:00", "--call", "AJ_1", "--jobs", "2", "--slow-ms", "800", "--show-text"),
            *("--limit", "min_events=5", "--state", "s", "--engine", "dask"),
            *("--scheduler", "tcp://d:1"),
        ]
    )
    limits = asked.pop("limits")
    assert (limits.openai_slow_ms, limits.min_events) == (800, 5)
    assert asked == {
        "paths": ["a", "b"],
        "current": "noisy",
        "since": 1795132800.0,
        "until": 36000.0,
        "call": "AJ_1",
        "jobs": 2,
        "state": Path("s"),
        "engine": "dask",
        "scheduler": "tcp://d:1",
        "show_text": True,
        "environ": os.environ,
        "progress": None,
    }


def test_json_is_the_json_report(give: Give, capsys: pytest.CaptureFixture[str]) -> None:
    give(reports.noisy())
    cli.run(["analyze", "a", "--json"])
    assert json.loads(capsys.readouterr().out)["recommendation"]["profile"] == "noisy"


def test_colour_when_asked_for(give: Give, capsys: pytest.CaptureFixture[str]) -> None:
    give(reports.noisy())
    cli.run(["analyze", "a", "--color"])
    assert "\x1b[1;33m SWITCH" in capsys.readouterr().out
    cli.run(["analyze", "a"])
    assert "\x1b" not in capsys.readouterr().out


def test_progress_only_on_a_terminal(give: Give, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = give(reports.noisy())
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", terminal)
    cli.run(["analyze", "a"])
    assert callable(asked["progress"])
    cli.run(["analyze", "a", "--quiet"])
    assert asked["progress"] is None


@pytest.mark.parametrize("built", [True, False])
def test_a_large_log_read_slowly_says_how_to_read_it_faster(
    built: bool, give: Give, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    give(reports.noisy())
    monkeypatch.setattr(units, "FAST_BYTES", 1000)
    monkeypatch.setattr(scan, "ready", lambda: built)
    cli.run(["analyze", "a"])
    assert ("install a C compiler" in capsys.readouterr().err) == (not built)
    cli.run(["analyze", "a", "--quiet"])
    assert not capsys.readouterr().err


# --- the other commands ------------------------------------------------------------------------


def test_explain_lists_every_rule_and_prints_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["explain"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed[:-2]] == [rule.id for rule in RULES]
    for rule in RULES:
        assert cli.run(["explain", rule.id]) == 0
        assert capsys.readouterr().out == rule.doc.strip() + "\n"


def test_explain_knows_every_setting_and_limit(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["explain", "settings"]) == cli.run(["explain", "limits"]) == 0
    listed = {line.split()[0] for line in capsys.readouterr().out.splitlines()}
    assert listed == {*KNOBS, *limits.names()}
    assert cli.run(["explain", "MIN_ENDPOINTING_DELAY"]) == 0
    explained = capsys.readouterr().out
    for part in ("default     0.5 s", "allowed     0.0 to 10.0 s", "fast        0.3 s"):
        assert part in explained
    for part in (
        "  livekit-agents 1.0, before 1.5: min_endpointing_delay of AgentSession",
        "  agents-js 1.2 and later: endpointing.minDelay of turnHandling (ms)",
        "  pipecat-ai: stop_secs of VADParams",
    ):
        assert part in explained.splitlines()
    assert cli.run(["explain", "false_cutoff_share"]) == 0
    explained = " ".join(capsys.readouterr().out.split())
    assert limits.meanings()["false_cutoff_share"] in explained
    assert "default 0.1" in explained


def test_explain_names_only_profiles_that_differ(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["explain", "INSTRUCTIONS"]) == 0
    assert "patient" not in capsys.readouterr().out
    assert cli.run(["explain", "BACKCHANNEL_WORDS"]) == 0
    assert "tuner.livekit.ignore_backchannels" in capsys.readouterr().out


def test_profiles_lists_by_itself_and_marks_the_one_in_use(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AGENT_PROFILE", "noisy")
    assert cli.run(["profiles"]) == 0
    listed = capsys.readouterr().out
    assert re.search(r"^\* noisy ", listed, re.MULTILINE)
    assert cli.run(["profiles", "list"]) == 0
    assert capsys.readouterr().out == listed
    monkeypatch.setenv("AGENT_PROFILE", "nonsense")
    assert cli.run(["profiles", "list"]) == 0
    assert "*" not in capsys.readouterr().out.split("noisy")[0]


def test_profiles_show_and_diff(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["profiles", "show", "noisy"]) == 0
    assert "noisy.env:" in capsys.readouterr().out
    assert cli.run(["profiles", "diff", "balanced", "noisy", "--json"]) == 0
    changes = json.loads(capsys.readouterr().out)["changes"]
    assert "MIN_INTERRUPTION_DURATION" in {change["setting"] for change in changes}


def test_profiles_check_is_1_when_a_setting_cannot_act(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert cli.run(["profiles", "check"]) == 0
    capsys.readouterr()
    profile = tmp_path / "mine.env"
    profile.write_text("# mine\nENABLE_INTERRUPTIONS=false\nMIN_INTERRUPTION_DURATION=0.9\n")
    assert cli.run(["profiles", "check", str(profile)]) == 1
    assert "MIN_INTERRUPTION_DURATION" in capsys.readouterr().out


def test_export_writes_events_and_does_not_replace_unasked(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    target = tmp_path / "events.csv"
    export = ["export", str(SAMPLES / "healthy-info.jsonl"), "-o", str(target)]
    assert cli.run(export) == 0
    assert re.search(r"\d+ events written to .*events\.csv", capsys.readouterr().err)
    header, *rows = target.read_text().splitlines()
    assert header.startswith("time,call,job_id,room,pid,kind,level,logger,path,line,")
    assert len(rows) > 100
    assert cli.run(export) == 2
    assert "exists" in capsys.readouterr().err
    assert cli.run([*export, "--force", "--quiet"]) == 0
    assert capsys.readouterr().err == ""


def test_bench_without_livekit_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['livekit'] = None\n"
        "from tuner.cli.main import run; sys.exit(run(['bench']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "pip install '.[agent]'" in done.stderr


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("tuner expl", ["explain"]),
        ("tuner explain slow-o", ["slow-openai-calls"]),
        ("tuner explain MIN_E", ["MIN_ENDPOINTING_DELAY"]),
        ("tuner explain false_c", ["false_cutoff_share"]),
        ("tuner profiles show no", ["noisy"]),
        ("tuner analyze --current pa", ["patient"]),
    ],
)
def test_shell_completion(words: str, completed: list[str]) -> None:
    environ = {"_TUNER_COMPLETE": "complete_bash", "COMP_WORDS": words}
    done = tuner(environ=environ | {"COMP_CWORD": str(words.count(" "))})
    assert (done.returncode, done.stdout.split()) == (0, completed)


@pytest.mark.parametrize(
    "command",
    [[], ["analyze"], ["export"], ["explain"], ["profiles"], ["profiles", "show"]],
    ids=" ".join,
)
def test_h_is_help_everywhere(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([*command, "-h"]) == 0
    short = capsys.readouterr().out
    assert cli.run([*command, "--help"]) == 0
    assert capsys.readouterr().out == short
    assert short.startswith(f"Usage: {' '.join(['tuner', *command])} [OPTIONS]")


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--version"]) == 0
    assert re.match(r"tuner (\d+\.\d+|\(not installed)", capsys.readouterr().out)


@pytest.mark.parametrize("name", lazy.COMMANDS)
def test_a_command_is_what_its_summary_says(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    summary = lazy.loaded(name).help.partition("\n\n")[0].replace("\n", " ")
    assert summary == lazy.COMMANDS[name]
    assert cli.run([name, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: tuner {name} [OPTIONS]")


@pytest.mark.parametrize("name", ["calls", "call", "watch", "trend", "explain", "what-if", "tune"])
def test_a_wrong_command_line_names_the_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([name, "--unknown-option"]) == 2
    assert f"Run `tuner {name} --help`" in capsys.readouterr().err


# --- the world outside -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "forbidden"),
    [
        (["--help"], HEAVY),
        # Typer itself checks the parameters of a command with pydantic.
        (["analyze", "--help"], [m for m in HEAVY if not m.startswith(("pydantic", "importlib"))]),
    ],
)
def test_help_imports_nothing_heavy(arguments: list[str], forbidden: Sequence[str]) -> None:
    code = (
        f"import sys; from tuner.cli.main import run; code = run({arguments!r})\n"
        f"print([m for m in {forbidden!r} if m in sys.modules], file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "[]\n")
    assert "Usage: tuner" in done.stdout


NOT_FOR_A_PLAIN_LOG = (
    *("pydantic", "pandas", "livekit", "rich", "html", "tomllib", "tarfile", "zipfile", "ctypes"),
    *("tuner.html", "tuner.store", "tuner.calls", "tuner.watch", "tuner.trends", "tuner.bench"),
    *("tuner.exports.recognising", "tuner.exports.translating", "tuner.exports.ranges"),
    *("multiprocessing", "concurrent.futures", "tempfile"),
    *("tuner.reading.fast", "tuner.scan", "tuner.settings.knob_table", "tuner.cli.load_test"),
)


@pytest.mark.parametrize("more", [[], ["--jobs", "1"], ["--json"]])
def test_a_small_log_is_read_without_what_it_does_not_need(more: list[str]) -> None:
    code = (
        "import os, sys; from tuner.cli.main import main; real = os._exit\n"
        "def leave(code):\n"
        f"    print([m for m in {NOT_FOR_A_PLAIN_LOG!r} if m in sys.modules], file=sys.stderr)\n"
        "    real(code)\n"
        "os._exit = leave; main()"
    )
    command = ["analyze", "--quiet", str(SAMPLES / "healthy-info.jsonl"), *more]
    done = subprocess.run(
        [sys.executable, "-c", code, *command], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "[]\n")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["explain"], 0),
        (["--help"], 0),
        (["profiles"], 0),
        (["analyze", SAMPLES / "false-interruptions.jsonl"], 0),
        (["analyze", SAMPLES / "false-interruptions.jsonl", "--check", "--quiet"], 1),
    ],
)
def test_a_closed_pipe_ends_quietly(arguments: list[str | Path], code: int) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = tuner(*arguments, stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (code, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["explain"], ["--help"]])
def test_a_full_disk_is_an_error(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = tuner(*arguments, stdout=full)
    assert done.returncode == 2
    assert re.fullmatch(
        r"tuner: (stdout: )?No space left on device\n  Free some space\.\n", done.stderr
    )


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_any_encoding_of_stdout(encoding: str) -> None:
    log = SAMPLES / "healthy-info.jsonl"
    environ = {"PYTHONIOENCODING": encoding}
    done = tuner("analyze", log, environ=environ, encoding=encoding)
    assert done.returncode == 0
    separator = {"ascii": "-"}.get(encoding, "·")
    assert done.stdout.startswith(f" 10 calls {separator} 6.56 min {separator} ")
    assert "?" not in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(("no_color", "coloured"), [("1", False), ("", True)])
def test_no_color_on_a_terminal(no_color: str, coloured: bool) -> None:
    import pty

    master, slave = pty.openpty()
    environ = {"NO_COLOR": no_color, "TERM": "xterm"}
    done = tuner("analyze", SAMPLES / "healthy-info.jsonl", stdout=slave, environ=environ)
    os.close(slave)
    shown = os.read(master, 65536).decode()
    os.close(master)
    assert done.returncode == 0
    assert ("\x1b[" in shown) is coloured


def test_a_log_on_stdin(tmp_path: Path) -> None:
    log = (SAMPLES / "healthy-info.jsonl").read_text()
    done = tuner("analyze", "-", "--json", input=log, cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr == ""
    assert json.loads(done.stdout)["exposure"]["calls"] == 10


def test_good_and_bad_inputs_together(tmp_path: Path) -> None:
    empty = tmp_path / "empty.log"
    empty.write_text("")
    done = tuner("analyze", SAMPLES / "healthy-info.jsonl", empty, tmp_path / "none.log")
    assert done.returncode == 2
    assert "10 calls" in done.stdout
    assert re.search(r"empty\.log: .*empty", done.stderr)
    assert "none.log: no such file" in done.stderr


def test_layouts_were_tried_only_where_there_were_lines(tmp_path: Path) -> None:
    prose = tmp_path / "prose.log"
    prose.write_text("Dear all,\n" * 9)
    assert "tried: " not in tuner("analyze", tmp_path / "none.log").stderr
    assert "tried: LiveKit JSON" in tuner("analyze", tmp_path / "none.log", prose).stderr


def test_other_files_in_a_folder_of_logs_are_skipped_with_a_note(tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "healthy-info.jsonl", tmp_path / "agent.jsonl")
    (tmp_path / "README.md").write_text("Our logs.\n\nThey are rotated every night.\n")
    (tmp_path / "core").write_bytes(bytes(range(256)) * 9)
    (tmp_path / "lock").touch()
    done = tuner("analyze", tmp_path, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    inputs = {Path(i["path"]).name: i for i in json.loads(done.stdout)["inputs"]}
    for name, why in (("README.md", "nothing understood"), ("core", "binary"), ("lock", "empty")):
        assert why in inputs[name]["notes"][0]
        assert "skipped, it is no agent log" in inputs[name]["notes"][0]
        assert inputs[name]["lines"] == 0
    alone = json.loads(tuner("analyze", tmp_path / "agent.jsonl", "--json").stdout)
    assert inputs["agent.jsonl"] == alone["inputs"][0]


def test_a_file_that_is_named_must_be_a_log_also_beside_its_folder(tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "healthy-info.jsonl", tmp_path / "agent.jsonl")
    readme = tmp_path / "README.md"
    readme.write_text("Our logs.\n")
    for inputs in ([tmp_path, readme], [readme, tmp_path]):
        done = tuner("analyze", *inputs)
        assert done.returncode == 2
        assert "README.md: nothing understood" in done.stderr


def test_a_folder_without_any_log_names_every_file(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("Our logs.\n")
    done = tuner("analyze", tmp_path)
    assert done.returncode == 2
    assert "README.md: nothing understood" in done.stderr
