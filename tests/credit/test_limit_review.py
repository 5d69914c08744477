"""Limits over time: riskier never has more on any day, cuts are immediate, rises bounded, noise moves nothing."""

import json
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit.errors import BadInput
from credit.files import DATA
from credit.limit_choice import burdened_pd, chosen_bands, surface
from credit.limit_review import MEANINGS, cap_fen, open_line, share_out, step, supported, triggers
from credit.limit_rules import LIMIT_REVIEW, limit_rules_schema, load_limit_rules
from credit.limit_state import Observation, ReviewPolicy
from credit.limits import load_purchase_policy
from credit.pricing import LenderCosts

RULES = load_limit_rules()
PURCHASE = load_purchase_policy(DATA / "policies" / "purchase_policy.yaml")
COSTS = LenderCosts.on(date(2026, 1, 1))
BANDS = chosen_bands(PURCHASE, 0.55, COSTS, RULES.choice)
POLICY = ReviewPolicy.of(RULES, BANDS)
MONTH_FEN = 40_000_000  # 400,000 yuan of resin a month

days = st.lists(
    st.tuples(
        st.integers(1, 45),  # days to the next look
        st.integers(0, 70_000),  # PD
        st.integers(0, 70_000),  # more PD of the riskier one
        st.sampled_from([0, 0, 0, 0, 2, 5, 9]),  # days past due of the riskier one
        st.sampled_from([0, 0, 0, 1, 2]),  # its warnings
        st.sampled_from([False] * 9 + [True]),  # its red flag
        st.integers(20_000_000, 60_000_000),  # purchases of both
    ),
    min_size=2,
    max_size=25,
)


def watched(pd_ppm=10_000, start=0, until=400, every=10, **facts):
    """A line looked at every few days under constant facts: (day, state, reasons) of every step."""
    state, reasons = open_line(Observation(start, pd_ppm, MONTH_FEN, **facts), POLICY)
    told = [(start, state, reasons)]
    for day in range(start + every, until, every):
        state, reasons = step(state, Observation(day, pd_ppm, MONTH_FEN, **facts), POLICY)
        told.append((day, state, reasons))
    return told


# --- limit and tenor together


def test_the_chosen_pairs_keep_every_bound_and_nothing_allowed_earns_more():
    told = surface(
        [band.pd_annual_up_to.value for band in PURCHASE.bands],
        [band.day_rate.value * 365 for band in PURCHASE.bands], 0.55, COSTS, RULES.choice,
    )  # fmt: skip
    shares, terms = [one.ppm for one in RULES.choice.limit_shares], [one.value for one in RULES.choice.terms]
    ceiling = (shares[-1], terms[-1])
    for row, (band, policy) in enumerate(zip(BANDS, PURCHASE.bands, strict=True)):
        ceiling = min(ceiling[0], policy.limit_share.ppm), min(ceiling[1], policy.longest_term.value)
        if not band.term_days:
            continue
        at = row, shares.index(band.limit_share_ppm), terms.index(band.term_days)
        assert told.expected_loss[at] <= RULES.choice.expected_loss_maximum.value
        assert told.break_even_pd[at] >= RULES.choice.break_even_cushion.value * told.pd[at]
        rivals = [
            told.profit[row, i, j]
            for i, share in enumerate(shares)
            for j, term in enumerate(terms)
            if told.is_allowed[row, i, j] and share <= ceiling[0] and term <= ceiling[1]
        ]
        assert told.profit[at] == max(rivals) > 0
        ceiling = band.limit_share_ppm, band.term_days


@settings(max_examples=40)
@given(st.floats(0.05, 0.95), st.floats(0.0, 0.9))
def test_bands_never_reward_risk_whatever_is_lost_in_default(lgd, more):
    told = chosen_bands(PURCHASE, lgd, COSTS, RULES.choice)
    for safer, riskier in pairwise(told):
        assert riskier.limit_share_ppm <= safer.limit_share_ppm
        assert riskier.term_days <= safer.term_days
    dearer = chosen_bands(PURCHASE, lgd + (1 - lgd) * more, COSTS, RULES.choice)
    assert sum(band.term_days > 0 for band in dearer) <= sum(band.term_days > 0 for band in told)


def test_a_debt_makes_default_likelier_and_no_debt_leaves_the_pd():
    assert burdened_pd(0.03, 0.0, 0.15) == pytest.approx(0.03, rel=1e-12)
    assert np.all(np.diff(burdened_pd(0.03, np.linspace(0, 3, 9), 0.15)) > 0)


# --- over time


