"""The vocabulary: frozen values that the stages hand to each other, and nothing else.

Units stand in the names (`_s` seconds, `_ms` milliseconds) or in the docstring; times are
seconds since the epoch, UTC. What could not be judged is a value with a reason, never None
alone and never zero.
"""

from __future__ import annotations

from tuner.model.facts import (
    CallCounts,
    Current,
    Evidence,
    Exposure,
    Facts,
    Grade,
    InputInfo,
    Latency,
    Observable,
    OtherLine,
    Rate,
    SettingProblem,
    Signal,
    Volume,
)
from tuner.model.records import Event, Record
from tuner.model.verdicts import (
    SEVERITIES,
    Against,
    Change,
    Direction,
    Finding,
    FrontierPoint,
    Label,
    Recommendation,
    Refusal,
    Remedy,
    Report,
    Rule,
    Severity,
    Verdict,
)
from tuner.names import EvidenceName, Kind, SignalName, Stage

__all__ = [
    "SEVERITIES",
    "Against",
    "CallCounts",
    "Change",
    "Current",
    "Direction",
    "Event",
    "Evidence",
    "EvidenceName",
    "Exposure",
    "Facts",
    "Finding",
    "FrontierPoint",
    "Grade",
    "InputInfo",
    "Kind",
    "Label",
    "Latency",
    "Observable",
    "OtherLine",
    "Rate",
    "Recommendation",
    "Record",
    "Refusal",
    "Remedy",
    "Report",
    "Rule",
    "SettingProblem",
    "Severity",
    "Signal",
    "SignalName",
    "Stage",
    "Verdict",
    "Volume",
]
