"""The figures of the product memo: parties, rate windows, grades, curves; a page and a phone each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.numbers import number
from reports.panels import HALO, Drawn, Grid, in_both_forms
from reports.style import DASHES, GREY, INK, QUIET, REFERENCE, SERIES, TEXT, Form, number_axis, panel_title, spread

PALE = "#a9b7c2"


@dataclass(frozen=True)
class PartyFlows:
    """What one party nets on each day on which it pays or is paid.

    Attributes:
        title: the party.
        days: days since the start.
        amounts: received (+) or paid (-), in the axis unit.
    """

    title: str
    days: Sequence[int]
    amounts: Sequence[float]


def party_bars(parties: Sequence[PartyFlows], unit: str, days_label: str) -> Drawn:
    """Net payments of each party by day on a common scale: up is received, down is paid."""
    reach = max(abs(amount) for party in parties for amount in party.amounts)
    last = max(max(party.days) for party in parties)

    def draw(figure: Figure, axes: Sequence[Axes], form: Form) -> None:
        del figure, form
        for position, (axis, party) in enumerate(zip(axes, parties, strict=True)):
            panel_title(axis, party.title, unit if position == 0 else " ")
            axis.axhline(0, color=GREY, linewidth=0.9, zorder=1)
            colours = [INK if amount > 0 else SERIES[1] for amount in party.amounts]
            width = max(last, 1) / max(45.0, 2.2 * len(party.days))
            axis.bar(party.days, party.amounts, width=width, color=colours, linewidth=0, zorder=3)
            if len(party.days) <= 4:
                for day, amount in zip(party.days, party.amounts, strict=True):
                    axis.annotate(
                        number(amount, 0 if abs(amount) >= 99.95 else 1, signed=True), (day, amount),
                        (0, 3 if amount > 0 else -3), textcoords="offset points",
                        ha="left" if day <= last * 0.1 else "right" if day >= last * 0.9 else "center",
                        va="bottom" if amount > 0 else "top", fontsize=8, color=TEXT, path_effects=HALO,
                    )  # fmt: skip
            axis.set_xlim(-last * 0.04, last * 1.04)
            axis.set_ylim(-reach * 1.35, reach * 1.35)
            axis.set_xlabel(days_label if position == 0 else "", loc="left", labelpad=2)
            number_axis(axis)
            number_axis(axis, horizontal=True)

    return in_both_forms(Grid(len(parties), 1.05, page_columns=2, phone_columns=1, left_room=0.5, right_room=0.2), draw)


@dataclass(frozen=True)
class RateWindow:
    """What a rate may be in one legal shape, in per cent a year.

    Attributes:
        label: wrapper and lender, on two lines.
        required: what it must at least be to pay.
        cap: what it may at most be.
        printed: both, printed, or that there is no room.
    """

    label: str
    required: float
    cap: float
    printed: str


@dataclass(frozen=True)
class WindowLabels:
    """Words inside the figure of rate windows."""

    title: str
    unit: str
    offered: str


def rate_windows(windows: Sequence[RateWindow], offered: float, labels: WindowLabels) -> Drawn:
    """For each legal shape the room between the rate that pays and the cap, and where the offer stands."""
    reach = max(offered, *(max(window.required, window.cap) for window in windows)) * 1.08

    def draw(figure: Figure, axes: Sequence[Axes], form: Form) -> None:
        del figure, form
        (axis,) = axes
        panel_title(axis, labels.title, labels.unit)
        rows = np.arange(len(windows))[::-1]
        for row, window in zip(rows, windows, strict=True):
            has_room = window.required <= window.cap
            low, high = sorted((window.required, window.cap))
            axis.barh(
                row, high - low, left=low, height=0.34, color=PALE if has_room else "white",
                edgecolor=PALE if has_room else SERIES[1], hatch="" if has_room else "////", linewidth=0.8, zorder=2,
            )  # fmt: skip
            axis.plot([window.cap] * 2, [row - 0.3, row + 0.3], color=INK, linewidth=2.2, zorder=4)
            axis.plot(window.required, row, "o", color=INK, markerfacecolor="white", markersize=5.5, zorder=5)
            axis.annotate(
                window.printed, (1, row), (0, -9.5), xycoords=("axes fraction", "data"), textcoords="offset points",
                ha="right", va="top", fontsize=7.6, color=QUIET if has_room else SERIES[1], zorder=6,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
            )  # fmt: skip
        axis.axvline(offered, color=SERIES[1], linewidth=1.4, linestyle=REFERENCE, zorder=3)
        axis.annotate(
            labels.offered, (offered, -1.0), (-4, 0), textcoords="offset points", ha="right", va="center", fontsize=8,
            color=SERIES[1], path_effects=HALO,
        )  # fmt: skip
        axis.set_yticks(rows, [window.label for window in windows], color=TEXT)
        axis.set_ylim(-1.3, len(windows) - 0.45)
        axis.set_xlim(0, reach)
        axis.grid(visible=False)
        axis.grid(visible=True, axis="x")
        number_axis(axis, horizontal=True)
        axis.spines["bottom"].set_visible(False)
        axis.tick_params(axis="x", length=0)

    grid = Grid(1, 0.46 * len(windows) + 0.4, page_columns=1, phone_columns=1, left_room=1.35, bottom_room=0.3)
    return in_both_forms(grid, draw)


@dataclass(frozen=True)
class GradeBar:
    """A number for one grade.

    Attributes:
        label: the grade, with its PD on a second line.
        value: in per cent.
        printed: the value, printed.
        is_enough: whether it reaches the reference.
        is_here: whether the memo's client stands here.
    """

    label: str
    value: float
    printed: str
    is_enough: bool
    is_here: bool


def grade_bars(
    bars: Sequence[GradeBar], reference: float, reference_label: str, title: str, unit: str, floor: float
) -> Drawn:
    """A number for each grade of the master scale against the value that is wanted; bars are cut at `floor`."""

    def draw(figure: Figure, axes: Sequence[Axes], form: Form) -> None:
        del figure
        (axis,) = axes
        panel_title(axis, title, unit)
        places = np.arange(len(bars))
        top = max(reference, *(bar.value for bar in bars))
        low = max(floor, min(0.0, *(bar.value for bar in bars)))
        axis.axhline(0, color=GREY, linewidth=0.9, zorder=1)
        for place, bar in zip(places, bars, strict=True):
            colour = INK if bar.is_enough else SERIES[1] if bar.value < 0 else PALE
            axis.bar(place, max(bar.value, low), width=0.62, color=colour, linewidth=0, zorder=2)
            is_up = bar.value >= 0
            axis.annotate(
                bar.printed, (place, bar.value if is_up else max(bar.value, low)), (0, 3 if is_up else -3),
                textcoords="offset points", ha="center", va="bottom" if is_up else "top",
                fontsize=7 if form.is_narrow else 8, color=TEXT, fontweight="semibold" if bar.is_here else "normal",
                path_effects=HALO, zorder=5,
            )  # fmt: skip
        axis.axhline(reference, color=SERIES[1], linestyle=REFERENCE, linewidth=1.4, zorder=4)
        axis.annotate(
            reference_label, (1, reference), (0, 3), xycoords=("axes fraction", "data"), textcoords="offset points",
            ha="right", va="bottom", fontsize=8, color=SERIES[1], path_effects=HALO, zorder=6,
        )  # fmt: skip
        axis.set_xticks(places, [bar.label for bar in bars], color=TEXT)
        for tick, bar in zip(axis.get_xticklabels(), bars, strict=True):
            tick.set_fontsize(7 if form.is_narrow else 8)
            tick.set_fontweight("semibold" if bar.is_here else "normal")
        axis.set_ylim(low - (top - low) * 0.12 * (low < 0), top + (top - low) * 0.16)
        axis.tick_params(axis="x", length=0)
        number_axis(axis)

    return in_both_forms(Grid(1, 1.75, page_columns=1, phone_columns=1, left_room=0.42, bottom_room=0.5), draw)


@dataclass(frozen=True)
class Curve:
    """A labelled curve; values in the panel's unit."""

    label: str
    values: np.ndarray


