"""The plan as text."""

from __future__ import annotations

from tuner.capacity.plan import CapacityPlan, PlannedFigure


def render(plan: CapacityPlan) -> str:
    """One line a figure, with its grade; then the parts of a call's price, then notes."""
    parts = sorted(plan.parts.items(), key=lambda part: -part[1])
    return "\n".join(
        [
            *map(_line, plan.figures),
            "",
            f"a call in parts (prices of {plan.prices_of})",
            *(f"  {name:26} ${dollars:.4f}" for name, dollars in parts),
            "",
            *(f"- {note}" for note in plan.notes),
        ]
    )


def _line(figure: PlannedFigure) -> str:
    value = f"{figure.value:,.10g}"
    amount = f"${value}" if figure.unit == "$" else f"{value} {figure.unit}".rstrip()
    why = f"; {figure.why}" if figure.why else ""
    return f"{figure.name:22} {amount:28} {figure.grade}{why}"
