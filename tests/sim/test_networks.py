"""Who trades with whom: heavy tails, shared buyers, ties that form and break, and what passes along them."""

from collections import Counter

import numpy as np
import pytest

from sim.attribution.causes import SUDDEN
from sim.economy.networks import buyer_count, circles, sales_shares
from sim.scenarios.channels import SECTORS, DemandMove
from sim.scenarios.scenario import Scenario, load_scenario


@pytest.fixture(scope="module")
def large(make_market):
    return make_market(firms=2000, days=5)


def degrees(market):
    return Counter(buyer.row for sme in market.smes[: market.firms] for buyer in sme.links.buyers)


def test_a_few_buyers_have_many_suppliers(large):
    counted = np.sort(list(degrees(large).values()))[::-1]
    assert counted[0] > 20 * np.median(counted)
    assert counted[: len(counted) // 10].sum() > 0.3 * counted.sum()


def test_buyers_are_shared_across_towns(large):
    towns = {}
    for sme in large.smes[: large.firms]:
        for buyer in sme.links.buyers:
            towns.setdefault(buyer.row, set()).add(sme.factory.town)
    by_reach = Counter(len(reached) for reached in towns.values())
    assert by_reach[1] > 0
    assert any(reach > large.settings.towns_a_region for reach in by_reach)


def test_a_firm_s_top_buyer_takes_about_a_third_and_larger_firms_have_more_buyers(large):
    top = np.array([sme.links.buyer_shares_ppm[0] for sme in large.smes[: large.firms]]) / 1e6
    assert 0.25 < top.mean() < 0.5  # DOMAIN 3: Beta(3, 6) has mean 1/3
    sizes = np.array([sme.revenue_fen for sme in large.smes[: large.firms]])
    number = np.array([len(sme.links.buyers) for sme in large.smes[: large.firms]])
    assert number[sizes > np.quantile(sizes, 0.9)].mean() > number[sizes < np.quantile(sizes, 0.1)].mean() + 1


@pytest.mark.parametrize("buyers", [1, 2, 5, 12])
def test_shares_of_sales_add_up_and_fall(buyers):
    bounds = sales_shares(buyers)
    parts = np.diff((0, *bounds))
    assert bounds[-1] == 1_000_000
    assert np.all(np.diff(parts) < 0)


def test_another_town_leaves_the_circles_of_the_others(large):
    settings = large.settings
    for towns in (1, 4, 5, 24, 25, 60):
        assert circles(settings, towns + 1)[:towns] == circles(settings, towns)
        assert buyer_count(settings, towns + 1) > buyer_count(settings, towns)


def test_sureties_form_chains_and_no_rings(large):
    chained = 0
    for sme in large.smes[: large.firms]:
        for surety in sme.links.sureties:
            assert surety.row < sme.row
            assert surety.factory.town == sme.factory.town
            assert sme in surety.links.stands_for
            chained += bool(surety.links.sureties)
    assert chained > 10


def test_a_failed_buyer_is_replaced_and_the_new_one_takes_goods(make_market):
    market = make_market(firms=60, days=60)
    for _ in range(3):
        market.step()
    sme = market.smes[0]
    lost = sme.links.buyers[0]
    lost.fail()
    market.network.renew([sme])
    assert lost not in sme.links.buyers
    assert sme.links.buyers[0].accepts(1)
    assert sme.links.since[0] == market.day
    market.entries.assert_balanced()


def test_a_slump_of_one_sector_hits_who_sells_to_it(make_market):
    """Output of the whole market falls by about that sector's share, more for those who make for it."""
    calm = load_scenario("baseline")
    story = Scenario(
        name="slump", title="One sector", description="One sector orders next to nothing.",
        demand=(DemandMove(starts_after_days=5, change_share=-0.9, over_days=1, sector="packaging", source="test"),),
    )  # fmt: skip
    sold = {}
    for scenario in (calm, story):
        market = make_market(firms=120, days=40, scenario=scenario)
        by_sector = np.zeros(len(SECTORS))
        for _ in range(market.settings.burn_in_days + market.days):
            market.step()
        invoices = market.log.invoices.columns()
        recent = invoices["issued_on"] >= market.settings.burn_in_days + 5
        for buyer, amount in zip(invoices["buyer"][recent], invoices["amount"][recent], strict=True):
            by_sector[market.buyers[buyer].sector] += amount
        sold[scenario.name] = by_sector
    left = sold["slump"] / sold["baseline"]
    assert left[0] < 0.6
    assert np.all(left[1:] > left[0] + 0.2)


def test_after_a_failure_suppliers_want_cash_nearby_and_sureties_pay_the_bank(make_market):
    market = make_market(firms=100, days=100, bank_debt_ppm=400_000, guarantee_lag_days=5)
    for _ in range(10):
        market.step()
    sme = next(one for one in market.active if one.links.sureties and one.links.sureties[0].is_active)
    surety = sme.links.sureties[0]
    before = surety.money[surety.owner_slot]
    market.stop(sme, SUDDEN)
    others = [one for one in market.active if one is not sme and one.factory.town == sme.factory.town]
    near = [one for one in others if one.links.suppliers[0] is sme.links.suppliers[0]]
    assert near
    assert all(one.links.rumour_until > market.day for one in near)
    assert any(one.links.rumour_until < market.day for one in market.active)
    market.day += 5
    market.contagion.sureties_pay()
    assert surety.money[surety.owner_slot] < before
    market.entries.assert_balanced()


def test_fire_sales_press_prices_in_their_town_and_never_below_the_bound(make_market):
    market = make_market(firms=100, days=10)
    bound = 1_000_000 - market.settings.fire_sale_impact_ppm
    usual = market.fire_sale_ppm(market.smes[0])
    prices = [market.impact_ppm(0)]
    for _ in range(40):
        market.contagion.dump(0, market.smes[0].factory.base_week_fen * 100)
        prices.append(market.impact_ppm(0))
    assert prices == sorted(prices, reverse=True)
    assert prices[-1] == bound < prices[0] == 1_000_000
    assert market.impact_ppm(1) == 1_000_000
    assert market.fire_sale_ppm(market.smes[0]) < usual
    for _ in range(12):
        market.contagion.month()
    assert market.impact_ppm(0) > 0.99 * 1_000_000
