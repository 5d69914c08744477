"""Equal panels laid out twice: one SVG for a page, one for a phone.

No figure decides what it means: findings and captions are written by the notebook from computed values.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import AbstractPathEffect, withStroke

from reports.style import PAGE, PHONE, Form, house_style, svg_of

HALO: list[AbstractPathEffect] = [withStroke(linewidth=2.5, foreground="white")]
"""White around letters that stand on lines or bars."""
TOP_ROOM = 0.46
"""Inches above a plotting area, for its title and unit."""


@dataclass(frozen=True)
class Drawn:
    """A figure in its two forms, as SVG text."""

    svg: str
    svg_narrow: str


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
