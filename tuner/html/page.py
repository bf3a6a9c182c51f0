"""What a page shows in, the page out: one HTML file without a script."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuner.html.content import Content
from tuner.html.distribution import span
from tuner.html.over_time import moment
from tuner.html.parts import parts
from tuner.redaction.terminal import printable
from tuner.report import text_layout
from tuner.whatif.texts import cell

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).parent / "templates"


def render(content: Content) -> str:
    """The page, as text for a file of its own."""
    from markupsafe import Markup

    style = (_TEMPLATES / "style.css").read_text(encoding="utf-8")
    shown = parts(content)
    return (
        _environment()
        .get_template("page.html")
        .render(style=Markup(style), policy=policy(style), **shown)
    )


def prepare() -> None:
    """Compile the templates before they are needed, while others work."""
    environment = _environment()
    for name in environment.list_templates(extensions=["html"]):
        environment.get_template(name)


def policy(style: str) -> str:
    """The content security policy: this style sheet, and nothing else at all."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    found = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        finalize=_printable,
    )
    found.globals |= {"y": _y, "moment": moment, "span": span, "cell": cell}
    found.filters |= {
        "number": text_layout.number,
        "seconds": text_layout.seconds,
        "thousands": _thousands,
        "plain": lambda value: f"{value:g}",
    }
    return found


def _y(percent: float, height: float, top: float = 0.0) -> float:
    """Pixels from the top of a chart for a place in percent from its bottom."""
    return round(top + height * (1 - percent / 100), 1)


def _printable(value: Any) -> Any:
    """Text without control characters or marks that turn its direction."""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return printable(value)
    return "" if value is None else value


def _thousands(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"
