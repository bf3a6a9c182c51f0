"""A snapshot in, the text that Prometheus scrapes out (exposition format 0.0.4).

What a log cannot show has no sample: a gauge that is absent is not zero.
https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tuner.watch.model import Snapshot

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_COUNTERS = {
    "lines": "Lines of log read since the watch began",
    "calls": "Calls that began since the watch began",
    "turns": "Turns since the watch began",
    "stops": "False stops since the watch began",
    "cut_offs": "Cut-offs since the watch began",
}
Samples = Iterable[tuple[Mapping[str, str], float]]


def render(snapshot: Snapshot) -> str:
    """Return all samples."""
    shown = [one for one in snapshot.measures if one.state != "hidden"]
    blocks = [
        _block("calls_in_progress", "gauge", "Calls with a line in the last minute",
               [({}, float(snapshot.in_progress))]),
        *(
            _block(f"{name}_total", "counter", meaning, [({}, float(snapshot.totals.get(name, 0)))])
            for name, meaning in _COUNTERS.items()
        ),
        _block("measure", "gauge", "A figure of the window",
               [({"name": m.name}, m.value) for m in shown if m.value is not None]),
        _block("limit", "gauge", "The limit of a figure",
               [({"name": m.name}, m.limit) for m in shown]),
        _block("above_limit", "gauge", "1 if a figure is above its limit",
               [({"name": m.name}, float(m.state == "above")) for m in shown]),
        _block("stage_seconds", "gauge", "Latency of a stage in the window",
               [
                   ({"stage": one.name, "quantile": share}, value)
                   for one in snapshot.stages
                   for share, value in (("0.5", one.p50), ("0.9", one.p90), ("1", one.max))
               ]),
    ]  # fmt: skip
    return "\n".join(block for block in blocks if block) + "\n"


def _block(name: str, kind: str, meaning: str, samples: Samples) -> str:
    full = f"tuner_watch_{name}"
    lines = [f"{full}{_labels(labels)} {value:.10g}" for labels, value in samples]
    if not lines:
        return ""
    return "\n".join([f"# HELP {full} {meaning}", f"# TYPE {full} {kind}", *lines])


def _labels(labels: Mapping[str, str]) -> str:
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
