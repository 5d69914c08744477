"""A client's limit and tenor over time: one pure step from state and observation to the next state.

Two thresholds stand behind every line: what today's facts *allow* and, stricter, what they would *support a rise* to.
A limit is cut at once to what is allowed. It rises only at a calendar review, only to what every review of the dwell
period would have supported, and by at most `rise_maximum` above its lowest level in `rise_window`. Noise between the
two thresholds moves nothing, and after a cut no rise follows before the dwell has passed.

Riskier never gets more also holds along a path: of two clients opened on one day and alike but for their risk, the one
that was at no time safer has at no time more. That is why events other than the calendar can cut but never raise.

Whole fen, parts per million and day numbers, so that a market may call exactly this.
"""

from credit.contracts.arithmetic import MILLION, divide_half_even
from credit.errors import BadInput, Problem
from credit.limit_state import LimitState, Marks, Observation, ReviewPolicy
from credit.limits import purchase_limit_fen

MEANINGS = {
    "opened": "line opened",
    "calendar": "the regular review is due",
    "early_warning": "an early warning was raised",
    "utilisation": "the line is nearly used up",
    "past_due": "money is past due",
    "price_move": "the price of resin moved",
    "total_exposure": "limits over all products exceed the cap",
    "suspended": "frozen: past due too long or a red flag",
    "still_suspended": "not clean for long enough",
    "re_entered": "clean for long enough: the line may open again",
    "cut": "what today's facts allow is less",
    "cut_by_warning": "early warnings took their share off the limit",
    "cut_by_cap": "the cap over all products leaves less",
    "term_shortened": "today's facts allow a shorter term",
    "term_lengthened": "a longer term was affordable throughout the dwell",
    "raised": "more was affordable throughout the dwell",
    "rise_bounded": "the rise stops at the most that a quarter allows",
}
"""Every reason code that `step` gives, in words."""


def triggers(state: LimitState, seen: Observation, policy: ReviewPolicy) -> tuple[str, ...]:
    """Why the line must be looked at today; empty when it need not be."""
    return tuple(_triggers(state, seen, policy, cap_fen(seen, policy)))


def _triggers(state: LimitState, seen: Observation, policy: ReviewPolicy, cap: int) -> list[str]:
    told = []
    if seen.day >= state.next_review_on:
        told.append("calendar")
    if seen.warnings > 0 or seen.has_red_flag:
        told.append("early_warning")
    if seen.used_fen > 0 and seen.used_fen * MILLION >= policy.utilisation_trigger_ppm * state.limit_fen:
        told.append("utilisation")
    if seen.dpd_days > 0:
        told.append("past_due")
    if abs(seen.price_change_ppm) >= policy.price_move_ppm:
        told.append("price_move")
    if state.limit_fen > cap:
        told.append("total_exposure")
    return told


def cap_fen(seen: Observation, policy: ReviewPolicy) -> int:
    """What the caps on one product, on one obligor and on its debt against its purchases leave for this line."""
    room = policy.total_cap_fen
    if seen.all_monthly_purchases_fen is not None:
        room = min(room, policy.purchases_cap_months * seen.all_monthly_purchases_fen)
    return max(min(policy.product_cap_fen, room - seen.limits_elsewhere_fen), 0)


def wallet_ppm(seen: Observation) -> int | None:
    """The platform's part of the resin that the firm buys; None while the whole is not known, at most 100 %."""
    whole = seen.all_monthly_purchases_fen
    return None if not whole else min(divide_half_even(seen.monthly_purchases_fen * MILLION, whole), MILLION)


def allowed(seen: Observation, policy: ReviewPolicy) -> tuple[int, int]:
    """The limit in fen and the term in days that a client may keep today."""
    return _allowed(seen, policy, cap_fen(seen, policy))


def _allowed(seen: Observation, policy: ReviewPolicy, cap: int) -> tuple[int, int]:
    slack = divide_half_even(seen.monthly_purchases_fen * (MILLION + policy.purchase_slack_ppm), MILLION)
    return _granted(seen, policy, cap, slack, MILLION)


def supported(seen: Observation, policy: ReviewPolicy) -> tuple[int, int]:
    """The limit and the term to which today's facts would support a rise; nothing under any warning."""
    return _supported(seen, policy, cap_fen(seen, policy))


def _supported(seen: Observation, policy: ReviewPolicy, cap: int) -> tuple[int, int]:
    wallet = wallet_ppm(seen)
    if seen.warnings or seen.has_red_flag or (wallet is not None and wallet < policy.wallet_minimum_ppm):
        return 0, 0
    return _granted(seen, policy, cap, seen.monthly_purchases_fen, policy.rise_pd_ppm)


def open_line(seen: Observation, policy: ReviewPolicy) -> tuple[LimitState, tuple[str, ...]]:
    """A new client's line: the entry share of what is supported today; nothing where it would be suspended at once."""
    limit, term = supported(seen, policy)
    is_frozen = _is_frozen(seen, policy)
    state = LimitState(
        limit_fen=0 if is_frozen else limit * policy.entry_ppm // MILLION,
        term_days=0 if is_frozen else term,
        seen_on=seen.day,
        next_review_on=seen.day + policy.review_days,
        is_suspended=is_frozen,
        unclean_on=seen.day if is_frozen or seen.dpd_days > policy.clean_dpd_days else None,
        supported_fen=((seen.day, limit),),
        supported_days=((seen.day, term),),
    )
    return state, ("suspended",) if is_frozen else ("opened",)


