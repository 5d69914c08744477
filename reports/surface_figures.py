"""A surface over two terms, as lines of equal value: where it pays, where it is lost, and where the offer stands."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

from reports.numbers import number
from reports.panels import HALO, Drawn, Grid, in_both_forms
from reports.style import INK, SERIES, Form, number_axis, panel_title

DEPTH = LinearSegmentedColormap.from_list("depth", ["#f3f6f8", "#c3d0da", "#7f98ab", "#3d5f7c"])
"""From nothing to much: lightness alone tells the order, so that it prints in grey."""


@dataclass(frozen=True)
class Surface:
    """A number over two others.

    Attributes:
        title, unit: what is drawn.
        x, y: the grid.
        z: the number, shape (y, x).
        x_label, y_label: of the axes.
        lines: values at which a line is drawn and labelled.
        bold: the line that matters; None = none.
        mark: where the offer stands, x and y.
        mark_label: what is written there.
        suffix: behind the labels of lines.
        is_log: whether both axes grow by factors; ticks stand at the grid then.
        x_ticks, y_ticks: where ticks stand when `is_log`.
    """

    title: str
    unit: str
    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    x_label: str
    y_label: str
    lines: Sequence[float]
    bold: float | None
    mark: tuple[float, float]
    mark_label: str
    suffix: str = "%"
    is_log: bool = False
    x_ticks: Sequence[float] = ()
    y_ticks: Sequence[float] = ()


def surface(shown: Surface) -> Drawn:
    """Depth of colour and labelled lines of equal value; the bold line parts what pays from what does not."""

    def draw(figure: Figure, axes: Sequence[Axes], form: Form) -> None:
        del figure, form
        (axis,) = axes
        panel_title(axis, shown.title, shown.unit)
        low, high = float(shown.z.min()), float(shown.z.max())
        inner = sorted(value for value in shown.lines if low < value < high)
        steps = [low - 1e-9, *inner, high + 1e-9]
        if len(steps) > 2:
            axis.contourf(shown.x, shown.y, shown.z, levels=steps, cmap=DEPTH)
            drawn = axis.contour(
                shown.x, shown.y, shown.z, levels=inner, colors="white",
                linewidths=[2.6 if value == shown.bold else 0.9 for value in inner], linestyles="solid",
            )  # fmt: skip
            labels = axis.clabel(
                drawn, fmt=lambda value: f"{number(value, 0)}{shown.suffix}", fontsize=8, inline=True, colors=INK,
                manual=_label_places(shown, inner),
            )  # fmt: skip
            for label in labels:
                label.set_path_effects(HALO)
                label.set_fontweight("semibold" if shown.bold is not None and label.get_text()[0] == "0" else "normal")
        else:
            axis.set_facecolor(DEPTH(0.3))
        axis.plot(
            *shown.mark, marker="o", markersize=7, color=SERIES[1], markeredgecolor="white", zorder=6, clip_on=False
        )
        is_right = _reached(shown, 0) > 0.6
        axis.annotate(
            shown.mark_label, shown.mark, (-7 if is_right else 7, 6), textcoords="offset points",
            ha="right" if is_right else "left", va="bottom", fontsize=8, color=SERIES[1], path_effects=HALO, zorder=7,
        )  # fmt: skip
        axis.set_xlabel(shown.x_label, loc="left", labelpad=2)
        axis.set_ylabel(shown.y_label, loc="bottom", labelpad=3)
        axis.grid(visible=False)
        if shown.is_log:
            axis.set_xscale("log")
            axis.set_yscale("log")
            for side, ticks in ((axis.xaxis, shown.x_ticks), (axis.yaxis, shown.y_ticks)):
                side.set_major_locator(FixedLocator(list(ticks)))
                side.set_minor_locator(NullLocator())
                side.set_minor_formatter(NullFormatter())
                side.set_major_formatter(FuncFormatter(lambda value, _: number(value, 0)))
        else:
            number_axis(axis)
            number_axis(axis, horizontal=True)
        axis.set_xlim(float(shown.x[0]), float(shown.x[-1]))
        axis.set_ylim(float(shown.y[0]), float(shown.y[-1]))

    return in_both_forms(Grid(1, 2.1, page_columns=1, phone_columns=1, left_room=0.58, right_room=0.16), draw)


def _label_places(shown: Surface, values: Sequence[float]) -> list[tuple[float, float]]:
    """Where each line is labelled: where it crosses the row above the middle, else the column right of the middle."""
    row, column = round(len(shown.y) * 0.72), round(len(shown.x) * 0.55)
    places = []
    for value in values:
        for along, line, is_row in ((shown.x, shown.z[row], True), (shown.y, shown.z[:, column], False)):
            crossed = np.flatnonzero(np.diff(np.sign(line - value)))
            if len(crossed):
                at = float(along[crossed[0]])
                places.append((at, float(shown.y[row])) if is_row else (float(shown.x[column]), at))
                break
    return places


def _reached(shown: Surface, axis: int) -> float:
    grid = np.log(shown.x) if shown.is_log else shown.x
    place = np.log(shown.mark[axis]) if shown.is_log else shown.mark[axis]
    return float((place - grid[0]) / (grid[-1] - grid[0]))
