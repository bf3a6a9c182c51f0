"""What the compiled scan is given once: the rows of a layout, and the names of all they add to."""

from __future__ import annotations

from tuner.lines.catalogue.livekit import COMMIT_DELAY
from tuner.lines.catalogue.row import CallFigure, ValueCase
from tuner.lines.catalogue.table import LogLine
from tuner.model import EvidenceName
from tuner.scan.layout import (
    BEGINNING_BITS,
    TURNS,
    TYPES,
    WAYS,
    FieldNameStruct,
    GivenStruct,
    MeasureStruct,
    Scan,
)
from tuner.scan.layout import CaseStruct as CaseStruct
from tuner.scan.layout import RowStruct as RowStruct
from tuner.scan.rows import CUTOFFS, HANDED, SLOW_CALLS, TURN_OF, Plan, ScanRow, TurnRules


def give(scan: Scan, plan: Plan, rules: TurnRules) -> None:
    """Fill in what is the same for every chunk."""
    scan.slow_note = plan.notes[SLOW_CALLS]
    scan.fields_n, scan.latencies_n = len(plan.fields), len(plan.latencies)
    for index, (name, type_) in enumerate(plan.fields.items()):
        scan.fields[index] = FieldNameStruct(len(name), TYPES.index(type_), name.encode())
    for index, measure in enumerate(plan.latencies.values()):
        scan.low_s[index], scan.long_s[index] = measure.low_s, measure.long_s
    delay = list(plan.latencies).index(COMMIT_DELAY.name)
    scan.given = GivenStruct(*rules, delay, plan.notes[CUTOFFS])
    for index, row in reversed(list(enumerate(plan.rows))):
        scan.rows[index] = _row(plan, row)
        place = _beginning(row.starts)
        scan.next[index], scan.first[place] = scan.first[place], index + 1


def _beginning(starts: bytes) -> int:
    """Where a row is looked for, by its first five bytes (`beginning_at` of `line_head.h`)."""
    assert len(starts) >= 5, starts
    word = int.from_bytes(starts[:5], "little") << 24
    return (word * 0x9E3779B97F4A7C15 & (1 << 64) - 1) >> 64 - BEGINNING_BITS


def _row(plan: Plan, row: ScanRow) -> RowStruct:
    logger = row.spelling.loggers[0].encode()
    result = RowStruct(
        size=len(row.starts),
        starts=row.starts,
        logger_size=len(logger),
        logger=logger,
        kind=plan.kinds.index(row.line.kind),
        way=WAYS.index(row.way),
        debug=row.spelling.level == "DEBUG",
        exact=row.exact,
    )
    result.figure = result.note = result.tally = -1
    if row.is_counted:
        _give_counts(result, plan, row)
        _give_lengths(result, plan, row.line)
    _give_handed(result, plan, row.line)
    _give_marks(result, row.marks)
    result.needs = _needs(result)
    return result


def _needs(row: RowStruct) -> int:
    """The fields that have to be of their type, as bits."""
    used = [part.field for part in (*row.measures[: row.measures_n], *row.cases[: row.cases_n])]
    used += [part.field for part in row.sums[: row.sums_n]] + row.handed[: row.handed_n]
    used += [row.tally_field] * (row.tally >= 0)
    return sum(1 << field for field in set(used))


def _give_marks(result: RowStruct, marks: tuple[str, ...] | None) -> None:
    result.marks_n = -1 if marks is None else len(marks)
    for place, mark in enumerate(marks or ()):
        result.marks[place] = FieldNameStruct(len(mark), 0, mark.encode())


def _give_counts(result: RowStruct, plan: Plan, row: ScanRow) -> None:
    """Figures, evidence, tallies and cases."""
    line = row.line
    cases = [_case(plan, case) for case in line.cases]
    result.figure, result.note = _figure(plan, line.figure), _note(plan, line.evidence)
    result.cases_n = len(cases)
    result.cases[: len(cases)] = cases
    if row.way == "FIELDS" and line.tallies:
        (tally,) = line.tallies
        result.tally = plan.tallies.index(tally)
        result.tally_field = list(plan.fields).index(tally.field)


def _case(plan: Plan, case: ValueCase) -> CaseStruct:
    text = case.value.encode() if isinstance(case.value, str) else b""
    return CaseStruct(
        field=list(plan.fields).index(case.field),
        size=len(text),
        text=text,
        number=0.0 if text else case.value,
        counter=-1 if case.counter is None else plan.counters.index(case.counter),
        figure=_figure(plan, case.figure),
        note=_note(plan, case.evidence),
    )


def _give_lengths(result: RowStruct, plan: Plan, line: LogLine) -> None:
    """What is measured, and what is added up."""
    fields, latencies = list(plan.fields), list(plan.latencies)
    measures = [
        MeasureStruct(fields.index(m.field), latencies.index(m.name), _figure(plan, m.figure))
        for m in line.measures
    ]
    sums = [MeasureStruct(fields.index(name), plan.sums.index(name), -1) for name in line.sums]
    result.measures_n, result.sums_n = len(measures), len(sums)
    result.measures[: len(measures)] = measures
    result.sums[: len(sums)] = sums


def _give_handed(result: RowStruct, plan: Plan, line: LogLine) -> None:
    """What the line is in the turns of its call, and the fields that it is judged by."""
    handed = HANDED.get(line.kind, {})
    result.turn = TURNS.index(TURN_OF.get(line.kind, "NO_TURN"))
    result.handed_n = len(handed)
    result.handed[: len(handed)] = [list(plan.fields).index(name) for name in handed]


def _figure(plan: Plan, name: CallFigure | None) -> int:
    return -1 if name is None else plan.figures.index(name)


def _note(plan: Plan, name: EvidenceName | None) -> int:
    return -1 if name is None else plan.notes[name]
