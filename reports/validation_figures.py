"""The figures of the model-validation report: data and labels in, a picture for a page and one for a phone out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import AbstractPathEffect, withStroke

from reports.figures import Drawn, Grid, in_both_forms
from reports.style import DASHES, GREY, INK, QUIET, REFERENCE, SERIES, TEXT, Form, number_axis, panel_title, spread

HALO: list[AbstractPathEffect] = [withStroke(linewidth=2.5, foreground="white")]


@dataclass(frozen=True)
class Curve:
    """One curve.

    Attributes:
        label: printed beside it.
        x, y: its points, in the axis units.
        mark: a point on it to be marked, None for none.
        mark_label: printed at the mark.
    """

    label: str
    x: np.ndarray
    y: np.ndarray
    mark: int | None = None
    mark_label: str = ""


@dataclass(frozen=True)
class CurvePanel:
    """Curves in a unit square, with the line of no skill.

    Attributes:
        title, unit, x_label: words.
        curves: one to three.
        no_skill: the diagonal ("diagonal"), or the height of a flat line.
        label_at: where on the horizontal axis each curve is named, a share of it, one a curve.
        labels_below: whether names stand below their curves.
    """

    title: str
    unit: str
    x_label: str
    curves: Sequence[Curve]
    no_skill: str | float = "diagonal"
    label_at: Sequence[float] = (0.45, 0.6, 0.75)
    labels_below: bool = True


def curve_panels(panels: Sequence[CurvePanel]) -> Drawn:
    """ROC and precision-recall curves side by side, in per cent."""

    def draw(figure: Figure, axes: Sequence[Axes], form: Form) -> None:
        del figure, form
        for axis, panel in zip(axes, panels, strict=True):
            panel_title(axis, panel.title, panel.unit)
            if panel.no_skill == "diagonal":
                axis.plot([0, 100], [0, 100], color=GREY, linestyle=REFERENCE, linewidth=1.2)
            else:
                axis.axhline(float(panel.no_skill), color=GREY, linestyle=REFERENCE, linewidth=1.2)
            for position, curve in enumerate(panel.curves):
                colour = SERIES[position]
                axis.plot(curve.x, curve.y, color=colour, linestyle=DASHES[position], zorder=3)
                if curve.mark is not None:
                    x, y = curve.x[curve.mark], curve.y[curve.mark]
                    foot = x if panel.no_skill == "diagonal" else y
                    axis.plot([x, x], [foot, y], color=colour, linewidth=0.9, zorder=2)
                    axis.plot(x, y, "o", color=colour, markersize=4.5, zorder=4)
                    height = foot + (y - foot) * (0.2 + 0.55 * position)  # labels of neighbours at different heights
                    axis.annotate(
                        curve.mark_label, (x, height), (5, 0), textcoords="offset points", ha="left",
                        va="center_baseline", fontsize=8, color=colour, path_effects=HALO,
                    )  # fmt: skip
            _name_curves(axis, panel)
            axis.set_xlim(0, 100)
            axis.set_ylim(0, 103)
            axis.set_xlabel(panel.x_label, loc="left", labelpad=2)
            number_axis(axis)
            number_axis(axis, horizontal=True)

    return in_both_forms(Grid(len(panels), 1.8, page_columns=2, phone_columns=1, right_room=0.16), draw)


def _name_curves(axis: Axes, panel: CurvePanel) -> None:
    """A legend without a box, in the corner that the curves leave free."""
    low = panel.labels_below
    for position, curve in enumerate(panel.curves):
        y = 0.05 + 0.075 * (len(panel.curves) - 1 - position) if low else 0.95 - 0.075 * position
        axis.plot(
            [0.56, 0.64], [y + 0.012, y + 0.012], transform=axis.transAxes, color=SERIES[position],
            linestyle=DASHES[position], linewidth=1.6,
        )  # fmt: skip
        axis.annotate(
            curve.label, (0.66, y), xycoords="axes fraction", ha="left", va="baseline", fontsize=8,
            color=SERIES[position], path_effects=HALO,
        )  # fmt: skip


@dataclass(frozen=True)
class LevelPanel:
    """Forecasts and what happened, group by group, in per cent.

    Attributes:
        title: what the groups are.
        forecast, observed, low, high: one value a group.
    """

    title: str
    forecast: np.ndarray
    observed: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class LevelLabels:
    """Words inside a figure of levels."""

    unit: str
    forecast: str
    as_forecast: str


def levels(panels: Sequence[LevelPanel], labels: LevelLabels) -> Drawn:
    """Observed default rates with their intervals against forecasts; on the line all is as forecast."""
    reach = max(float(max(panel.high.max(), panel.forecast.max())) for panel in panels) * 1.06

    def draw(figure: Figure, axes: Sequence[Axes], form: Form) -> None:
        del figure, form
        for position, (axis, panel) in enumerate(zip(axes, panels, strict=True)):
            panel_title(axis, panel.title, labels.unit if position == 0 else " ")
            axis.plot([0, reach], [0, reach], color=GREY, linestyle=REFERENCE, linewidth=1.2)
            is_inside = (panel.low <= panel.forecast) & (panel.forecast <= panel.high)
            for inside, colour in ((True, INK), (False, SERIES[1])):
                own = is_inside == inside
                axis.vlines(panel.forecast[own], panel.low[own], panel.high[own], color=colour, linewidth=2.0)
                axis.plot(
                    panel.forecast[own], panel.observed[own], "o", color=colour, markersize=5,
                    markerfacecolor=colour if inside else "white", markeredgewidth=1.4,
                )  # fmt: skip
            if position == 0:
                axis.plot([0.03, 0.11], [0.93, 0.93], transform=axis.transAxes, color=GREY, linestyle=REFERENCE)
                axis.annotate(
                    labels.as_forecast, (0.13, 0.93), xycoords="axes fraction", ha="left", va="center_baseline",
                    fontsize=8, color=QUIET,
                )  # fmt: skip
            axis.set_xlim(0, reach)
            axis.set_ylim(0, reach)
            axis.set_xlabel(labels.forecast, loc="left", labelpad=2)
            number_axis(axis)
            number_axis(axis, horizontal=True)

    return in_both_forms(Grid(len(panels), 1.8, page_columns=2, phone_columns=1, right_room=0.16), draw)


@dataclass(frozen=True)
class PathPanel:
    """Forecast and outcome over periods.

    Attributes:
        title, unit: words.
        periods: printed, one a group.
        forecast, observed, low, high: one value a period.
    """

    title: str
    unit: str
    periods: Sequence[str]
    forecast: np.ndarray
    observed: np.ndarray
    low: np.ndarray
    high: np.ndarray


def over_periods(panels: Sequence[PathPanel], observed_label: str, forecast_label: str, x_label: str) -> Drawn:
    """Default rates by vintage with their intervals, and the forecast that was made for them."""

    def draw(figure: Figure, axes: Sequence[Axes], form: Form) -> None:
        del figure
        for position, (axis, panel) in enumerate(zip(axes, panels, strict=True)):
            panel_title(axis, panel.title, panel.unit)
            places = np.arange(len(panel.periods))
            if len(places) > 12:
                axis.fill_between(places, panel.low, panel.high, color=INK, alpha=0.16, linewidth=0)
                axis.plot(places, panel.observed, color=INK)
            else:
                axis.vlines(places, panel.low, panel.high, color=INK, linewidth=2.0)
                axis.plot(places, panel.observed, "o", color=INK, markersize=5)
            axis.plot(places, panel.forecast, color=SERIES[1], linestyle=DASHES[1])
            top = float(max(panel.high.max(), panel.forecast.max())) * 1.08
            axis.set_ylim(0, top)
            room = 28 if form.is_narrow or len(panels) > 1 else 56  # letters that the axis has room for
            widest = max(len(str(period)) for period in panel.periods)
            step = max(1, -(-len(places) // (room // (widest + 1))))
            axis.set_xticks(places[::step], [str(period) for period in panel.periods][::step])
            axis.set_xlim(-0.5, len(places) - 0.5)
            axis.set_xlabel(x_label if position == 0 else "", loc="left", labelpad=2)
            number_axis(axis)
            if position == len(panels) - 1:
                ends = spread([float(panel.observed[-1]), float(panel.forecast[-1])], top * 11 / (1.4 * 72), 0, top)
                for place, text, colour in zip(ends, (observed_label, forecast_label), (INK, SERIES[1]), strict=True):
                    axis.annotate(
                        text, (1, place), (5, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
                        ha="left", va="center_baseline", fontsize=8, color=colour, annotation_clip=False,
                    )  # fmt: skip

    return in_both_forms(Grid(len(panels), 1.4, page_columns=2, phone_columns=1, right_room=0.62), draw)


@dataclass(frozen=True)
class Bar:
    """One bar of a shift.

    Attributes:
        label: its name.
        value: its length.
        printed: its size, printed.
    """

    label: str
    value: float
    printed: str


@dataclass(frozen=True)
class BarPanel:
    """Bars lying on their side, held against two limits.

    Attributes:
        title, unit: words.
        bars: top first.
        go, stop: the limits; None without.
    """

    title: str
    unit: str
    bars: Sequence[Bar]
    go: float | None = None
    stop: float | None = None


def bars(panels: Sequence[BarPanel], left_room: float = 1.55) -> Drawn:
    """Shifts as bars: pale within the first limit, dark beyond it, brick beyond the second."""
    rows = max(len(panel.bars) for panel in panels)

    def draw(figure: Figure, axes: Sequence[Axes], form: Form) -> None:
        del figure, form
        for axis, panel in zip(axes, panels, strict=True):
            panel_title(axis, panel.title, panel.unit)
            reach = max([bar.value for bar in panel.bars] + [panel.stop or 0.0]) * 1.22 or 1.0
            for place, bar in enumerate(panel.bars):
                is_stop = panel.stop is not None and bar.value > panel.stop
                is_watch = panel.go is not None and bar.value > panel.go
                colour = SERIES[1] if is_stop else INK if is_watch else "#a9b7c2"
                axis.barh(rows - 1 - place, bar.value, height=0.6, color=colour, linewidth=0, zorder=3)
                axis.annotate(
                    bar.printed, (bar.value, rows - 1 - place), (3.5, 0), textcoords="offset points", ha="left",
                    va="center_baseline", fontsize=8, color=TEXT,
                )  # fmt: skip
            for limit in (panel.go, panel.stop):
                if limit is not None:
                    axis.axvline(limit, color=GREY, linestyle=REFERENCE, linewidth=1.1, zorder=2)
            axis.set_yticks([rows - 1 - place for place in range(len(panel.bars))], [bar.label for bar in panel.bars])
            axis.tick_params(axis="y", labelcolor=TEXT)
            axis.set_ylim(-0.6, rows - 0.4)
            axis.set_xlim(0, reach)
            axis.grid(visible=False)
            number_axis(axis, horizontal=True)
            axis.spines["bottom"].set_visible(False)
            axis.tick_params(axis="x", length=0)

    height = max(0.9, 0.19 * rows)
    grid = Grid(len(panels), height, page_columns=2, phone_columns=1, left_room=left_room, bottom_room=0.28)
    return in_both_forms(grid, draw)


@dataclass(frozen=True)
class Dot:
    """A value with its interval.

    Attributes:
        label: its name.
        value, low, high: in the axis unit.
        printed: the value, printed.
        is_marked: whether it is the one that the report is about.
    """

    label: str
    value: float
    low: float
    high: float
    printed: str
    is_marked: bool = True


@dataclass(frozen=True)
class DotPanel:
    """Values with intervals, one below another.

    Attributes:
        title, unit: words.
        dots: top first.
        reference: a line to hold them against; None without.
    """

    title: str
    unit: str
    dots: Sequence[Dot]
    reference: float | None = None


def dots(panels: Sequence[DotPanel], left_room: float = 1.15, is_row_shared: bool = True) -> Drawn:
    """Points with intervals; hollow where the interval holds the reference, so that only clear ones are dark."""
    rows = max(len(panel.dots) for panel in panels)

    def draw(figure: Figure, axes: Sequence[Axes], form: Form) -> None:
        del figure, form
        for axis, panel in zip(axes, panels, strict=True):
            panel_title(axis, panel.title, panel.unit)
            if panel.reference is not None:
                axis.axvline(panel.reference, color=GREY, linewidth=0.9, zorder=1)
            low = min([dot.low for dot in panel.dots] + ([panel.reference] if panel.reference is not None else []))
            high = max([dot.high for dot in panel.dots] + ([panel.reference] if panel.reference is not None else []))
            room = (high - low) * 0.22 or 1.0
            for place, dot in enumerate(panel.dots):
                row = rows - 1 - place
                is_clear = panel.reference is None or dot.low > panel.reference or dot.high < panel.reference
                colour = INK if dot.is_marked else GREY
                axis.plot([dot.low, dot.high], [row, row], color=colour, linewidth=2.2, solid_capstyle="butt")
                axis.plot(
                    dot.value, row, marker="o", markersize=5.5, markeredgewidth=1.4, color=colour,
                    markerfacecolor=colour if is_clear else "white",
                )  # fmt: skip
                axis.annotate(
                    dot.printed, (dot.value, row), (0, 5), textcoords="offset points", ha="center", va="bottom",
                    fontsize=8, color=TEXT, path_effects=HALO,
                )  # fmt: skip
            axis.set_yticks([rows - 1 - place for place in range(len(panel.dots))], [dot.label for dot in panel.dots])
            axis.tick_params(axis="y", labelcolor=TEXT)
            axis.set_ylim(-0.5, rows - 0.3)
            axis.set_xlim(low - room, high + room)
            axis.grid(visible=False)
            axis.grid(visible=True, axis="x")
            number_axis(axis, horizontal=True)
            axis.spines["bottom"].set_visible(False)
            axis.tick_params(axis="x", length=0)

    grid = Grid(
        len(panels), max(0.8, 0.29 * rows), page_columns=2, phone_columns=1, left_room=left_room, bottom_room=0.28,
        gap=0.25, is_row_shared=is_row_shared,
    )  # fmt: skip
    return in_both_forms(grid, draw)
