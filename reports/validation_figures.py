"""Curves, levels and paths of the model-validation report: data and labels in, a picture for page and phone out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.panels import HALO, Drawn, Grid, in_both_forms
from reports.style import DASHES, GREY, INK, QUIET, REFERENCE, SERIES, Form, number_axis, panel_title, spread


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
