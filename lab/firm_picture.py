"""A firm's time in one picture: its money, what it owes against its limit, its arrears, the events marked."""

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import date2num
from matplotlib.figure import Figure

from lab.firm_story import Happened, days_past_due, own_rows, rows
from reports.style import DASHES, GREY, HAIR, INK, QUIET, SERIES, house_style, number_axis, panel_title, svg_of
from sim.books.kept_events import KeptRun

FEN_A_WAN = 1_000_000
RECEIPT_DAYS = 30
SIZE = (7.4, 5.6)
NUMBERS_ROOM = 9.0
"""Points between the first panel and its title: the numbers of the turns stand there."""
DIGIT_WIDTH = 4.5
"""Points that a digit of such a number takes, at most."""


def drawn(run: KeptRun, firm: str, told: Sequence[Happened], last: date) -> Figure:
    """The picture of a firm."""
    own = own_rows(run.tables, firm)
    seen = run.tables["resin_prices"]["date"].min()
    first = max(min((one.day for one in told), default=last), last if pd.isna(seen) else seen.date())
    days = pd.date_range(first, last, freq="D")
    figure = Figure(figsize=SIZE)
    with house_style():
        axes = [figure.add_axes((0.09, bottom, 0.76, 0.2)) for bottom in (0.69, 0.39, 0.09)]
        _money(axes[0], run, own, firm, days)
        _owed(axes[1], own, days)
        _late(axes[2], own, days)
        for axis in axes:
            axis.set_xlim(date2num(days[0]), date2num(days[-1]))
            number_axis(axis, bins=3)
        _marks(axes, told)
        for axis in axes[:-1]:
            axis.tick_params(axis="x", labelbottom=False)
    return figure


def svg(figure: Figure) -> str:
    """The picture as SVG text, the same bytes each time."""
    return svg_of(figure)


def png(figure: Figure) -> bytes:
    """The picture as a PNG file."""
    import io

    held = io.BytesIO()
    with house_style():
        figure.savefig(held, format="png", dpi=160, metadata={"Software": None})
    return held.getvalue()


def _money(axis: Axes, run: KeptRun, own: Mapping[str, pd.DataFrame], firm: str, days: pd.DatetimeIndex) -> None:
    """Money that came in within thirty days, as the platform sees it; true cash where it was kept."""
    paid = own["invoices"].dropna(subset=["paid_on"])
    received = paid.groupby("paid_on")["paid_fen"].sum().reindex(days, fill_value=0).rolling(RECEIPT_DAYS).sum()
    panel_title(axis, "Money", "RMB 10,000", room=NUMBERS_ROOM)
    axis.plot(days, received.astype(float) / FEN_A_WAN, color=SERIES[1], linestyle=DASHES[1])
    _beside(axis, "received in\n30 days (seen)", SERIES[1], 0.72)
    cash = run.hidden.get("cash")
    if cash is not None:
        mine = cash[cash["firm_id"] == firm]
        axis.plot(mine["date"], mine["cash_fen"] / FEN_A_WAN, color=INK)
        _beside(axis, "true cash\n(not visible)", INK, 0.28)
    axis.set_ylim(bottom=0)


def _owed(axis: Axes, own: Mapping[str, pd.DataFrame], days: pd.DatetimeIndex) -> None:
    """Principal drawn and not paid back, and the last limit for purchases that was told."""
    panel_title(axis, "Owed and limit", "RMB 10,000")
    axis.fill_between(days, 0, exposure_fen(own, days) / FEN_A_WAN, color=INK, alpha=0.25, linewidth=0, step="post")
    _beside(axis, "owed", INK, 0.28)
    offers = own["decisions"][own["decisions"]["limit_fen"] > 0]
    offers = offers[offers["product"] == "purchase_loan"].drop_duplicates("decided_on", keep="last")
    if len(offers):
        limit = offers.set_index("decided_on")["limit_fen"].astype(float).reindex(days, method="ffill") / FEN_A_WAN
        axis.step(days, limit, color=SERIES[2], where="post")
        _beside(axis, "limit for\npurchases", SERIES[2], 0.72)
    axis.set_ylim(bottom=0)