def step(state: LimitState, seen: Observation, policy: ReviewPolicy) -> tuple[LimitState, tuple[str, ...]]:
    """The line after a day's facts, and why it moved.

    Call it on any day, as often as wanted: without a trigger the line stays as it is.

    Args:
        state: the line so far.
        seen: what is known today.
        policy: how lines move.

    Returns:
        The next state, and reason codes of MEANINGS: the triggers first, then what they led to; empty without a
        trigger.

    Raises:
        BadInput: the day lies before the last one.
    """
    if seen.day < state.seen_on:
        raise BadInput(Problem(f"must not lie before the last day seen, {state.seen_on}", field="day", value=seen.day))
    cap = cap_fen(seen, policy)
    reasons = _triggers(state, seen, policy, cap)
    if not reasons:
        return state._replace(seen_on=seen.day), ()
    is_suspended, unclean_on = _suspension(state, seen, policy, reasons)
    most, longest = _allowed(seen, policy, cap)
    rise_fen, rise_days = _supported(seen, policy, cap)
    supported_fen = _marked(state.supported_fen, seen.day, rise_fen, policy.dwell_days)
    supported_days = _marked(state.supported_days, seen.day, rise_days, policy.dwell_days)
    held_fen = _marked(state.held_fen, seen.day, state.limit_fen, policy.rise_window_days - 1)
    limit, term, next_review_on = state.limit_fen, state.term_days, state.next_review_on
    if seen.day >= next_review_on:
        next_review_on += ((seen.day - next_review_on) // policy.review_days + 1) * policy.review_days
        wanted = supported_fen[0][1]
        bound = held_fen[0][1] * (MILLION + policy.rise_maximum_ppm) // MILLION
        bound = max(bound, wanted * policy.entry_ppm // MILLION)  # who has nothing begins as a new client would
        if wanted > bound > limit and not is_suspended:
            reasons.append("rise_bounded")
        limit, term = max(limit, min(wanted, bound)), max(term, supported_days[0][1])
    limit, term = (0, 0) if is_suspended else (min(limit, most), min(term, longest))
    moved = LimitState(
        limit_fen=limit if term else 0,
        term_days=term if limit else 0,
        seen_on=seen.day,
        next_review_on=next_review_on,
        is_suspended=is_suspended,
        unclean_on=unclean_on,
        supported_fen=supported_fen,
        supported_days=supported_days,
        held_fen=held_fen,
    )
    return moved, (*reasons, *_moves(state, moved, seen, policy))


def share_out(cap: int, wishes: tuple[int, ...]) -> tuple[int, ...]:
    """Limits of one obligor's products under its total cap: the first wish first, each up to what is left, in fen.

    Raises:
        BadInput: the cap or a wish is negative.
    """
    if cap < 0 or any(wish < 0 for wish in wishes):
        raise BadInput(Problem("must be >= 0", field="cap" if cap < 0 else "wishes"))
    given: list[int] = []
    for wish in wishes:
        given.append(min(wish, cap - sum(given)))
    return tuple(given)


def _granted(seen: Observation, policy: ReviewPolicy, cap: int, purchases_fen: int, bound_ppm: int) -> tuple[int, int]:
    """Limit and term of the first band whose bound, times `bound_ppm`, holds the PD; cuts and caps applied."""
    pd = seen.pd_ppm * MILLION
    for band in policy.bands:
        if pd <= band.pd_ppm_up_to * bound_ppm and band.term_days:
            limit = purchase_limit_fen(purchases_fen, band.term_days, band.limit_share_ppm, cap)
            if seen.price_change_ppm < 0:  # the same tonnes need less money
                limit = limit * max(MILLION + seen.price_change_ppm, 0) // MILLION
            if seen.warnings >= policy.warnings_for_cut:
                limit = limit * (MILLION - policy.warning_cut_ppm) // MILLION
            return limit, band.term_days
    return 0, 0


def _is_frozen(seen: Observation, policy: ReviewPolicy) -> bool:
    return seen.dpd_days >= policy.suspension_dpd_days or seen.has_red_flag


def _suspension(
    state: LimitState, seen: Observation, policy: ReviewPolicy, reasons: list[str]
) -> tuple[bool, int | None]:
    """Whether the line is frozen after today, and since when the client is clean; says why in `reasons`."""
    if _is_frozen(seen, policy):
        reasons.append("suspended" if not state.is_suspended else "still_suspended")
        return True, seen.day
    unclean_on = seen.day if seen.dpd_days > policy.clean_dpd_days else state.unclean_on
    if not state.is_suspended:
        return False, unclean_on
    is_clean = unclean_on is None or seen.day - unclean_on >= policy.reentry_days
    reasons.append("re_entered" if is_clean else "still_suspended")
    return not is_clean, unclean_on


def _marked(marks: Marks, day: int, value: int, window_days: int) -> Marks:
    """The window moved on to a day with its value: what is older, or no lower than a later value, is forgotten."""
    since = day - window_days
    return (*[mark for mark in marks if mark[0] >= since and mark[1] < value], (day, value))


def _moves(old: LimitState, new: LimitState, seen: Observation, policy: ReviewPolicy) -> list[str]:
    told: list[str] = []
    if new.limit_fen > old.limit_fen:
        told.append("raised")
    if new.limit_fen < old.limit_fen and not new.is_suspended:
        told.append("cut")
        if seen.warnings >= policy.warnings_for_cut:
            told.append("cut_by_warning")
        if new.limit_fen == cap_fen(seen, policy):
            told.append("cut_by_cap")
    if new.term_days > old.term_days > 0:
        told.append("term_lengthened")
    if 0 < new.term_days < old.term_days:
        told.append("term_shortened")
    return told
