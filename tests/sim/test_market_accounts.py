"""Money and grams are conserved, contracts and ledgers agree, every fen of a default is accounted for."""

import numpy as np
import pytest

from sim.books.ledger import (
    CASH,
    CUSTODY,
    DEBTS,
    DEPOSITS_HELD,
    DEPOSITS_PLACED,
    GOODS,
    LOANS,
    PAYABLES,
    RECEIVABLES,
    RESIN,
    TRANSIT,
    WIDTH,
)  # fmt: skip

STRESS = {
    "firms": 120, "days": 300, "seed": 11, "margin_shock_spread_ppm": 200_000, "sudden_stop_ppm": 300_000,
    "without_surety_ppm": 300_000, "guarantee_lag_days": 10, "estate_days": 92, "resolution_days": 30,
    "bank_debt_ppm": 100_000, "inquiry_base_ppm": 900_000,
}  # fmt: skip
"""A hard life with quick courts, so that failures, forced sales and estates all happen."""
SLOW_COURTS = STRESS | {"estate_days": 400, "guarantee_reach_ppm": 10_000}


def column(market, account, ledger="fen"):
    return getattr(market.entries, ledger).view[:, account]


def test_money_grams_and_claims_are_conserved_on_every_day_of_a_hard_life(make_market):
    market = make_market(**STRESS | {"days": 120})
    cash = int(column(market, CASH).sum())
    for _ in range(market.settings.burn_in_days + market.days):
        market.step()
        assert int(column(market, CASH).sum()) == cash
        assert int(column(market, RECEIVABLES).sum() + column(market, PAYABLES).sum()) == 0
        assert int(column(market, LOANS).sum() + column(market, DEBTS).sum()) == 0
        assert int(column(market, DEPOSITS_PLACED).sum() + column(market, DEPOSITS_HELD).sum()) == 0
        assert not market.entries.fen.view.sum(axis=1).any()
        places = sum(column(market, place, "grams") for place in (RESIN, GOODS, TRANSIT, CUSTODY))
        assert int(places.sum()) == 0  # what the world made is somewhere
        assert np.all(places[1:] >= 0)


def test_the_book_and_the_ledgers_tell_the_same_story(lived):
    market = lived(**STRESS)
    facilities = market.book.facilities
    assert sum(one.open_fen for one in facilities) == int(column(market, LOANS).sum())
    assert sum(one.deposit_fen + one.margin_fen for one in facilities) == int(column(market, DEPOSITS_PLACED).sum())
    assert sum(one.goods_g for one in facilities) == int(column(market, CUSTODY, "grams").sum())
    by_firm = {sme.slot // WIDTH: 0 for sme in market.smes}
    for one in facilities:
        if not one.lots_left:
            by_firm[one.obligor.slot // WIDTH] += one.open_fen
    assert by_firm == {row: -int(column(market, DEBTS)[row]) for row in by_firm}
    arriving = sum(mass for _, batch in market.book.arrivals for _, mass, _ in batch)
    assert arriving == int(column(market, TRANSIT, "grams").sum())
    for supplier in market.suppliers:
        assert sum(supplier.grade_stock_g) == supplier.masses[supplier.slot + RESIN]


def test_a_default_ends_repaid_or_given_up_and_nobody_loses_more_than_was_owed(lived):
    market = lived(**SLOW_COURTS)
    defaulted = [one for one in market.book.facilities if one.defaulted_on is not None]
    assert {one.status for one in defaulted} >= {"repaid", "written_off"}
    for one in defaulted:
        assert 0 <= one.written_down_fen <= one.open_fen <= one.exposure_fen
        assert one.status != "repaid" or one.open_fen == one.written_down_fen == 0
        assert one.status != "written_off" or one.written_down_fen == one.open_fen > 0


@pytest.mark.parametrize(
    ("courts", "payer"), [(STRESS, "goods"), (STRESS, "cash"), (SLOW_COURTS, "goods"), (SLOW_COURTS, "guarantee")],
    ids=["goods", "estates", "goods where courts are slow", "guarantees where courts are slow"],
)  # fmt: skip
def test_who_pays_back_after_default(lived, courts, payer):
    assert lived(**courts).recorder.frame()[f"recovered_{payer}_fen"].sum() > 0


def test_exposure_at_default_is_what_came_back_what_was_lost_and_what_is_open_on_every_day(make_market):
    market = make_market(**STRESS)
    flows = dict.fromkeys(
        ("exposure_at_default_fen", "recovered_deposit_fen", "recovered_goods_fen", "recovered_guarantee_fen",
         "recovered_cash_fen", "lender_loss_fen", "platform_loss_fen"), 0,
    )  # fmt: skip
    for _ in range(market.settings.burn_in_days + market.days):
        market.step()
        for name in flows:
            flows[name] += getattr(market.today, name)
        defaulted = [one for one in market.book.facilities if one.defaulted_on is not None]
        still_open = sum(one.open_fen - one.written_down_fen for one in defaulted)
        exposure = flows["exposure_at_default_fen"]
        assert exposure == sum(flows.values()) - exposure + still_open
    assert exposure > 0


def test_a_first_loss_agreed_with_the_platform_moves_losses_and_nothing_else(lived):
    without, agreed = lived(**SLOW_COURTS), lived(**SLOW_COURTS, platform_first_loss_ppm=200_000)
    lost = {name: int(market.recorder.frame()["platform_loss_fen"].sum()) for name, market in
            (("without", without), ("agreed", agreed))}  # fmt: skip
    assert lost["without"] == 0 < lost["agreed"]


def test_a_written_off_claim_is_still_owed(lived):
    market = lived(**SLOW_COURTS)
    given_up = [one for one in market.book.facilities if one.status == "written_off"]
    assert given_up
    owed = sum(one.open_fen for one in given_up)
    assert owed > 0
    assert int(column(market, LOANS).sum()) >= owed


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_firms_live_within_their_means(lived, seed):
    market = lived(firms=60, days=120, seed=seed)
    assert np.all(column(market, CASH)[1:] >= 0)
