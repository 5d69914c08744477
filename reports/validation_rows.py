"""What stands one below another in the model-validation report: shifts as bars, values with intervals as dots."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.bar_figures import point_with_interval
from reports.panels import Drawn, Grid, in_both_forms
from reports.style import GREY, INK, REFERENCE, SERIES, TEXT, Form, number_axis, panel_title


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
                point_with_interval(axis, row, (dot.low, dot.value, dot.high), dot.printed, colour, is_clear)
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
