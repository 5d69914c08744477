"""Pictures of amounts: waterfalls whose steps add up, estimates with their intervals."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.panels import HALO, Drawn, Grid, in_both_forms
from reports.style import GREY, HAIR, INK, QUIET, SERIES, TEXT, Form, number_axis, panel_title


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


def point_with_interval(
    axis: Axes, row: float, spread: tuple[float, float, float], printed: str, colour: str, is_filled: bool
) -> None:
    """A point on its interval (low, value, high) with its number above; hollow unless it is filled."""
    low, value, high = spread
    axis.plot([low, high], [row, row], color=colour, linewidth=2.2, solid_capstyle="butt")
    axis.plot(
        value, row, marker="o", markersize=6, markeredgewidth=1.4, color=colour,
        markerfacecolor=colour if is_filled else "white",
    )  # fmt: skip
    axis.annotate(
        printed, (value, row), (0, 6), textcoords="offset points", ha="center", va="bottom", fontsize=8, color=TEXT,
        path_effects=HALO,
    )  # fmt: skip


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
                point_with_interval(axis, row, (item.low, item.value, item.high), item.printed, colour, is_clear)
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
