"""The report as one page of HTML that needs nothing else."""

from __future__ import annotations

from html import escape
from typing import Any

from tuner.html.page import policy
from tuner.load_test.marks import PassMark
from tuner.load_test.results import LoadResult
from tuner.load_test.text import render
from tuner.redaction.terminal import printable

_STYLE = "body{font:14px sans-serif;margin:2em}td,th{padding:.2em 1em .2em 0;text-align:left}"
_WIDTH, _HEIGHT = 720, 120


def page(result: LoadResult, found: dict[str, Any], marks: list[PassMark], title: str) -> str:
    """Marks as a table, callers and CPU over time as curves, and the whole text.

    Its policy allows its own style, and no script and no address, whatever an error may hold.
    """
    rows = "".join(_row(mark) for mark in marks)
    running = [float(reading.running) for reading in result.readings]
    machine = [reading.machine for reading in result.readings]
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        f'<meta http-equiv="Content-Security-Policy" content="{policy(_STYLE)}">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{_text(title)}</title><style>{_STYLE}</style><h1>{_text(title)}</h1>"
        f"<table><tr><th><th>mark<th>measured<th>limit<th></tr>{rows}</table>"
        f"<h2>Calls at once</h2>{_curve(running)}<h2>CPU of the machine</h2>{_curve(machine, 1.0)}"
        f"<pre>{_text(render(found, marks))}</pre></html>\n"
    )


def _row(mark: PassMark) -> str:
    verdict = {True: "pass", False: "fail", None: "not judged"}[mark.passed]
    cells = (verdict, mark.name, mark.measured, mark.limit, mark.why)
    return "<tr>" + "".join(f"<td>{_text(cell)}" for cell in cells) + "</tr>"


def _text(shown: str) -> str:
    """As text of the page, without control characters but the ends of lines."""
    return escape("\n".join(map(printable, shown.split("\n"))))


def _curve(values: list[float], most: float = 0.0) -> str:
    """One line over time, the largest value at the top."""
    top = max(most, *values, 1e-9) if values else 1.0
    step = _WIDTH / max(1, len(values) - 1)
    points = " ".join(
        f"{n * step:.1f},{_HEIGHT * (1 - value / top):.1f}" for n, value in enumerate(values)
    )
    return (
        f'<svg width="{_WIDTH}" height="{_HEIGHT}" role="img"><title>most: {top:g}</title>'
        f'<polyline points="{points}" fill="none" stroke="black"/></svg>'
    )
