"""The house style of every chart: quiet axes, few colours that keep their order in grey, labels beside the lines."""

import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from credit.files import PROJECT
from reports.numbers import number

FONTS = PROJECT / "reports" / "fonts"
FAMILIES = ["Lab Sans", "Noto Sans CJK SC"]

INK = "#16324a"
TEXT = "#33424f"
QUIET = "#6b7884"
HAIR = "#d9dfe4"
GREY = "#949da5"

SERIES = ("#16324a", "#b4532a", "#3f9a8a", "#8a6fb0", "#c59a2d")
"""Dark blue, brick, teal, violet, ochre: each lighter than the one before, so that they differ in grey too."""

DASHES = ("solid", (0, (5, 1.6)), (0, (1.2, 1.2)), (0, (7, 1.5, 1.5, 1.5)), (0, (3, 1, 1, 1, 1, 1)))
REFERENCE = (0, (2.2, 1.8))

RULES = {
    "font.family": FAMILIES,
    "font.size": 8.5,
    "font.weight": "normal",
    "text.color": TEXT,
    "axes.edgecolor": HAIR,
    "axes.labelcolor": QUIET,
    "axes.labelsize": 8,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.unicode_minus": True,
    "grid.color": HAIR,
    "grid.linewidth": 0.6,
    "xtick.color": HAIR,
    "xtick.labelcolor": QUIET,
    "xtick.labelsize": 8,
    "xtick.major.size": 3,
    "xtick.major.width": 0.8,
    "ytick.color": HAIR,
    "ytick.labelcolor": QUIET,
    "ytick.labelsize": 8,
    "ytick.major.size": 0,
    "lines.linewidth": 1.6,
    "lines.solid_capstyle": "round",
    "figure.facecolor": "white",  # dark letters on nothing vanish wherever a page is dark
    "axes.facecolor": "none",
    "svg.fonttype": "path",
    "svg.hashsalt": "creditlab",
}


@dataclass(frozen=True)
class Form:
    """What a figure is drawn for.

    Attributes:
        width: inches; the figure is printed at this very size, so that its letters have the size they claim.
        is_narrow: whether labels must share the width with their marks.
    """

    width: float
    is_narrow: bool


PAGE = Form(width=6.46, is_narrow=False)
"""The text width of the printed page: 164 mm."""

PHONE = Form(width=3.7, is_narrow=True)


@cache
def _register_fonts() -> None:
    for path in sorted(FONTS.glob("*.otf")):
        font_manager.fontManager.addfont(str(path))
    # The Chinese font has no semibold and takes its bold instead, as meant.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)


@contextmanager
def house_style() -> Iterator[None]:
    """Draw with the house's fonts and rules; whatever stood before is restored."""
    _register_fonts()
    with mpl.rc_context(RULES):  # type: ignore[arg-type]  # its stubs want literal keys
        yield


def svg_of(figure: Figure) -> str:
    """A figure as SVG text: no date, no machine, the same bytes each time; letters are outlines."""
    buffer = io.StringIO()
    with house_style():
        keep_tick_labels_inside(figure)
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = buffer.getvalue()
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)
    return re.sub(r'(?<= d=")[^"]+', _shortened, text)


def keep_tick_labels_inside(figure: Figure) -> None:
    """Turn the labels of horizontal axes that stick out of the figure inwards: the last one would lose its end."""
    figure.draw_without_rendering()
    edge = figure.bbox.x1
    for axes in figure.axes:
        for label in axes.get_xticklabels():
            box = label.get_window_extent()
            if not label.get_text() or not label.get_visible() or not box.width:
                continue
            if box.x1 > edge:
                label.set_horizontalalignment("right")
            elif box.x0 < 0:
                label.set_horizontalalignment("left")


def _shortened(path: re.Match[str]) -> str:
    """A path's coordinates to a hundredth of a point: nobody sees more, and the file halves."""
    return re.sub(r"-?\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}", path[0])


def panel_title(axes: Axes, title: str, unit: str = "", room: float = 0.0) -> None:
    """A panel's name, with its unit beneath in quiet letters, both flush with the left edge of the panel.

    Args:
        axes: the panel.
        title: its name.
        unit: of what it shows.
        room: left free between panel and letters, points.
    """
    height = room + (19 if unit else 7)
    axes.annotate(
        title, (0, 1), (0, height), xycoords="axes fraction", textcoords="offset points", ha="left", va="baseline",
        fontsize=9.5, fontweight="semibold", color=INK, annotation_clip=False,
    )  # fmt: skip
    if unit:
        axes.annotate(
            unit, (0, 1), (0, room + 7), xycoords="axes fraction", textcoords="offset points", ha="left", va="baseline",
            fontsize=8, color=QUIET, annotation_clip=False,
        )  # fmt: skip


def day_axis(axes: Axes, days: int, label: str, ticks: int = 4) -> None:
    """Days on the horizontal axis, with quarters where the run is long enough."""
    step = next((step for step in (5, 10, 15, 30, 45, 60, 90, 180, 365) if days / step <= ticks + 0.6), 365)
    axes.set_xlim(0, max(days - 1, 1))
    axes.set_xticks(list(range(0, days, step)))
    axes.set_xlabel(label, loc="left", labelpad=2)


def number_axis(axes: Axes, decimals: int | None = None, horizontal: bool = False, bins: int = 4) -> None:
    """Few round ticks with thousands separators and a true minus."""
    axis = axes.xaxis if horizontal else axes.yaxis
    axis.set_major_locator(MaxNLocator(nbins=bins, steps=[1, 2, 2.5, 5, 10]))

    def printed(value: float, _: int) -> str:
        if decimals is not None:
            return number(value, decimals)
        ticks = axis.get_majorticklocs()
        step = abs(ticks[1] - ticks[0]) if len(ticks) > 1 else 1.0
        needed = next((d for d in range(4) if abs(round(step, d) - step) < 1e-9), 4)
        return number(value, needed)

    axis.set_major_formatter(FuncFormatter(printed))


def spread(positions: list[float], gap: float, low: float, high: float) -> list[float]:
    """Move labels apart to at least `gap`, as little as possible, within `low` and `high`, keeping their order."""
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    placed = [min(max(positions[i], low), high) for i in order]
    for _ in range(200):
        is_settled = True
        for lower in range(len(placed) - 1):
            lack = gap - (placed[lower + 1] - placed[lower])
            if lack > 1e-9:
                is_settled = False
                placed[lower] -= lack / 2
                placed[lower + 1] += lack / 2
        placed[0] = max(placed[0], low) if placed else 0.0
        placed[-1] = min(placed[-1], high)
        if is_settled:
            break
    moved = [0.0] * len(positions)
    for rank, index in enumerate(order):
        moved[index] = placed[rank]
    return moved