@settings(max_examples=80, deadline=None)
@given(days)
def test_of_two_clients_the_one_that_was_never_safer_never_has_more(path):
    day, pair = 0, None
    for gap, pd, more, dpd, warnings, flag, bought in path:
        day += gap
        safer = Observation(day, pd, bought)
        riskier = Observation(day, pd + more, bought, dpd_days=dpd, warnings=warnings, has_red_flag=flag)
        if pair is None:
            pair = open_line(safer, POLICY)[0], open_line(riskier, POLICY)[0]
        else:
            pair = step(pair[0], safer, POLICY)[0], step(pair[1], riskier, POLICY)[0]
        assert pair[1].limit_fen <= pair[0].limit_fen
        assert pair[1].term_days <= pair[0].term_days


@settings(max_examples=80, deadline=None)
@given(days, st.integers(0, 900_000_000), st.integers(0, 100_000_000))
def test_no_line_exceeds_a_cap_a_rise_or_what_the_facts_allow(path, elsewhere, everything):
    day, state, held = 0, None, []
    for gap, pd, _, dpd, warnings, flag, bought in path:
        day += gap
        seen = Observation(
            day, pd, bought, max(everything, bought), elsewhere, dpd_days=dpd, warnings=warnings, has_red_flag=flag
        )
        if state is None:
            state, reasons = open_line(seen, POLICY)
        else:
            held.append((day, state.limit_fen))  # the level that was held until today
            state, reasons = step(state, seen, POLICY)
            lowest = min(level for until, level in held if until > day - POLICY.rise_window_days)
            newcomer = supported(seen, POLICY)[0] * POLICY.entry_ppm // 1_000_000
            assert state.limit_fen <= max(held[-1][1], lowest * 5 // 4, newcomer)
        assert set(reasons) <= set(MEANINGS)
        assert state.limit_fen <= cap_fen(seen, POLICY)
        assert state.limit_fen == 0 or state.limit_fen + elsewhere <= POLICY.total_cap_fen
        if flag or dpd >= 7:
            assert state.limit_fen == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.81, 1.0), min_size=30, max_size=60), st.integers(0, 4))
def test_noise_between_the_thresholds_moves_nothing(noise, band):
    """A client whose PD wanders between 80 % and 100 % of its band's bound, day by day, keeps what it has."""
    bound = POLICY.bands[band].pd_ppm_up_to
    state = watched(pd_ppm=int(bound * 0.8), until=300)[-1][1]
    before = state.limit_fen, state.term_days
    for number, factor in enumerate(noise):
        state, _ = step(state, Observation(300 + 7 * number, int(bound * factor), MONTH_FEN), POLICY)
        assert (state.limit_fen, state.term_days) == before


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(5_000, 60_000), min_size=40, max_size=60))
def test_after_a_cut_no_rise_follows_before_the_dwell_has_passed(pds):
    """Whatever the PD does, the line turns upwards at most once in a dwell: it cannot flap."""
    state, _ = open_line(Observation(0, 5_000, MONTH_FEN), POLICY)
    cut_on = None
    for number, pd in enumerate(pds, start=1):
        before = state.limit_fen
        state, reasons = step(state, Observation(10 * number, pd, MONTH_FEN), POLICY)
        if state.limit_fen < before and "calendar" in reasons:
            cut_on = 10 * number
        if state.limit_fen > before and cut_on is not None:
            assert 10 * number - cut_on > POLICY.dwell_days


def test_a_line_worked_by_hand():
    """PD 1.5 %: 90 % of 60 days' purchases of 800,000 are 720,000; half at entry, then at most a quarter a quarter."""
    told = watched(pd_ppm=15_000)
    levels = [state.limit_fen for _, state, _ in told]
    assert levels[0] == 36_000_000
    assert max(levels) == levels[-1] == 72_000_000
    first = {level: day for (day, _, _), level in reversed(list(zip(told, levels, strict=True)))}
    assert first == {36_000_000: 0, 45_000_000: 30, 56_250_000: 120, 70_312_500: 210, 72_000_000: 300}


def test_a_cut_is_immediate_and_a_freeze_lasts_until_sixty_clean_days():
    state = watched(pd_ppm=15_000, until=200)[-1][1]
    late, reasons = step(state, Observation(200, 15_000, MONTH_FEN, dpd_days=7), POLICY)
    assert (late.limit_fen, late.is_suspended) == (0, True)
    assert {"past_due", "suspended"} <= set(reasons)
    paid = late
    for day in range(201, 260):
        paid, _ = step(paid, Observation(day, 15_000, MONTH_FEN), POLICY)
        assert paid.limit_fen == 0
    while not paid.limit_fen:
        day += 1
        paid, _ = step(paid, Observation(day, 15_000, MONTH_FEN), POLICY)
    assert 260 <= day <= 260 + POLICY.review_days
    assert paid.limit_fen == 36_000_000  # as a new client


