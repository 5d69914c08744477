"""The figures of the reports: data and labels in, one SVG for a page and one for a phone out.

No figure decides what it means: findings and captions are written by the notebook from computed values.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from reports.style import (
    DASHES,
    GREY,
    HAIR,
    INK,
    PAGE,
    PHONE,
    QUIET,
    REFERENCE,
    SERIES,
    TEXT,
    Form,
    day_axis,
    house_style,
    number_axis,
    panel_title,
    spread,
    svg_of,
)

FAN_HEIGHT = 1.22
"""Inches."""


@dataclass(frozen=True)
class Drawn:
    """A figure in its two forms, as SVG text."""

    svg: str
    svg_narrow: str


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


@dataclass(frozen=True)
class Step:
    """One step of a waterfall.

    Attributes:
        label: its name.
        start: where the bar begins.
        end: where it ends.
        printed: its size, printed.
        is_total: whether it is a total (dark) rather than a part of one.
        is_borne: whether it is a loss that somebody bears (brick).
    """

    label: str
    start: float
    end: float
    printed: str
    is_total: bool = False
    is_borne: bool = False


@dataclass(frozen=True)
class Estimate:
    """A difference with its interval.

    Attributes:
        label: whose difference.
        value: the estimate.
        low, high: the interval.
        printed: the estimate, printed.
    """

    label: str
    value: float
    low: float
    high: float
    printed: str


@dataclass(frozen=True)
class EstimatePanel:
    """Differences of one quantity."""

    title: str
    unit: str
    estimates: Sequence[Estimate] = field(default_factory=list)


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
                highest = max(float(np.nanmax(line.values)) for line in panel.lines)
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


def waterfalls(panels: Sequence[tuple[str, Sequence[Step]]], unit: str) -> Drawn:
    """From what was owed to who bears the loss, one waterfall a scenario, lying on its side on a common scale."""
    reach = max(max(step.start, step.end) for _, steps in panels for step in steps)
    lowest = min(0.0, *(min(step.start, step.end) for _, steps in panels for step in steps))

    def draw(figure: Figure, axes: Sequence[Axes], form: Form) -> None:
        for position, (axis, (title, steps)) in enumerate(zip(axes, panels, strict=True)):
            panel_title(axis, title, unit if position == 0 else " ")
            rows = np.arange(len(steps))[::-1]
            for row, step in zip(rows, steps, strict=True):
                colour = INK if step.is_total else SERIES[1] if step.is_borne else "#a9b7c2"
                low, high = sorted((step.start, step.end))
                axis.barh(row, max(high - low, reach * 0.004), left=low, height=0.62, color=colour, linewidth=0)
                is_right = high < reach * 0.72
                is_left = not is_right and low > reach * 0.28
                place, shift, side = (
                    (high, 3.5, "left") if is_right else (low, -3.5, "right") if is_left else (high, -4, "right")
                )
                axis.annotate(
                    step.printed, (place, row), (shift, 0), textcoords="offset points", ha=side, va="center_baseline",
                    fontsize=8,
                    color="white" if not (is_right or is_left) and (step.is_total or step.is_borne) else TEXT,
                )  # fmt: skip
            for (upper, step), lower in zip(list(zip(rows, steps, strict=True))[:-1], rows[1:], strict=True):
                axis.plot([step.end, step.end], [upper, lower], color=HAIR, linewidth=0.8, zorder=0)
            axis.set_yticks(rows, [step.label for step in steps], color=TEXT)
            axis.set_ylim(-0.6, len(steps) - 0.4)
            axis.set_xlim(lowest * 1.25, reach * 1.12 if reach > 0 else 1.0)
            axis.grid(visible=False)
            number_axis(axis, horizontal=True)
            axis.spines["bottom"].set_visible(False)
            axis.tick_params(axis="x", length=0, labelcolor=QUIET)
            axis.grid(visible=True, axis="x")

    return in_both_forms(
        Grid(
            len(panels),
            1.75,
            page_columns=4,
            phone_columns=1,
            left_room=1.0,
            gap=0.2,
            bottom_room=0.24,
            is_row_shared=True,
        ),
        draw,
    )


def estimates(panels: Sequence[EstimatePanel]) -> Drawn:
    """Differences to the baseline as points with intervals; an interval that misses zero is a real difference."""

    def draw(figure: Figure, axes: Sequence[Axes], form: Form) -> None:
        for axis, panel in zip(axes, panels, strict=True):
            panel_title(axis, panel.title, panel.unit)
            rows = np.arange(len(panel.estimates))[::-1]
            axis.axvline(0, color=GREY, linewidth=0.9, zorder=1)
            for row, item in zip(rows, panel.estimates, strict=True):
                is_clear = item.low > 0 or item.high < 0
                colour = INK if is_clear else GREY
                axis.plot([item.low, item.high], [row, row], color=colour, linewidth=2.2, solid_capstyle="butt")
                axis.plot(
                    item.value, row, marker="o", markersize=6, markeredgewidth=1.4, color=colour,
                    markerfacecolor=colour if is_clear else "white",
                )  # fmt: skip
                axis.annotate(
                    item.printed, (item.value, row), (0, 6), textcoords="offset points", ha="center", va="bottom",
                    fontsize=8, color=TEXT, path_effects=[withStroke(linewidth=2.5, foreground="white")],
                )  # fmt: skip
            axis.set_yticks(rows, [item.label for item in panel.estimates], color=TEXT)
            axis.set_ylim(-0.55, len(rows) - 0.25)
            low = min(0.0, *(item.low for item in panel.estimates))
            high = max(0.0, *(item.high for item in panel.estimates))
            room = (high - low) * 0.3 or 1.0
            axis.set_xlim(low - room, high + room)
            axis.grid(visible=False)
            axis.grid(visible=True, axis="x")
            number_axis(axis, horizontal=True)
            axis.spines["bottom"].set_visible(False)
            axis.tick_params(axis="x", length=0)

    return in_both_forms(
        Grid(
            len(panels),
            0.95,
            page_columns=4,
            phone_columns=1,
            left_room=1.0,
            gap=0.2,
            bottom_room=0.24,
            is_row_shared=True,
        ),
        draw,
    )


@dataclass(frozen=True)
class HazardAndCalibration:
    """What the proof on real loans shows.

    Attributes:
        months: months since disbursement.
        hazard: observed monthly default hazard, shares.
        model_hazard: the model's, shares.
        predicted: mean predicted default probability a group, shares.
        observed: observed default share a group.
    """

    months: np.ndarray
    hazard: np.ndarray
    model_hazard: np.ndarray
    predicted: np.ndarray
    observed: np.ndarray


@dataclass(frozen=True)
class ProofLabels:
    """Words inside the proof's figure."""

    hazard_title: str
    hazard_unit: str
    months: str
    peak: str
    observed: str
    model: str
    calibration_title: str
    calibration_unit: str
    predicted: str
    perfect: str


