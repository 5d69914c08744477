"""Machines make capacity, cost money, age like the value curve says, and grow with the firm that can pay for them."""

import numpy as np
import pytest

from sim.books.ledger import MACHINES
from sim.economy.machines import energy_kwh


def test_capacity_is_that_of_the_machines_that_run(lived):
    market = lived(firms=60, days=200, seed=4)
    for sme in market.active:
        assert sme.factory.capacity_day_g == (sme.machines - sme.machines_broken) * sme.unit_day_g
        assert sme.machines == sum(vintage.number for vintage in sme.vintages)
        assert sme.expected_week_g >= 0
        assert sme.output_day_g <= sme.factory.capacity_day_g + sme.machines_broken * sme.unit_day_g


def test_book_values_are_fair_market_values(lived):
    """Worn month by month in whole fen, the books stay at the curve of `credit.machine_value`."""
    market = lived(firms=60, days=200, seed=4)
    for sme in market.active:
        fair = sum(market.park.value_fen(vintage) for vintage in sme.vintages)
        assert sme.machines_own_fen == sme.money[sme.slot + MACHINES]
        if fair:
            assert sme.machines_own_fen == pytest.approx(fair, rel=0.03)


def test_who_outgrows_its_machines_buys_some_if_it_has_the_cash(make_market):
    market = make_market(firms=20, days=30)
    rich, poor = market.smes[0], market.smes[1]
    market.lives.resize([rich, poor], np.array([1_800_000] * 2))
    market.entries.open_with_cash(rich.slot, 10**11)
    market.entries.fen.hold_constant()
    before = rich.machines, poor.machines
    market.park.month([rich, poor])
    assert rich.machines > before[0]
    assert poor.machines == before[1]
    assert poor.machine_wish_fen > 0
    assert rich.factory.capacity_day_g > rich.as_born.capacity_day_g


def test_old_machines_take_more_power():
    new, old = energy_kwh(0, 10**7, 500_000), energy_kwh(10 * 365, 10**7, 500_000)
    assert old > 1.15 * new
    assert energy_kwh(10 * 365, 2 * 10**7, 500_000) == pytest.approx(2 * old, rel=1e-3)


def test_failed_firms_own_no_machines(lived):
    market = lived(firms=80, days=200, seed=21, margin_shock_spread_ppm=300_000, sudden_stop_ppm=300_000)
    failed = [sme for sme in market.smes if sme.failed_on is not None]
    assert failed
    assert all(sme.machines == sme.machines_own_fen == 0 for sme in failed)
    assert np.all([sme.money[sme.slot + MACHINES] == 0 for sme in failed])