@pytest.mark.parametrize(
    ("facts", "code", "share"),
    [
        ({"warnings": 2}, "cut_by_warning", 0.7),
        ({"warnings": 1}, "early_warning", 1.0),
        ({"price_change_ppm": -250_000}, "price_move", 0.825),  # three quarters of the purchases and their slack
        ({"used_fen": 71_000_000}, "utilisation", 1.0),
        ({"limits_elsewhere_fen": 780_000_000}, "cut_by_cap", 20 / 72),
        ({"dpd_days": 3}, "past_due", 1.0),
    ],
)
def test_each_trigger_is_told_and_does_what_it_must(facts, code, share):
    state = watched(pd_ppm=15_000, until=900)[-1][1]
    assert state.limit_fen == 72_000_000
    slack = 1.1 if "warnings" in facts and share < 1 else 1.0
    moved, reasons = step(state, Observation(891, 15_000, MONTH_FEN, **facts), POLICY)
    assert code in reasons
    assert moved.limit_fen == round(72_000_000 * share * slack)


def test_who_buys_elsewhere_is_not_raised_and_who_buys_less_is_cut():
    state, _ = open_line(Observation(0, 15_000, MONTH_FEN, 2 * MONTH_FEN), POLICY)
    stranger, _ = step(state, Observation(90, 15_000, MONTH_FEN, 4 * MONTH_FEN), POLICY)
    assert stranger.limit_fen == state.limit_fen < step(state, Observation(90, 15_000, MONTH_FEN), POLICY)[0].limit_fen
    assert step(state, Observation(90, 15_000, MONTH_FEN // 4, MONTH_FEN // 4), POLICY)[0].limit_fen < state.limit_fen


@given(st.integers(0, 10**10), st.lists(st.integers(0, 10**10), max_size=6))
def test_products_share_one_cap(cap, wishes):
    given_ = share_out(cap, tuple(wishes))
    assert sum(given_) == min(cap, sum(wishes))
    assert all(0 <= got <= wish for got, wish in zip(given_, wishes, strict=True))


@settings(max_examples=80, deadline=None)
@given(days, st.floats(0.0, 1.2))
def test_a_line_stays_as_it_is_exactly_on_days_without_a_trigger(path, used_share):
    day, state = 0, None
    for gap, pd, _, dpd, warnings, flag, bought in path:
        day += gap
        used = int(used_share * state.limit_fen) if state is not None else 0
        seen = Observation(day, pd, bought, used_fen=used, dpd_days=dpd, warnings=warnings, has_red_flag=flag)
        if state is None:
            state = open_line(seen, POLICY)[0]
            continue
        told, (then, reasons) = triggers(state, seen, POLICY), step(state, seen, POLICY)
        assert reasons[: len(told)] == told
        assert (then == state._replace(seen_on=day)) == (not told)
        state = then


def test_days_do_not_run_backwards_and_facts_must_be_possible():
    state, _ = open_line(Observation(10, 15_000, MONTH_FEN), POLICY)
    with pytest.raises(BadInput, match="day"):
        step(state, Observation(9, 15_000, MONTH_FEN), POLICY)
    with pytest.raises(BadInput, match="pd_ppm"):
        Observation(0, 1_000_001, 0)
    with pytest.raises(BadInput, match="monthly_purchases_fen"):
        Observation(0, 0, -1)


# --- the file


def test_warnings_are_raised_at_their_thresholds_and_only_by_what_is_known():
    assert RULES.raised({}) == ([], False)
    assert RULES.raised({"purchase_change": -0.39, "order_gap_ratio": 2.4}) == ([], False)
    assert RULES.raised({"purchase_change": -0.4, "enquiries_30d": 3}) == (["purchase_change", "enquiries_30d"], False)
    assert RULES.raised({"new_lawsuits_90d": 1}) == (["new_lawsuits_90d"], True)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("rise_maximum: {value: 0.25", "rise_maximum: {value: 0.3", "rise_maximum must be at most 0.25"),
        ("clean_dpd: {value: 3, low: 0, high: 6", "clean_dpd: {value: 7, low: 0, high: 8", "clean_dpd must stay below"),
        ("break_even_cushion: {value: 1.25, low: 1.0", "break_even_cushion: {value: 0.9, low: 0.5", "at least 1"),
        ("warning_cut: {value: 0.3", "warning_cut: {value: 0.0", "warning_cut must take"),
        ("total_cap: {value: 8000000, low: 5000000", "total_cap: {value: 2000000, low: 1000000", "total_cap must not"),
        ("{value: 15, unit: days", "{value: 35, unit: days", "must rise"),
        ("signal: power_change", "signal: moon_phase", "purchase_change"),
        ("dwell:", "dwel:", "did you mean dwell"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused_by_name(tmp_path, old, new, rule):
    text = LIMIT_REVIEW.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "limit_review.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput, match=rule):
        load_limit_rules(path)


def test_the_schema_that_editors_read_is_the_one_that_is_enforced():
    path = DATA / "policies" / "limit_review.schema.json"
    assert json.loads(path.read_text(encoding="utf-8")) == limit_rules_schema()
