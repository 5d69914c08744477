"""A ladder is stressed when there is a ladder: tailored loans must be alive when the shock arrives."""

from dataclasses import replace

import pandas as pd
import pytest

from credit.errors import BadInput
from sim.arms.arm import simulate
from sim.arms.ripeness import assert_ripe, earliest_shock_day, tailored_at, told_late_enough
from sim.desk.settings import DeskSettings
from sim.scenarios.scenario import load_scenario

CRASH = "resin_crash_2008"


def test_at_least_fifty_tailored_loans_are_alive_when_the_shock_arrives():
    """The ladder as it is, from its first client to the eve of the earliest shock."""
    story = told_late_enough(load_scenario(CRASH))
    first = story.first_day()
    daily = simulate(600, first + 1, 2, story, policy="ladder").daily
    assert DeskSettings.on(story.starts_on).least_tailored_loans >= 50
    assert assert_ripe(daily, story) == tailored_at(daily, story) >= 50
    with pytest.raises(BadInput, match="at least 50 tailored loans alive"):
        assert_ripe(daily, load_scenario(CRASH))
    with pytest.raises(BadInput, match="tailored loans"):
        assert_ripe(daily, load_scenario(f"{CRASH}~400"))


def test_no_story_is_told_before_the_ladder_is_ripe_and_none_later_than_it_need_be():
    early, late = load_scenario(CRASH), load_scenario(f"{CRASH}~5000")
    earliest = earliest_shock_day(early.starts_on)
    assert early.first_day() < earliest == told_late_enough(early).first_day()
    assert told_late_enough(late) == late
    calm = load_scenario("baseline")
    assert told_late_enough(calm) == calm


def test_what_is_never_lived_has_no_tailored_loans():
    daily = pd.DataFrame({"day": [0, 1, 2], "tailored_loans": [7, 8, 9]})
    story = load_scenario(CRASH)
    assert tailored_at(daily, load_scenario("baseline")) == 9
    assert tailored_at(daily, replace_first_day(story, 0)) == 0
    assert tailored_at(daily, replace_first_day(story, 2)) == 8


def replace_first_day(story, day):
    bare = story.model_copy(
        update={
            channel: tuple(move.model_copy(update={"starts_after_days": 0}) for move in story.moves(channel))
            for channel in story.channels
        }
    )
    return bare.later(day)


@pytest.mark.parametrize("name", [CRASH, f"{CRASH}@1.5", "payment_delay+funding_freeze@0.5"])
def test_a_delayed_story_is_the_same_story_later_and_its_name_loads_it_again(name):
    story = load_scenario(name)
    later = story.later(400)
    assert load_scenario(later.name).hash == later.hash != story.hash
    for channel in story.channels:
        for before, after in zip(story.moves(channel), later.moves(channel), strict=True):
            assert after.starts_after_days == before.starts_after_days + 400
            assert after.model_copy(update={"starts_after_days": before.starts_after_days}) == before
    assert story.later(150).later(250).hash == later.hash


@pytest.mark.parametrize("name", [f"{CRASH}~", f"{CRASH}~-3", f"{CRASH}~1.5", f"{CRASH}~soon"])
def test_a_delay_is_a_whole_number_of_days(name):
    with pytest.raises(BadInput, match="whole number of days behind ~"):
        load_scenario(name)


def test_a_threshold_that_nobody_reaches_is_refused_with_what_to_do(monkeypatch):
    known = DeskSettings.on(load_scenario(CRASH).starts_on)
    monkeypatch.setattr(DeskSettings, "on", lambda day: replace(known, least_tailored_loans=9))
    daily = pd.DataFrame({"day": [0, 1], "tailored_loans": [9, 9]})
    story = replace_first_day(load_scenario(CRASH), 1)
    assert assert_ripe(daily, story) == 9
    with pytest.raises(BadInput, match="or live more firms"):
        assert_ripe(daily.assign(tailored_loans=8), story)
