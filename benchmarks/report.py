"""The table: ours, the peer, their ratio, and whether the target is reached."""

from __future__ import annotations

from typing import Any, NamedTuple

_SCALE = {"us": 1e6, "ms": 1e3, "s": 1.0}


class Line(NamedTuple):
    """One measured row. ``value`` is what the target bounds from above."""

    scenario: str
    what: str
    ours: str
    peer: str
    value: float
    shown: str
    target: float | None
    wanted: str
    note: str = ""

    @property
    def mark(self) -> str:
        if self.target is None:
            return ""
        return "ok" if round(self.value, 2) <= round(self.target, 2) else "MISSED"

    def as_dict(self) -> dict[str, Any]:
        return {**self._asdict(), "mark": self.mark}


def number(seconds: float, unit: str) -> str:
    value = seconds * _SCALE[unit]
    return (
        f"{value:,.0f} {unit}"
        if value >= 100
        else f"{value:,.2g} {unit}"
        if value < 10
        else f"{value:.1f} {unit}"
    )


def ratio(
    scenario: str, what: str, ours: float, peer: float, unit: str, target: float | None, note: str = ""
) -> Line:
    """Ours beside a peer, both in seconds."""
    value = ours / peer
    wanted = "" if target is None else f"<= {target:.2f}x"
    return Line(
        scenario,
        what,
        number(ours, unit),
        number(peer, unit),
        value,
        f"{value:.2f}x",
        target,
        wanted,
        note,
    )


def table(lines: list[Line]) -> str:
    """A Markdown table."""
    head = ("what", "ours", "peer", "measured", "target", "", "note")
    rows = [head, *((e.what, e.ours, e.peer, e.shown, e.wanted, e.mark, e.note) for e in lines)]
    if not any(row[-1] for row in rows[1:]):
        rows = [row[:-1] for row in rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]

    def line(row: tuple[str, ...]) -> str:
        first, *others = (
            cell.ljust(width) if i == 0 or i >= 5 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        return "| " + " | ".join([first, *others]) + " |"

    rule = [
        "-" * width if i == 0 or i >= 5 else "-" * (width - 1) + ":" for i, width in enumerate(widths)
    ]
    return "\n".join([line(rows[0]), "| " + " | ".join(rule) + " |", *map(line, rows[1:])])