def hazard_and_calibration(proof: HazardAndCalibration, labels: ProofLabels) -> Drawn:
    """The hazard by loan age, and predicted against observed default shares on later years."""

    def draw(figure: Figure, axes: Sequence[Axes], form: Form) -> None:
        left, right = axes
        panel_title(left, labels.hazard_title, labels.hazard_unit)
        observed, model = proof.hazard * 1000, proof.model_hazard * 1000
        top = float(max(observed.max(), model.max()))
        left.fill_between(proof.months, observed, color=INK, alpha=0.12, linewidth=0)
        left.plot(proof.months, observed, color=INK)
        left.plot(proof.months[: len(model)], model, color=SERIES[1], linestyle=REFERENCE, linewidth=1.4)
        peak = int(np.argmax(observed))
        left.plot(proof.months[peak], observed[peak], "o", color=INK, markersize=5)
        left.annotate(
            labels.peak, (proof.months[peak], observed[peak]), (0, 6), textcoords="offset points", ha="center",
            va="bottom", fontsize=8, color=INK,
        )  # fmt: skip
        ends = spread([float(observed[-1]), float(model[-1])], top * 1.22 * 10.5 / (1.75 * 72), 0, top)
        for place, text, colour in zip(ends, (labels.observed, labels.model), (INK, SERIES[1]), strict=True):
            left.annotate(
                text, (1, place), (5, 0), xycoords=("axes fraction", "data"), textcoords="offset points", ha="left",
                va="center_baseline", fontsize=8, color=colour, annotation_clip=False,
            )  # fmt: skip
        left.set_xlim(0, float(proof.months[-1]))
        left.set_ylim(0, top * 1.22)
        left.set_xticks(list(range(0, int(proof.months[-1]) + 1, 24)))
        left.set_xlabel(labels.months, loc="left", labelpad=2)
        number_axis(left)
        panel_title(right, labels.calibration_title, labels.calibration_unit)
        reach = float(max(proof.predicted.max(), proof.observed.max())) * 108
        right.plot([0, reach], [0, reach], color=GREY, linestyle=REFERENCE, linewidth=1.2)
        right.annotate(
            labels.perfect, (reach * 0.97, reach * 0.97), (-4, 4), textcoords="offset points", ha="right", va="bottom",
            fontsize=8, color=QUIET,
        )  # fmt: skip
        right.plot(proof.predicted * 100, proof.observed * 100, "o", color=INK, markersize=5)
        right.set_xlim(0, reach)
        right.set_ylim(0, reach)
        right.set_xlabel(labels.predicted, loc="left", labelpad=2)
        number_axis(right)
        number_axis(right, horizontal=True)

    return in_both_forms(Grid(2, 1.75, page_columns=2, phone_columns=1, right_room=0.56), draw)


