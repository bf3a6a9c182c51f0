"""`python agent.py ready`: the checklist as Markdown; exit 1 while anything on it is open."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

from agent.phone.settings import PhoneSettings, read_settings
from agent.profile import resolved
from agent.ready import load_results, questions
from agent.ready.item import Item, Section
from agent.ready.settings_items import settings_items
from tuner.errors import SettingsError

_BOX = {"done": "[x]", "not done": "[ ]", "unknown": "[ ]"}
_WORD = {"done": "", "not done": "**not done**: ", "unknown": "**open**: "}


def main(arguments: Sequence[str]) -> int:
    """Check, ask, print.

    Raises:
        TunerError: a file or a setting that cannot be read.
    """
    options = _parser().parse_args(arguments)
    now = datetime.now(UTC)
    items = collect(options, now)
    sys.stdout.write(markdown(items, resolved().name, now))
    return 0 if all(one.state == "done" for one in items) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python agent.py ready", description=__doc__)
    parser.add_argument("--load-test", type=Path, help="what `tuner load-test --out` wrote")
    parser.add_argument("--log", action="append", default=[], help="a log of real calls")
    parser.add_argument("--calls", type=int, help="calls at once; default: PHONE_MAX_CALLS or 100")
    parser.add_argument("--answers", type=Path, help="TOML: name of a question = answer")
    return parser


def collect(options: argparse.Namespace, now: datetime) -> list[Item]:
    """Every item, in the guide's order within its section."""
    phone = _phone()
    wanted = options.calls or (phone.max_calls if phone else 100)
    load = load_results.read(options.load_test) if options.load_test else None
    return [
        *load_results.load_items(load, wanted, now),
        *load_results.log_items(options.log),
        *settings_items(resolved().settings, phone, os.environ),
        *questions.asked_items(questions.read(options.answers)),
    ]


def _phone() -> PhoneSettings | None:
    """The settings of the webhook; None where there are none, as in an agent without telephone."""
    if "PHONE_PUBLIC_URL" not in os.environ:
        return None
    try:
        return read_settings()
    except SettingsError as error:
        raise SettingsError(f"webhook: {error}", error.next_step) from None


def markdown(items: Iterable[Item], profile: str, now: datetime) -> str:
    """The checklist, a heading for each section."""
    items = list(items)
    done = sum(one.state == "done" for one in items)
    lines = [
        "# Ready for production?",
        "",
        f"{done} of {len(items)} done; profile `{profile}`, {now:%Y-%m-%d}.",
    ]
    for section in get_args(Section):
        lines += ["", f"## {section}", ""]
        lines += [_line(one) for one in items if one.section == section]
    return "\n".join(lines) + "\n"


def _line(one: Item) -> str:
    then = f" {one.then}" if one.then else ""
    end = "" if one.how.endswith("?") else "."
    return f"- {_BOX[one.state]} {one.title}: {_WORD[one.state]}{one.how}{end}{then}"
