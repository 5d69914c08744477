"""Many clients' lines moved on one day: `credit.limit_state` and `credit.limit_review`, column by column.

A market reviews all its clients on the same days. Here every field of a state and of an observation is a column of
whole numbers, a row a client, and what `credit.limit_review.step` does with one line is done with all of them: the same
thresholds, the same order, the same rounding. Why a line moved only the rule itself tells.
"""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit.contracts.arithmetic import MAX_AMOUNT_FEN, MILLION, divide_half_even
from credit.errors import BadInput, Problem
from credit.limit_state import LimitState, Marks, ReviewPolicy
from credit.limits import DAYS_OF_A_MONTH

Column = NDArray[np.int64]
Mask = NDArray[np.bool_]

NEVER = -(10**9)
"""A day that has not come."""
UNKNOWN = -1
"""Purchases that nobody has told."""
LARGEST_CAP_FEN = 10**11
"""Of one product, so that no product of whole numbers passes 2**62."""
EMPTY = np.iinfo(np.int64).max
"""Day and value of a place without a mark: never too old, never lower than a value."""


@dataclass(frozen=True, slots=True)
class ObservationColumns:
    """What is known of some clients on a day; fields as in `credit.limit_state.Observation`.

    A field is a column, or one number where all agree.

    Attributes:
        all_monthly_purchases_fen: UNKNOWN where the whole is not known.

    Raises:
        BadInput: a number is below 0, a PD above one, or an amount so large that a product would pass 64 bits.
    """

    day: int
    pd_ppm: Column
    monthly_purchases_fen: Column
    all_monthly_purchases_fen: Column | int = UNKNOWN
    limits_elsewhere_fen: Column | int = 0
    used_fen: Column | int = 0
    dpd_days: Column | int = 0
    warnings: Column | int = 0
    has_red_flag: Mask | bool = False
    price_change_ppm: Column | int = 0

    def __post_init__(self) -> None:
        lowest = {"all_monthly_purchases_fen": UNKNOWN}
        most = {"pd_ppm": MILLION, "dpd_days": EMPTY, "warnings": EMPTY}
        wrong = []
        for name in ("pd_ppm", "monthly_purchases_fen", "used_fen", "limits_elsewhere_fen", "dpd_days", "warnings",
                     "all_monthly_purchases_fen"):  # fmt: skip
            numbers, low, high = np.asarray(getattr(self, name)), lowest.get(name, 0), most.get(name, MAX_AMOUNT_FEN)
            if numbers.size and not low <= numbers.min() <= numbers.max() <= high:
                wrong.append(Problem(f"must be from {low} to {high}", field=name))
        if wrong:
            raise BadInput(wrong)

    def of(self, rows: Column | Mask) -> "ObservationColumns":
        """What is known of some of them."""
        told = {one.name: getattr(self, one.name) for one in fields(self)}
        some: dict[str, Any] = {name: one[rows] for name, one in told.items() if isinstance(one, np.ndarray)}
        return replace(self, **some)


class MarkColumns:
    """The sliding windows of many lines, `credit.limit_state.Marks` a row: days and values rise from the left.

    Attributes:
        days: days of the marks, EMPTY behind the last one.
        values: the lowest values since then, EMPTY behind the last one.
    """

    __slots__ = ("days", "values")

    def __init__(self) -> None:
        self.days: Column = np.empty((0, 1), dtype=np.int64)
        self.values: Column = np.empty((0, 1), dtype=np.int64)

    def grow(self, rows: int) -> None:
        """Room for further lines."""
        more = np.full((rows - len(self.days), self.days.shape[1]), EMPTY)
        self.days, self.values = np.concatenate((self.days, more)), np.concatenate((self.values, more))

    def note(self, rows: Column, day: int, value: Column, window_days: int) -> None:
        """Windows moved on to a day with their values: what is older, or no lower than a later value, is forgotten."""
        days, values = self.days[rows], self.values[rows]
        is_old = days < day - window_days
        first = is_old.sum(axis=1)[:, None]  # what is too old stands in front, what is no lower behind
        kept = (~is_old & (values < value[:, None])).sum(axis=1)[:, None]
        if kept.size and kept.max() == self.days.shape[1]:
            wider = ((0, 0), (0, 1))
            self.days, self.values, days, values = (
                np.pad(one, wider, constant_values=EMPTY) for one in (self.days, self.values, days, values)
            )
        places = np.arange(self.days.shape[1])
        source = np.minimum(places + first, len(places) - 1)
        is_kept, is_new = places < kept, places == kept
        for column, told, new in ((self.days, days, day), (self.values, values, value[:, None])):
            moved = np.take_along_axis(told, source, axis=1)
            column[rows] = np.where(is_kept, moved, np.where(is_new, new, EMPTY))

    def lowest(self, rows: Column) -> Column:
        """The lowest value of each window."""
        found: Column = self.values[rows, 0]
        return found

    def of(self, row: int) -> Marks:
        """The window of one line."""
        days, values = self.days[row].tolist(), self.values[row].tolist()
        return tuple((day, value) for day, value in zip(days, values, strict=True) if day != EMPTY)