@dataclass(frozen=True)
class CurvePanel:
    """Curves over the same horizontal values."""

    title: str
    unit: str
    curves: Sequence[Curve]


def curve_panels(
    panels: Sequence[CurvePanel], x: np.ndarray, x_label: str, mark: float, mark_label: str, best: float | None = None
) -> Drawn:
    """Curves side by side over one quantity, with a line where the offer stands and a dot at the best value."""

    def draw(figure: Figure, axes: Sequence[Axes], form: Form) -> None:
        del figure, form
        for position, (axis, panel) in enumerate(zip(axes, panels, strict=True)):
            panel_title(axis, panel.title, panel.unit)
            for index, curve in enumerate(panel.curves):
                axis.plot(x, curve.values, color=SERIES[index], linestyle=DASHES[index], zorder=3)
            values = np.concatenate([curve.values for curve in panel.curves])
            low, high = min(0.0, float(values.min())), max(float(values.max()), 1e-9)
            axis.set_ylim(low - (high - low) * 0.04 * (low < 0), high + (high - low) * 0.12)
            ends = spread(
                [float(curve.values[-1]) for curve in panel.curves], (high - low) * 11 / (1.3 * 72), low, high
            )
            for index, (curve, end) in enumerate(zip(panel.curves, ends, strict=True)):
                if curve.label:
                    axis.annotate(
                        curve.label, (1, end), (5, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
                        ha="left", va="center_baseline", fontsize=8, color=SERIES[index], annotation_clip=False,
                    )  # fmt: skip
            if best is not None and position == 0:
                found = float(np.interp(best, x, panel.curves[0].values))
                axis.plot(best, found, "o", color=INK, markersize=5, zorder=5)
            axis.axvline(mark, color=SERIES[1], linestyle=REFERENCE, linewidth=1.2, zorder=2)
            if position == 0:
                axis.annotate(
                    mark_label, (mark, 1), (3, -1), xycoords=("data", "axes fraction"), textcoords="offset points",
                    ha="left", va="top", fontsize=8, color=SERIES[1], path_effects=HALO, zorder=6,
                )  # fmt: skip
            if low < 0:
                axis.axhline(0, color=GREY, linewidth=0.9, zorder=1)
            axis.set_xlim(float(x[0]), float(x[-1]))
            axis.set_xlabel(x_label if position == 0 else "", loc="left", labelpad=2)
            number_axis(axis)
            number_axis(axis, horizontal=True)

    grid = Grid(len(panels), 1.3, page_columns=3, phone_columns=1, left_room=0.44, right_room=0.08, last_room=0.56)
    return in_both_forms(grid, draw)
