"""Firms are founded, grow, shrink and leave: how often, how strongly, at which age, and who is paid when they go."""

from datetime import date

import numpy as np
import pytest

from sim.books.ledger import FUNDING, GOODS, RECEIVABLES, RESIN
from sim.economy.lives import foundings, leaving_ppm, month_ends
from sim.settings import Settings
from sim.streams import Streams

FIRST = date(2026, 1, 1)
YEARS = 7


@pytest.fixture(scope="module")
def later():
    return foundings(Settings.on(FIRST), Streams(3), FIRST, 365 * YEARS, 2000)


def test_about_as_many_are_founded_a_year_as_the_parameter_says(later):
    share = Settings.on(FIRST).entry_ppm / 1e6
    told = len(later) / 2000 / YEARS
    assert abs(told - share) < 4 * np.sqrt(share / (2000 * YEARS))


def test_one_more_place_or_a_longer_life_founds_nobody_else(later):
    settings, streams = Settings.on(FIRST), Streams(3)
    larger = foundings(settings, streams, FIRST, 365 * YEARS, 2001)
    assert [one for one in larger if one.place < 2000] == later
    longer = foundings(settings, streams, FIRST, 365 * (YEARS + 1), 2000)
    assert longer[: len(later)] == later


def test_identities_are_distinct_and_firms_open_on_month_ends(later):
    numbers = {one.number for one in later}
    assert len(numbers) == len(later)
    assert numbers.isdisjoint(range(2001))
    assert {one.day for one in later} <= set(month_ends(FIRST, 365 * YEARS))


def test_the_hazard_of_leaving_has_a_hump():
    """Low in the first year, highest around the third, falling with age after (DOMAIN F4)."""
    by_age = [leaving_ppm(60_000, 365 * age) for age in range(15)]
    assert by_age[0] < by_age[1] < max(by_age)
    assert 2 <= int(np.argmax(by_age)) <= 7
    assert by_age[-1] < max(by_age)


@pytest.fixture(scope="module")
def grown(make_market):
    """Four years of growth of many firms, nothing else lived."""
    market = make_market(firms=4000, days=30, growers_ppm=0)
    start = np.array([sme.revenue_fen for sme in market.smes[:4000]])
    yearly = []
    for year in range(4):
        before = market.lives._log_size[:4000].copy()
        for month in range(12):
            market.day = 365 * year + 30 * month
            market.lives.grow()
        yearly.append(market.lives._log_size[:4000] - before)
    return start, np.concatenate(yearly), np.tile(start, 4)


def test_yearly_growth_is_laplace_with_a_spread_that_falls_with_size(grown):
    """Excess kurtosis 3 for a Laplace law, 0 for a normal one; spread like size to the power -.15 to -.2 (DOMAIN 5)."""
    _, growth, size = grown
    order = np.argsort(size)
    small, large = growth[order[: len(order) // 5]], growth[order[-len(order) // 5 :]]
    assert large.std() < small.std()
    alike = growth[order[len(order) * 2 // 5 : len(order) * 3 // 5]]
    normed = (alike - alike.mean()) / alike.std()
    assert (normed**4).mean() - 3.0 == pytest.approx(3.0, abs=1.0)
    slope = np.polyfit(np.log(size), np.log(np.abs(growth - np.median(growth)) + 1e-9), 1)[0]
    assert slope == pytest.approx(-0.17, abs=0.06)


def test_sizes_have_a_pareto_tail(make_market):
    """Hill's estimate over the largest twentieth lies in the band of DOMAIN 7."""
    sizes = np.sort([sme.revenue_fen for sme in make_market(firms=4000, days=5).smes[:4000]])[::-1]
    top = sizes[: len(sizes) // 40]
    hill = 1.0 / np.mean(np.log(top[:-1] / top[-1]))
    assert 0.8 < hill < 1.6
    assert sizes[0] > 15 * np.median(sizes)


def test_growers_end_near_their_multiple_and_grow_fastest_early(make_market):
    market = make_market(firms=300, days=30, growth_shock_ppm=0, growers_ppm=1_000_000)
    lives = market.lives
    late = lives._curve(365 * 60)
    assert np.allclose(np.exp(late), lives._multiple, rtol=1e-3)
    assert np.all(lives._curve(365 * 3) <= late + 1e-9)


@pytest.fixture(scope="module")
def lived_long(lived):
    return lived(firms=80, days=420, seed=6, closing_ppm=400_000, entry_ppm=200_000)


def test_who_closes_in_order_owes_suppliers_and_workers_nothing(lived_long):
    closed = [sme for sme in lived_long.smes if sme.closed_on is not None]
    assert len(closed) > 5
    for sme in closed:
        assert not sme.is_active
        assert sme.failed_on is None
        assert not sme.bills
        assert sme.wages_owed_fen == sme.informal_fen == 0
        assert not any(facility.is_performing for facility in sme.facilities)
        assert sme.masses[sme.slot + RESIN] == sme.masses[sme.slot + GOODS] == 0
        if sme.money[sme.slot + RECEIVABLES] > 0 or sme.money[sme.slot + FUNDING] < 0:
            assert sme in lived_long.lives.closing or sme.money[sme.slot + RECEIVABLES] == 0


def test_firms_that_are_founded_trade_and_nobody_sees_them_before(lived_long):
    market = lived_long
    tables = market.observed.tables()
    young = [sme for sme in market.smes[market.firms : market.lives.founded] if sme.born_on < market.day - 120]
    assert young
    orders = tables["orders"].groupby("firm_id")["placed_on"].min()
    born = tables["firms"].set_index("firm_id")["platform_since"]
    for sme in young:
        name = f"F{sme.row:06d}"
        assert orders[name] >= born[name]
    assert len(tables["firms"]) == market.lives.founded == len(tables["controllers"])
    assert any(sme.row >= market.firms for sme in market.active)
    assert all(
        sme.is_active == (sme.failed_on is None and sme.closed_on is None)
        for sme in market.smes[: market.lives.founded]
    )
