"""Pictures over days: labelled lines, and the spread of many runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.panels import Drawn, Grid, in_both_forms
from reports.style import DASHES, GREY, INK, QUIET, REFERENCE, SERIES, Form, day_axis, number_axis, panel_title, spread

FAN_HEIGHT = 1.22
"""Inches."""


@dataclass(frozen=True)
class Line:
    """One labelled line.

    Attributes:
        label: printed at its end.
        values: one value a day; NaN where there is none.
        is_reference: whether it is what the others are held against (grey, dotted).
    """

    label: str
    values: np.ndarray
    is_reference: bool = False


@dataclass(frozen=True)
class LinePanel:
    """Lines over days.

    Attributes:
        title: what is drawn.
        unit: of the vertical axis.
        lines: with the reference, if any, among them.
        from_zero: whether the axis starts at zero.
    """

    title: str
    unit: str
    lines: Sequence[Line]
    from_zero: bool = True


@dataclass(frozen=True)
class Fan:
    """The spread of many runs over days.

    Attributes:
        title: whose fan it is.
        low, lower, middle, upper, high: quantiles (10, 25, 50, 75, 90 %), one value a day.
        reference: a line to hold it against, such as the baseline's median.
    """

    title: str
    low: np.ndarray
    lower: np.ndarray
    middle: np.ndarray
    upper: np.ndarray
    high: np.ndarray
    reference: np.ndarray | None = None

    @classmethod
    def of(cls, title: str, paths: np.ndarray, reference: np.ndarray | None = None) -> "Fan":
        """The fan of paths (runs × days)."""
        low, lower, middle, upper, high = np.quantile(paths, (0.10, 0.25, 0.50, 0.75, 0.90), axis=0)
        return cls(title, low, lower, middle, upper, high, reference)


@dataclass(frozen=True)
class FanLabels:
    """Words inside a fan chart."""

    middle: str
    band: str
    reference: str
    days: str


def line_panels(panels: Sequence[LinePanel], days_label: str) -> Drawn:
    """Several quantities over days, the same lines in each."""

    def draw(figure: Figure, axes: Sequence[Axes], form: Form) -> None:
        for axis, panel in zip(axes, panels, strict=True):
            panel_title(axis, panel.title, panel.unit)
            drawn = 0
            for line in panel.lines:
                style: dict[str, Any] = {"color": GREY, "linestyle": REFERENCE, "linewidth": 1.4, "zorder": 2}
                if not line.is_reference:
                    style = {
                        "color": SERIES[drawn % len(SERIES)],
                        "linestyle": DASHES[drawn % len(DASHES)],
                        "zorder": 3,
                    }
                    drawn += 1
                axis.plot(line.values, **style)
            day_axis(axis, max(len(line.values) for line in panel.lines), days_label)
            number_axis(axis)
            if panel.from_zero:
                known = [line.values for line in panel.lines if np.isfinite(line.values).any()]
                highest = max((float(np.nanmax(values)) for values in known), default=0.0)
                axis.set_ylim(0, highest * 1.08 if highest > 0 else 1.0)
            axis.margins(y=0.08)
            _label_ends(axis, panel.lines, room_points=1.32 * 72)

    return in_both_forms(Grid(len(panels), 1.32, page_columns=2, phone_columns=1, right_room=0.86), draw)


def fans(panels: Sequence[Fan], unit: str, labels: FanLabels) -> Drawn:
    """One fan a scenario on a common scale, each against the baseline's median."""
    top = max(float(np.max(fan.high)) for fan in panels)
    bottom = min(0.0, min(float(np.min(fan.low)) for fan in panels))

    def draw(figure: Figure, axes: Sequence[Axes], form: Form) -> None:
        for position, (axis, fan) in enumerate(zip(axes, panels, strict=True)):
            panel_title(axis, fan.title, unit if position == 0 else " ")
            days = np.arange(len(fan.middle))
            axis.fill_between(days, fan.low, fan.high, color=INK, alpha=0.15, linewidth=0)
            axis.fill_between(days, fan.lower, fan.upper, color=INK, alpha=0.28, linewidth=0)
            if fan.reference is not None:
                axis.plot(days, fan.reference, color=SERIES[1], linestyle=REFERENCE, linewidth=1.4)
            axis.plot(days, fan.middle, color=INK)
            day_axis(axis, len(days), labels.days if position == 0 else "", ticks=2)
            axis.set_ylim(bottom, top * 1.08 if top > 0 else 1.0)
            number_axis(axis)
            if position == len(panels) - 1:
                _label_fan(axis, fan, labels, height=FAN_HEIGHT)

    grid = Grid(len(panels), FAN_HEIGHT, page_columns=4, phone_columns=2, last_room=0.74, gap=0.16, is_row_shared=True)
    return in_both_forms(grid, draw)


def _label_ends(axis: Axes, lines: Sequence[Line], room_points: float) -> None:
    """Each line's name at its right end, moved apart where they would overlap."""
    low, high = axis.get_ylim()
    ends = []
    for line in lines:
        seen = np.flatnonzero(np.isfinite(line.values))
        ends.append(float(line.values[seen[-1]]) if len(seen) else low)
    gap = (high - low) * 10.5 / room_points
    drawn = 0
    for line, place in zip(lines, spread(ends, gap, low, high), strict=True):
        colour = QUIET
        if not line.is_reference:
            colour = SERIES[drawn % len(SERIES)]
            drawn += 1
        axis.annotate(
            line.label, (1, place), (5, 0), xycoords=("axes fraction", "data"), textcoords="offset points", ha="left",
            va="center_baseline", fontsize=8, color=colour, annotation_clip=False,
        )  # fmt: skip


def _label_fan(axis: Axes, fan: Fan, labels: FanLabels, height: float) -> None:
    """What line and band mean, at the right end of the last panel."""
    low, high = axis.get_ylim()
    marks = [(float(fan.middle[-1]), labels.middle, INK), (float(fan.high[-1]), labels.band, QUIET)]
    if fan.reference is not None:
        marks.append((float(fan.reference[-1]), labels.reference, SERIES[1]))
    places = spread([mark[0] for mark in marks], (high - low) * 10.5 / (height * 72), low, high)
    for (_, text, colour), place in zip(marks, places, strict=True):
        axis.annotate(
            text, (1, place), (5, 0), xycoords=("axes fraction", "data"), textcoords="offset points", ha="left",
            va="center_baseline", fontsize=8, color=colour, annotation_clip=False,
        )  # fmt: skip
