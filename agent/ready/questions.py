"""The items that nobody but the team can answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from agent.ready.item import Item, Section
from tuner import small_files
from tuner.errors import InputError, did_you_mean

QUESTIONS: dict[str, tuple[Section, str, str]] = {
    "logs": ("Infrastructure", "Logs aggregated", "Where are the logs of all servers searched?"),
    "alerts": ("Infrastructure", "Alerts configured", "Who gets which alert, and how?"),
    "backup": ("Operations", "Backup servers ready", "What takes the calls when a server dies?"),
    "rollback": ("Operations", "Rollback plan documented", "How is the last version put back?"),
    "on_call": ("Operations", "On-call rotation set", "Who is called at night?"),
    "cost_alerts": ("Operations", "Cost alerts configured", "Who hears when the bill grows?"),
    "documentation": ("Operations", "Documentation updated", "Where is it?"),
    "training": ("Operations", "Team trained", "Who has done a drill, and when?"),
}
_NEXT = f'Write lines such as `on_call = "..."` into it; the questions: {", ".join(QUESTIONS)}.'


def read(path: Path | None) -> dict[str, str]:
    """Answers by the names of the questions, from a TOML file of texts.

    Raises:
        InputError: it cannot be read, or answers what was not asked.
    """
    if path is None:
        return {}
    try:
        found = small_files.toml(path)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", _NEXT) from error
    except ValueError as error:
        raise InputError(f"{path}: not TOML: {error}", _NEXT) from error
    for name, answer in found.items():
        if name not in QUESTIONS:
            close = did_you_mean(name, QUESTIONS)
            raise InputError(f"{path}: {name} is not a question{close}", _NEXT)
        if not isinstance(answer, str):
            raise InputError(f"{path}: {name} is not a text in quotes", _NEXT)
    return found


def asked_items(answers: Mapping[str, str]) -> Iterator[Item]:
    """Each question: done with an answer, open without."""
    for name, (section, title, question) in QUESTIONS.items():
        answer = " ".join(answers.get(name, "").split())
        if answer:
            yield Item(section, title, "done", f"answered: {answer}")
        else:
            yield Item(section, title, "unknown", question, f"Answer `{name}` in --answers FILE")
