"""Lumpy orders warn of nothing, a stop does; season and habit are no news; what chance explains is not told."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.own_rhythm import Allowances, beyond_chance, power_change, purchase_change

NOW = pd.Timestamp("2026-06-30")
ALLOWED = Allowances.on(date(2026, 6, 30))
WARNED = -0.4
FIRMS = 2_000


def random_buyers(orders_a_month, stops_days_ago=0, seed=3):
    """Firms that order at random at a constant pace, lots of varying size, until they stop."""
    draws = np.random.default_rng(seed)
    ages, firms = [], []
    for firm in range(FIRMS):
        at = np.cumsum(draws.exponential(30 / orders_a_month, int(20 * orders_a_month + 20)))
        at = at[(at >= stops_days_ago) & (at < 365)].astype(int)
        ages.append(at)
        firms.append(np.full(len(at), f"F{firm:04d}"))
    age = np.concatenate(ages)
    return pd.DataFrame(
        {
            "firm_id": np.concatenate(firms),
            "placed_on": NOW - pd.to_timedelta(age, unit="D"),
            "quantity_kg": draws.lognormal(np.log(20_000), 0.4, len(age)),
        }
    )


def by_the_month(orders):
    """The rule of thumb: the last 30 days against the mean of the three months before."""
    age = (NOW - orders["placed_on"]).dt.days
    lately = orders["quantity_kg"].where(age < 30, 0.0).groupby(orders["firm_id"]).sum()
    return (
        lately / (orders["quantity_kg"].where((age >= 30) & (age < 120), 0.0).groupby(orders["firm_id"]).sum() / 3) - 1
    )


@pytest.mark.parametrize("orders_a_month", [1.0, 2.0, 4.0])
def test_random_buyers_are_rarely_warned_of_and_the_rule_of_thumb_warns_of_many(orders_a_month):
    orders = random_buyers(orders_a_month)
    ours = (purchase_change(orders, NOW, ALLOWED) <= WARNED).mean()
    thumb = (by_the_month(orders) <= WARNED).mean()
    assert ours < 0.17  # buyers of the simulated market are more even: 2 in 100
    assert thumb > 2.5 * ours


def test_even_buyers_who_stop_are_warned_of():
    """An order every ten days, then none for six weeks."""
    age = np.arange(42, 365, 10)
    orders = pd.DataFrame({"firm_id": "F1", "placed_on": NOW - pd.to_timedelta(age, unit="D"), "quantity_kg": 20_000.0})
    assert purchase_change(orders, NOW, ALLOWED)["F1"] < WARNED
    stopped = purchase_change(random_buyers(4.0, stops_days_ago=40), NOW, ALLOWED)
    assert (stopped <= WARNED).mean() > 0.9


def test_nothing_is_said_of_a_firm_without_a_past():
    assert purchase_change(random_buyers(2.0).groupby("firm_id").head(3), NOW, ALLOWED).isna().all()


@given(st.floats(-1, 3), st.floats(0, 2), st.floats(0, 3))
def test_chance_takes_from_a_change_and_never_turns_it(change, error, allowance):
    told = beyond_chance(pd.Series([change]), pd.Series([error]), allowance)[0]
    assert told * change >= 0
    assert abs(told) <= abs(change)
    assert beyond_chance(pd.Series([change]), pd.Series([error]), 0.0)[0] == pytest.approx(change)


def power(factors, last_factor):
    months = pd.date_range("2025-06-01", "2026-05-01", freq="MS")
    rows = [
        {
            "firm_id": f"F{firm}",
            "month": month,
            "energy_kwh": size * (last_factor[firm] if month == months[-1] else 1.0),
        }
        for firm, size in enumerate(factors)
        for month in months
    ]
    return pd.DataFrame(rows)


def test_what_every_firm_does_is_season_and_what_one_does_is_news():
    sizes, last = np.linspace(1e4, 9e4, 30), np.full(30, 0.5)
    last[7] = 0.1
    change = power_change(power(sizes, last), NOW, ALLOWED)
    assert change["F7"] == pytest.approx(-0.4)
    assert (change.drop("F7").abs() < 1e-9).all()
    alone = power_change(power(sizes, last), NOW, replace(ALLOWED, season_firms=31))
    assert alone["F8"] == pytest.approx(-0.5)