def exposure_fen(own: Mapping[str, pd.DataFrame], days: pd.DatetimeIndex) -> pd.Series:
    """Principal drawn less what was paid on it, at most the principal, until a facility is closed."""
    owed = pd.Series(0.0, index=days)
    payments = own["payments"].dropna(subset=["paid_on"])
    for row in rows(own["facilities"]):
        left = pd.Series(0.0, index=days)
        end = row.closed_on if row.status in ("repaid", "restructured") and pd.notna(row.closed_on) else None
        left[days >= row.opened_on] = float(row.principal_fen)
        paid = payments[payments["facility_id"] == row.facility_id].groupby("paid_on")["paid_fen"].sum()
        left = (left - paid.reindex(days, fill_value=0).cumsum()).clip(lower=0.0)
        if end is not None:
            left[days >= end] = 0.0
        owed += left
    return owed


def _late(axis: Axes, own: Mapping[str, pd.DataFrame], days: pd.DatetimeIndex) -> None:
    late = days_past_due(own, days[-1].date()).reindex(days, fill_value=0)
    panel_title(axis, "Days past due", "days")
    axis.plot(days, late.astype(float), color=SERIES[1])
    for mark in (30, 90):
        if late.max() >= mark:
            axis.axhline(mark, color=GREY, linewidth=0.8, linestyle=DASHES[2])
    axis.set_ylim(0, max(float(late.max()) * 1.1, 10.0))


def _marks(axes: Sequence[Axes], told: Sequence[Happened]) -> None:
    """Turning points as lines through all panels, numbered; hidden ones dashed."""
    turns = [one for one in told if one.weight == 2]
    for one in turns:
        for axis in axes:
            axis.axvline(
                date2num(one.day), color=QUIET if one.is_hidden else HAIR, linewidth=1.0, zorder=0,
                linestyle=DASHES[2] if one.is_hidden else DASHES[0],
            )  # fmt: skip
    first, last = axes[0].get_xlim()
    a_day = axes[0].get_position().width * SIZE[0] * 72 / (last - first)
    for place, label in numbered([(date2num(one.day) - first) * a_day for one in turns]):
        axes[0].annotate(
            label, (first + place / a_day, 1), (0, 1), xycoords=("data", "axes fraction"),
            textcoords="offset points", ha="center", va="bottom", fontsize=7.5, color=QUIET,
        )  # fmt: skip


def numbered(places: Sequence[float]) -> list[tuple[float, str]]:
    """Numbers of turns from 1 on, with their places; those that would touch stand as one: `2–4`.

    Args:
        places: of the turns from the left, points, in order.
    """
    groups: list[tuple[int, int]] = []
    for number in range(len(places)):
        group = (number, number)
        while groups and _edges(group, places)[0] <= _edges(groups[-1], places)[1] + DIGIT_WIDTH / 2:
            group = (groups.pop()[0], number)
        groups.append(group)
    return [((places[first] + places[last]) / 2, _label(first, last)) for first, last in groups]


def _label(first: int, last: int) -> str:
    return f"{first + 1}" if first == last else f"{first + 1}–{last + 1}"


def _edges(group: tuple[int, int], places: Sequence[float]) -> tuple[float, float]:
    centre, half = (places[group[0]] + places[group[1]]) / 2, len(_label(*group)) * DIGIT_WIDTH / 2
    return centre - half, centre + half


def _beside(axis: Axes, label: str, colour: str, height: float) -> None:
    axis.annotate(
        label, (1, height), (5, 0), xycoords="axes fraction", textcoords="offset points", ha="left",
        va="center_baseline", fontsize=8, color=colour, annotation_clip=False,
    )  # fmt: skip
