"""The same market twice is the same market; one more firm changes nobody's fate but through trade."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from sim.market import simulate
from sim.scenarios.scenario import load_scenario

ONE_RUN = """
from sim.market import simulate
from sim.scenarios.scenario import load_scenario
print(simulate(30, 20, 3, load_scenario("baseline")).state_hash)
"""


def test_another_process_with_another_hash_seed_lives_the_same_market():
    here = simulate(30, 20, 3, load_scenario("baseline")).state_hash
    for hash_seed in ("1", "4242"):
        there = subprocess.run(
            [sys.executable, "-c", ONE_RUN],
            capture_output=True, text=True, check=True, env=os.environ | {"PYTHONHASHSEED": hash_seed},
        )  # fmt: skip
        assert there.stdout.strip() == here


def test_the_state_hash_sees_one_fen_and_one_gram(make_market):
    market = make_market(firms=10)
    before = market.state_hash()
    market.entries.fen.post(market.smes[0].slot, 0, 11, 1)
    after = market.state_hash()
    market.smes[0].expected_week_g += 1
    assert len({before, after, market.state_hash()}) == 3


def test_another_seed_is_another_market(lived):
    assert lived(firms=20, days=20, seed=1).state_hash() != lived(firms=20, days=20, seed=2).state_hash()


def test_one_more_firm_leaves_the_others_as_they_are(make_market):
    """Firms 0 to 54 meet the same draws and, where suppliers and lenders are not short, do the same."""
    rich = {"supplier_stock_days": 200, "lender_equity_floor_fen": 10**11}
    small, large = make_market(firms=55, **rich), make_market(firms=56, **rich)
    for _ in range(14):
        small.step()
        large.step()
        for one, same in zip(small.smes, same_firms(small, large), strict=True):
            assert one.factory.base_week_g == same.factory.base_week_g
            assert one.factory.weekday == same.factory.weekday
            assert one.masses[one.slot : one.slot + 4] == same.masses[same.slot : same.slot + 4]
            assert one.stake_left_fen == same.stake_left_fen
    by_firm = [orders_of(market, 55) for market in (small, large)]  # none has been founded in so short a time
    assert by_firm[0]
    assert by_firm[0] == by_firm[1]


def orders_of(market, firms):
    """What the first firms ordered, without the number of the supplier."""
    columns = market.log.orders.columns()
    told = [columns[name] for name in market.log.orders.names if name != "supplier"]
    return {row for row in zip(*(column.tolist() for column in told), strict=True) if row[0] < firms}


def same_firms(small, large):
    """The firms of a small market in a larger one: rows of firms founded later shift, identities do not."""
    by_number = dict(zip(large.roster.numbers.tolist(), large.smes, strict=True))
    return [by_number[number] for number in small.roster.numbers.tolist()]


def test_one_more_firm_changes_no_birth_size_trait_or_tie_of_others(make_market):
    small, large = make_market(firms=55, days=700), make_market(firms=56, days=700)
    assert len(small.smes) > 60  # some are founded later
    for one, same in zip(small.smes, same_firms(small, large), strict=True):
        assert (one.revenue_fen, one.private_fen, one.born_on) == (same.revenue_fen, same.private_fen, same.born_on)
        assert (one.factory, one.vintages, one.machines) == (same.factory, same.vintages, same.machines)
        assert list(one.links.state()) == list(same.links.state())
    for _ in range(2):
        small.lives.grow()
        large.lives.grow()
        small.day = large.day = small.day + 30
    assert [one.size_ppm for one in small.smes] == [one.size_ppm for one in same_firms(small, large)]


def test_a_longer_run_has_the_same_firms_in_the_same_rows(make_market):
    short, long = make_market(firms=40, days=100), make_market(firms=40, days=1000)
    assert len(short.smes) < len(long.smes)
    assert short.roster.numbers.tolist() == long.roster.numbers[: len(short.smes)].tolist()
    for one, same in zip(short.smes, long.smes, strict=False):
        assert one.factory == same.factory


def test_agents_in_another_order_live_the_same_lives(make_market):
    """Contended stock and money go by keyed priority, never by who stands first in a list."""
    hard = {"supplier_stock_days": 2, "lender_reserve_ppm": 20_000}
    plain, turned = make_market(firms=40, seed=9, **hard), make_market(firms=40, seed=9, **hard)
    turned.by_weekday = [rows[::-1] for rows in turned.by_weekday]
    turned.active.reverse()
    for _ in range(120):
        plain.step()
        turned.step()
        turned.active.sort(key=lambda sme: -sme.row)
    assert [(sme.cash_fen, sme.made_month_g) for sme in plain.smes] == [
        (sme.cash_fen, sme.made_month_g) for sme in turned.smes
    ]


def test_a_market_of_one_firm_lives(lived):
    market = lived(firms=1, days=60, seed=4)
    assert market.recorder.frame()["sales_fen"].sum() > 0


@pytest.mark.parametrize("name", ["resin_crash_2008", "payment_delay", "funding_freeze"])
def test_until_the_shock_every_scenario_is_the_baseline(make_market, name):
    calm, shocked = make_market(firms=40, scenario="baseline"), make_market(firms=40, scenario=name)
    for _ in range(calm.settings.burn_in_days + 30):
        calm.step()
        shocked.step()
    assert calm.state_hash() == shocked.state_hash()
    for _ in range(40):
        calm.step()
        shocked.step()
    assert calm.state_hash() != shocked.state_hash()


def test_a_scenario_of_no_severity_is_the_baseline(make_market):
    story = load_scenario("resin_crash_2008").model_copy(update={"severity": 0.0})
    calm, none = make_market(firms=20), make_market(firms=20, scenario=story)
    for _ in range(150):
        calm.step()
        none.step()
    assert calm.state_hash() == none.state_hash()
    assert story.hash != replace_severity(story, 1.0).hash


def replace_severity(story, severity):
    return story.model_copy(update={"severity": severity})


def test_settings_are_part_of_the_outcome(make_market):
    market = make_market(firms=20)
    other = make_market(firms=20, yield_ppm=950_000)
    assert market.settings != other.settings == replace(market.settings, yield_ppm=950_000)
    for _ in range(30):
        market.step()
        other.step()
    assert market.state_hash() != other.state_hash()
