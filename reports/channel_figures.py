"""Pictures of losses by where they came from and by who bears them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from reports.panels import Drawn, Grid, in_both_forms
from reports.style import HAIR, QUIET, SERIES, TEXT, Form, number_axis, panel_title


@dataclass(frozen=True)
class ChannelRow:
    """One channel of a scenario, or all of them together.

    Attributes:
        label: its name.
        parts: what each payer bears of it, in the order of the payers.
        printed: their sum, printed.
        is_total: whether it is the sum of all channels, drawn from zero.
    """

    label: str
    parts: Sequence[float]
    printed: str
    is_total: bool = False


def channel_waterfalls(panels: Sequence[tuple[str, Sequence[ChannelRow]]], unit: str, payers: Sequence[str]) -> Drawn:
    """How a loss is made up, channel upon channel to the total, each bar parted by who bears it.

    Args:
        panels: title and rows, the total last; all panels have the same rows.
        unit: of the amounts.
        payers: names of the parts of a bar.
    """
    reach = max((sum(row.parts) for _, rows in panels for row in rows), default=0.0)
    lowest = min(0.0, *(at for _, rows in panels for at in _running(rows)))
    scale = max(reach - lowest, 1e-9)

    def draw(figure: Figure, axes: Sequence[Axes], form: Form) -> None:
        for position, (axis, (title, rows)) in enumerate(zip(axes, panels, strict=True)):
            panel_title(axis, title, unit if position == 0 else " ")
            heights = np.arange(len(rows))[::-1]
            for height, row, start in zip(heights, rows, _running(rows), strict=True):
                at = 0.0 if row.is_total else start
                for part, colour in zip(row.parts, SERIES, strict=False):
                    axis.barh(height, part, left=at, height=0.62, color=colour, linewidth=0)
                    at += part
                is_right = at < lowest + 0.7 * scale
                is_inside = not is_right and (row.is_total or sum(row.parts) > 0.3 * scale)
                place, shift, side = (at, 3.5, "left") if is_right else (at if is_inside else start, -4.0, "right")
                axis.annotate(
                    row.printed, (place, height), (shift, 0), textcoords="offset points", ha=side,
                    va="center_baseline", fontsize=8, color="white" if is_inside else TEXT,
                )  # fmt: skip
                if not row.is_total:
                    axis.plot([at, at], [height, height - 1], color=HAIR, linewidth=0.8, zorder=0)
            axis.set_yticks(heights, [row.label for row in rows], color=TEXT)
            axis.set_ylim(-0.6, len(rows) - 0.4)
            axis.set_xlim(lowest * 1.15, reach * 1.15 if reach > 0 else 1.0)
            axis.grid(visible=False)
            number_axis(axis, horizontal=True, bins=2)  # ends of neighbours stand close: 1,500 | 0
            axis.spines["bottom"].set_visible(False)
            axis.tick_params(axis="x", length=0, labelcolor=QUIET)
            axis.grid(visible=True, axis="x")
        marks = [Patch(color=colour) for colour in SERIES[: len(payers)]]
        figure.legend(
            marks, list(payers), loc="lower left", ncols=len(payers), frameon=False, fontsize=8, labelcolor=QUIET,
            handlelength=0.9, handleheight=0.9, columnspacing=1.4, borderpad=0.0, bbox_to_anchor=(0.0, 0.0),
        )  # fmt: skip

    grid = Grid(
        len(panels), 1.75, page_columns=4, phone_columns=1, left_room=1.2, gap=0.2, bottom_room=0.46, is_row_shared=True
    )
    return in_both_forms(grid, draw)


def _running(rows: Sequence[ChannelRow]) -> list[float]:
    """Where each row begins: where the one above ended."""
    starts, at = [], 0.0
    for row in rows:
        starts.append(at)
        at += 0.0 if row.is_total else sum(row.parts)
    return starts