class LimitColumns:
    """The lines of many clients; fields as in `credit.limit_state.LimitState`.

    Attributes:
        is_open: whether a client has a line at all; the other columns mean nothing where it has none.
        unclean_on: NEVER where it never was.
    """

    __slots__ = (
        "held_fen", "is_open", "is_suspended", "limit_fen", "next_review_on", "seen_on", "supported_days",
        "supported_fen", "term_days", "unclean_on",
    )  # fmt: skip

    def __init__(self) -> None:
        nobody = np.empty(0, dtype=np.int64)
        self.limit_fen, self.term_days, self.seen_on, self.next_review_on, self.unclean_on = (nobody,) * 5
        self.is_open, self.is_suspended = (np.empty(0, dtype=bool),) * 2
        self.supported_fen, self.supported_days, self.held_fen = MarkColumns(), MarkColumns(), MarkColumns()

    def __len__(self) -> int:
        return len(self.is_open)

    def grow(self, rows: int) -> None:
        """Room for further clients, who have no line yet."""
        if rows == len(self):
            return
        more = np.zeros(rows - len(self), dtype=np.int64)
        for name in ("limit_fen", "term_days", "seen_on", "next_review_on", "unclean_on", "is_open", "is_suspended"):
            column = getattr(self, name)
            setattr(self, name, np.concatenate((column, more.astype(column.dtype))))
        for marks in (self.supported_fen, self.supported_days, self.held_fen):
            marks.grow(rows)

    def of(self, row: int) -> LimitState | None:
        """The line of one client; None where it has none."""
        if not self.is_open[row]:
            return None
        unclean_on = int(self.unclean_on[row])
        return LimitState(
            limit_fen=int(self.limit_fen[row]),
            term_days=int(self.term_days[row]),
            seen_on=int(self.seen_on[row]),
            next_review_on=int(self.next_review_on[row]),
            is_suspended=bool(self.is_suspended[row]),
            unclean_on=None if unclean_on == NEVER else unclean_on,
            supported_fen=self.supported_fen.of(row),
            supported_days=self.supported_days.of(row),
            held_fen=self.held_fen.of(row),
        )

    def open_lines(self, rows: Column, seen: ObservationColumns, policy: ReviewPolicy) -> None:
        """New clients' lines, as `credit.limit_review.open_line` opens each.

        Args:
            rows: clients without a line.
            seen: what is known of them, in the order of `rows`.
            policy: how lines move.
        """
        limit, term = _supported(seen, policy, _cap_fen(seen, policy))
        is_frozen = _is_frozen(seen, policy)
        self.is_open[rows] = True
        self.limit_fen[rows] = np.where(is_frozen, 0, limit * policy.entry_ppm // MILLION)
        self.term_days[rows] = np.where(is_frozen, 0, term)
        self.seen_on[rows] = seen.day
        self.next_review_on[rows] = seen.day + policy.review_days
        self.is_suspended[rows] = is_frozen
        self.unclean_on[rows] = np.where(is_frozen | (seen.dpd_days > policy.clean_dpd_days), seen.day, NEVER)
        self.supported_fen.note(rows, seen.day, limit, policy.dwell_days)
        self.supported_days.note(rows, seen.day, term, policy.dwell_days)

    def step(self, rows: Column, seen: ObservationColumns, policy: ReviewPolicy) -> None:
        """Lines after a day's facts, as `credit.limit_review.step` moves each: where nothing triggers, they stay.

        Args:
            rows: clients with a line.
            seen: what is known of them, in the order of `rows`.
            policy: how lines move.

        Raises:
            BadInput: the day lies before the last one of a line.
        """
        if (self.seen_on[rows] > seen.day).any():
            last = int(self.seen_on[rows].max())
            raise BadInput(Problem(f"must not lie before the last day seen, {last}", field="day", value=seen.day))
        self.seen_on[rows] = seen.day
        is_triggered = self._is_triggered(rows, seen, policy)
        rows, seen = rows[is_triggered], seen.of(is_triggered)
        is_suspended = self._suspension(rows, seen, policy)
        cap, day = _cap_fen(seen, policy), seen.day
        most, longest = _allowed(seen, policy, cap)
        rise_fen, rise_days = _supported(seen, policy, cap)
        limit, term, next_review_on = self.limit_fen[rows], self.term_days[rows], self.next_review_on[rows]
        self.supported_fen.note(rows, day, rise_fen, policy.dwell_days)
        self.supported_days.note(rows, day, rise_days, policy.dwell_days)
        self.held_fen.note(rows, day, limit, policy.rise_window_days - 1)
        is_due = day >= next_review_on
        reviews = (day - next_review_on) // policy.review_days + 1
        self.next_review_on[rows] = next_review_on + np.where(is_due, reviews * policy.review_days, 0)
        wanted = self.supported_fen.lowest(rows)
        bound = self.held_fen.lowest(rows) * (MILLION + policy.rise_maximum_ppm) // MILLION
        bound = np.maximum(bound, wanted * policy.entry_ppm // MILLION)  # as a new client would begin
        limit = np.where(is_due, np.maximum(limit, np.minimum(wanted, bound)), limit)
        term = np.where(is_due, np.maximum(term, self.supported_days.lowest(rows)), term)
        limit = np.where(is_suspended, 0, np.minimum(limit, most))
        term = np.where(is_suspended, 0, np.minimum(term, longest))
        self.limit_fen[rows] = np.where(term > 0, limit, 0)
        self.term_days[rows] = np.where(limit > 0, term, 0)

    def _is_triggered(self, rows: Column, seen: ObservationColumns, policy: ReviewPolicy) -> Mask:
        """Whether each line must be looked at today."""
        limit = self.limit_fen[rows]
        is_used_up = (seen.used_fen > 0) & (seen.used_fen * MILLION >= policy.utilisation_trigger_ppm * limit)
        is_warned = (seen.warnings > 0) | (seen.dpd_days > 0) | seen.has_red_flag
        is_moved = np.abs(seen.price_change_ppm) >= policy.price_move_ppm
        is_capped = limit > _cap_fen(seen, policy)
        found: Mask = (seen.day >= self.next_review_on[rows]) | is_warned | is_used_up | is_moved | is_capped
        return found

    def _suspension(self, rows: Column, seen: ObservationColumns, policy: ReviewPolicy) -> Mask:
        """Whether each line is frozen after today; since when its client is clean is noted, too."""
        is_frozen = _is_frozen(seen, policy)
        is_unclean = is_frozen | (seen.dpd_days > policy.clean_dpd_days)
        unclean_on = np.where(is_unclean, seen.day, self.unclean_on[rows])
        is_waiting = self.is_suspended[rows] & (seen.day - unclean_on < policy.reentry_days)
        self.unclean_on[rows], self.is_suspended[rows] = unclean_on, is_frozen | is_waiting
        found: Mask = self.is_suspended[rows]
        return found


def _cap_fen(seen: ObservationColumns, policy: ReviewPolicy) -> Column:
    whole = np.asarray(seen.all_monthly_purchases_fen)
    room = np.minimum(policy.total_cap_fen, np.where(whole == UNKNOWN, EMPTY, policy.purchases_cap_months * whole))
    return np.clip(room - seen.limits_elsewhere_fen, 0, policy.product_cap_fen)


def _is_frozen(seen: ObservationColumns, policy: ReviewPolicy) -> Mask:
    return np.asarray((seen.dpd_days >= policy.suspension_dpd_days) | seen.has_red_flag)


def _allowed(seen: ObservationColumns, policy: ReviewPolicy, cap: Column) -> tuple[Column, Column]:
    slack = divide_half_even(seen.monthly_purchases_fen * (MILLION + policy.purchase_slack_ppm), MILLION)
    return _granted(seen, policy, cap, slack, MILLION)


def _supported(seen: ObservationColumns, policy: ReviewPolicy, cap: Column) -> tuple[Column, Column]:
    whole = np.asarray(seen.all_monthly_purchases_fen)
    wallet = np.minimum(divide_half_even(seen.monthly_purchases_fen * MILLION, np.maximum(whole, 1)), MILLION)
    is_stranger = (whole > 0) & (wallet < policy.wallet_minimum_ppm)
    is_kept_down = (seen.warnings > 0) | seen.has_red_flag | is_stranger
    limit, term = _granted(seen, policy, cap, seen.monthly_purchases_fen, policy.rise_pd_ppm)
    return np.where(is_kept_down, 0, limit), np.where(is_kept_down, 0, term)


def _granted(
    seen: ObservationColumns, policy: ReviewPolicy, cap: Column, purchases_fen: Column, bound_ppm: int
) -> tuple[Column, Column]:
    """Limit and term of the first band whose bound, times `bound_ppm`, holds the PD; cuts and caps applied."""
    if policy.product_cap_fen > LARGEST_CAP_FEN:
        told = Problem(f"must be at most {LARGEST_CAP_FEN}", field="product_cap_fen", value=policy.product_cap_fen)
        raise BadInput(told)
    bands, month = [band for band in policy.bands if band.term_days], DAYS_OF_A_MONTH * MILLION
    bounds = np.array([band.pd_ppm_up_to * bound_ppm for band in bands], dtype=np.int64)
    terms = np.array([*(band.term_days for band in bands), 0], dtype=np.int64)
    parts = np.array([*(band.term_days * band.limit_share_ppm for band in bands), 0], dtype=np.int64)
    # whoever buys more is held by the cap: so much is enough, and no product passes 64 bits
    enough_fen = (policy.product_cap_fen + 1) * month // np.maximum(parts, 1) + 1
    band = np.searchsorted(bounds, seen.pd_ppm * MILLION, side="left")
    limit = np.minimum(divide_half_even(np.minimum(purchases_fen, enough_fen[band]) * parts[band], month), cap)
    fallen_to_ppm = np.clip(MILLION + np.asarray(seen.price_change_ppm), 0, MILLION)
    limit = limit * fallen_to_ppm // MILLION  # the same tonnes need less money
    is_cut = np.asarray(seen.warnings >= policy.warnings_for_cut)
    return np.where(is_cut, limit * (MILLION - policy.warning_cut_ppm) // MILLION, limit), terms[band]
