"""Warning states: up at once, down step by step, no flicker, and lines that follow them."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.anomalies.warning_states import Level, Sighting, WarningPolicy, WarningState, level_of, step
from credit.errors import BadInput
from credit.limit_choice import LimitBand
from credit.limit_review import open_line
from credit.limit_review import step as review
from credit.limit_rules import load_limit_rules
from credit.limit_state import Observation, ReviewPolicy

RULES = load_limit_rules()
POLICY = WarningPolicy.on(date(2026, 1, 1), RULES)
SIGHTINGS = st.lists(
    st.tuples(st.integers(1, 40), st.integers(0, 4), st.booleans(), st.integers(-3, 3)), min_size=1, max_size=30
)


def path(seen: list[tuple[int, int, bool, int]], policy: WarningPolicy = POLICY) -> list[tuple[Sighting, WarningState]]:
    """States along sightings given as (days since the last one, warnings, red, notches)."""
    state, day, told = WarningState.start(0), 0, []
    for gap, warnings, is_red, notches in seen:
        day += gap
        sighting = Sighting(day, warnings, is_red, notches)
        state = step(state, sighting, policy)
        told.append((sighting, state))
    return told


@given(SIGHTINGS)
def test_a_state_is_never_milder_than_what_is_seen(seen):
    assert all(state.level >= level_of(sighting, POLICY) for sighting, state in path(seen))


@given(SIGHTINGS)
def test_it_rises_only_to_what_is_seen_and_falls_by_one_level_after_a_clean_period(seen):
    before = WarningState.start(0)
    for sighting, state in path(seen):
        if state.level > before.level:
            assert state.level == level_of(sighting, POLICY)
        if state.level < before.level:
            assert state.level == before.level - 1
            clean = POLICY.clean_days_red if before.level is Level.RED else POLICY.clean_days
            assert sighting.day - before.held_on >= clean
            assert level_of(sighting, POLICY) < before.level
        before = state


@given(SIGHTINGS, st.integers(0, 29))
def test_one_more_warning_never_makes_a_state_milder_along_the_whole_path(seen, at):
    worse = [(gap, n + (k == at % len(seen)), red, notch) for k, (gap, n, red, notch) in enumerate(seen)]
    for (_, calm), (_, grave) in zip(path(seen), path(worse), strict=True):
        assert grave.level >= calm.level


def test_a_signal_that_flickers_around_its_threshold_is_one_alert_and_not_ten():
    flicker = [(10, n % 2, False, 0) for n in range(20)]
    states = [WarningState.start(0), *(state for _, state in path(flicker))]
    rises = sum(after.level > before.level for before, after in pairwise(states))
    assert rises == 1
    instant = sum(
        level_of(after, POLICY) > level_of(before, POLICY) for (before, _), (after, _) in pairwise(path(flicker))
    )
    assert instant >= 9  # what would be told without hysteresis


def test_the_way_down_from_red_takes_months():
    state = step(WarningState.start(0), Sighting(0, is_red=True), POLICY)
    first_day = {}
    for day in range(1, 200):
        state = step(state, Sighting(day), POLICY)
        first_day.setdefault(state.level, day)
    assert [first_day[level] for level in (Level.ORANGE, Level.YELLOW, Level.GREEN)] == [
        POLICY.clean_days_red,
        POLICY.clean_days_red + POLICY.clean_days,
        POLICY.clean_days_red + 2 * POLICY.clean_days,
    ]


@pytest.mark.parametrize(
    ("seen", "level"),
    [
        (Sighting(1), Level.GREEN),
        (Sighting(1, warnings=1), Level.YELLOW),
        (Sighting(1, warnings=2), Level.ORANGE),
        (Sighting(1, notches_lost=2), Level.ORANGE),
        (Sighting(1, notches_lost=1), Level.GREEN),
        (Sighting(1, notches_lost=-4), Level.GREEN),
        (Sighting(1, warnings=1, is_red=True), Level.RED),
    ],
)
def test_levels_are_those_of_the_policy(seen, level):
    assert level_of(seen, POLICY) is level


def test_a_line_follows_the_state():
    """Orange takes the warning's cut off the limit, red freezes it, green lets it be."""
    policy = ReviewPolicy.of(RULES, (LimitBand(pd_ppm_up_to=50_000, limit_share_ppm=1_000_000, term_days=60),))

    def observed(day: int, state: WarningState) -> Observation:
        warnings, is_red = state.as_observed(POLICY)
        return Observation(day, 10_000, 50_000_000, warnings=warnings, has_red_flag=is_red)

    line, _ = open_line(observed(0, WarningState.start(0)), policy)
    for day in range(30, 400, 30):  # let it grow to the full limit
        line, _ = review(line, observed(day, WarningState.start(day)), policy)
    orange = step(WarningState.start(390), Sighting(391, warnings=3), POLICY)
    red = step(orange, Sighting(392, is_red=True), POLICY)
    cut, codes = review(line, observed(391, orange), policy)
    assert cut.limit_fen < line.limit_fen
    assert "cut_by_warning" in codes
    frozen, _ = review(cut, observed(392, red), policy)
    assert frozen.is_suspended
    assert frozen.limit_fen == 0


def test_bad_input_is_named():
    with pytest.raises(BadInput, match="warnings"):
        Sighting(1, warnings=-1)
    with pytest.raises(BadInput, match="day"):
        step(WarningState.start(5), Sighting(4), POLICY)
    with pytest.raises(BadInput, match="clean_days_red"):
        WarningPolicy(2, 2, clean_days=30, clean_days_red=10)
    with pytest.raises(BadInput, match="warnings_for_orange"):
        WarningPolicy(1, 2, 30, 60)