@dataclass(frozen=True)
class Grid:
    """How the equal panels of a figure are laid out.

    Attributes:
        panels: how many.
        height: of one panel's plotting area, inches.
        page_columns, phone_columns: most panels side by side.
        left_room: inches left of a plotting area, for tick labels.
        right_room: inches right of it, for labels at line ends.
        last_room: the same for the last column only.
        gap: inches between panels whose rows are shared.
        bottom_room: inches below a plotting area, for the horizontal axis.
        is_row_shared: whether panels side by side have the same rows or scale, so that only the first is labelled.
    """

    panels: int
    height: float
    page_columns: int
    phone_columns: int
    left_room: float = 0.34
    right_room: float = 0.12
    last_room: float = 0.0
    gap: float = 0.0
    bottom_room: float = 0.42
    is_row_shared: bool = False


TOP_ROOM = 0.46
"""Inches above a plotting area, for its title and unit."""


def in_both_forms(grid: Grid, draw: Callable[[Figure, Sequence[Axes], Form], None]) -> Drawn:
    """A figure for a page and for a phone.

    Args:
        grid: where the panels lie.
        draw: fills the panels; called once for each form.
    """
    forms = []
    for form in (PAGE, PHONE):
        columns = min(grid.phone_columns if form.is_narrow else grid.page_columns, grid.panels)
        rows = -(-grid.panels // columns)
        row_height = grid.height + TOP_ROOM + grid.bottom_room
        size = (form.width, rows * row_height)
        lefts = [grid.left_room] + [grid.gap if grid.is_row_shared else grid.left_room] * (columns - 1)
        right = 0.06 if grid.is_row_shared else grid.right_room
        width = (form.width - sum(lefts) - columns * right - grid.last_room) / columns
        figure = Figure(figsize=size)
        with house_style():
            axes = []
            for index in range(grid.panels):
                row, column = divmod(index, columns)
                x = sum(lefts[: column + 1]) + column * (width + right)
                y = size[1] - (row + 1) * row_height + grid.bottom_room
                box = (x / size[0], y / size[1], width / size[0], grid.height / size[1])
                axes.append(figure.add_axes(box))
            draw(figure, axes, form)
            if grid.is_row_shared:
                for index, axis in enumerate(axes):
                    if index % columns:
                        axis.tick_params(axis="y", labelleft=False)
        forms.append(svg_of(figure))
    return Drawn(*forms)


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
