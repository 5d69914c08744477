"""Everybody decides something that matters, and everybody can refuse or fail."""

import itertools

import numpy as np
import pytest

from credit.contracts import share_fen
from sim.books.ledger import ALLOWANCE, LOSSES
from sim.desk.platform import Platform
from sim.economy.buyers import Buyer
from sim.economy.lenders import Lender
from sim.economy.smes import SME
from sim.economy.suppliers import Supplier

LIFE = {"firms": 80, "days": 200, "seed": 21, "margin_shock_spread_ppm": 300_000, "sudden_stop_ppm": 300_000,
        "inquiry_base_ppm": 900_000}  # fmt: skip

POOR = {
    "trade_arrears_days": 1, "trade_credit_days": 1, "trade_credit_limit_days": 60, "opening_cash_days": 2,
    "informal_advance_ppm": 0, "controller_stake_ppm": 0, "inquiry_base_ppm": 0,
}  # fmt: skip
"""Firms that cannot pay their bills on time."""


def end_of(market):
    for _ in range(market.settings.burn_in_days + market.days):
        market.step()
    return market


@pytest.fixture(scope="module")
def usual(make_market):
    return end_of(make_market(**LIFE))


@pytest.mark.parametrize(
    ("kind", "decision", "always"),
    [
        (Supplier, "grants_credit", lambda *_, **__: True),
        (Supplier, "refuses", lambda *_, **__: False),
        (Buyer, "habitual_delay_days", lambda *_, **__: 0),
        (Buyer, "accepts", lambda self, _: self.is_active),
        (Lender, "refusal", lambda *_, **__: None),
        (Platform, "_refusal", lambda *_, **__: None),
        (SME, "takes", lambda *_, **__: True),
    ],
    ids=["supplier lends to all", "supplier serves all", "buyer pays on time", "buyer takes all", "lender funds all",
         "platform approves all", "firm takes every offer"],
)  # fmt: skip
def test_without_its_decision_the_market_ends_elsewhere(usual, make_market, monkeypatch, kind, decision, always):
    tight = {"lender_pd_mandate_ppm": 20_000, "lender_equity_floor_fen": 10**11} if kind is Lender else {}
    tight |= {"buyer_limit_days": 90} if decision == "accepts" else {}
    tight |= POOR if decision == "refuses" else {}
    deciding = end_of(make_market(**(LIFE | tight))) if tight else usual
    monkeypatch.setattr(kind, decision, always)
    assert end_of(make_market(**(LIFE | tight))).state_hash() != deciding.state_hash()


def test_firms_buyers_and_obligors_fail_in_a_hard_life(usual):
    assert any(sme.failed_on is not None for sme in usual.smes)
    assert any(sme.defaulted_on is not None for sme in usual.smes)


@pytest.mark.parametrize(
    ("cruelty", "counted"),
    [
        ({"buyer_margin_ppm": 20_000}, "failed_buyers"),
        ({"supplier_cost_ppm": 600_000, "trade_credit_limit_days": 0}, "failed_suppliers"),
        ({"lender_cost_ppm": 9_000_000, "lender_obligor_cap_ppm": 10**6}, "failed_lenders"),
        ({"overhead_ppm": 700_000}, "failed_firms"),
    ],
)
def test_each_kind_fails_when_its_business_does_not_pay(lived, cruelty, counted):
    market = lived(firms=40, days=200, seed=3, **cruelty)
    assert market.recorder.frame()[counted].sum() > 0


@pytest.mark.parametrize(
    ("cruelty", "counted"),
    [
        ({"supplier_stock_days": 0}, "supplier_refusals"),
        ({"lender_pd_mandate_ppm": 0, "lender_pd_mandate_step_ppm": 0}, "refusals_lender"),
        ({"take_up_intercept_ppm": -(10**7)}, "declined_by_firm"),
        ({}, "refusals_platform"),
    ],
)
def test_each_kind_can_say_no(lived, cruelty, counted):
    market = lived(firms=40, days=100, seed=3, **cruelty)
    assert market.recorder.frame()[counted].sum() > 0


def test_a_buyer_that_owes_its_limit_takes_nothing_more(make_market):
    market = make_market(firms=5)
    buyer = market.smes[0].links.buyers[0]
    assert buyer.accepts(1)
    buyer.limit_fen = 0
    assert not buyer.accepts(1)


def test_riskier_clients_get_no_larger_limit_longer_term_or_lower_rate(lived):
    """Over all clients of a review, at equal purchases; the policy itself is tested where it lives."""
    market = lived(firms=80, days=100, seed=2)
    policy = market.platform.policy
    pds = sorted({judgement.pd_ppm / 1e6 for judgement in market.platform.judgements})
    offers = [policy.offer(pd, 10**8) for pd in pds]
    for safer, riskier in itertools.pairwise(offers):
        assert riskier.limit_fen <= safer.limit_fen
        assert not riskier.forms or riskier.day_rate_ppm >= safer.day_rate_ppm
        assert riskier.term_days <= safer.term_days


def test_a_funder_stops_at_every_limit_of_its_own(make_market):
    market = make_market(firms=20, days=30)
    for _ in range(8):
        market.step()
    lender = market.lenders[0]
    ask = {"pd_ppm": 10_000, "is_rollover": True}
    assert lender.refusal(0, 10**6, **ask) is None
    assert lender.refusal(0, 10**6, pd_ppm=999_999, is_rollover=True) == "outside_mandate"
    assert lender.refusal(0, 10**15, **ask) == "no_liquidity"
    assert lender.refusal(0, lender.cash_fen // 2, **ask) == "obligor_too_large"
    lender.appetite_ppm = 0
    assert lender.refusal(0, 10**6, **ask) == "no_appetite"
    lender.is_active = False
    assert lender.refusal(0, 10**6, **ask) == "lender_closed"


@pytest.mark.parametrize("lost_share", [0.5, 1.0, 3.0])
def test_a_lender_pays_back_no_more_than_it_has_however_little_equity_is_left(make_market, lost_share):
    """Losses within a month can eat more than the equity; that is found at the month's end, and weeks come before."""
    market = make_market(firms=5)
    lender = market.lenders[0]
    market.entries.borrow(lender.slot, lender.equity_fen)
    market.entries.fen.post(lender.slot, LOSSES, ALLOWANCE, round(lender.equity_fen * lost_share))
    before = lender.cash_fen
    lender.manage_liquidity()
    kept = share_fen(lender._borrowed_fen, market.settings.lender_liquidity_ppm)
    assert 0 <= kept <= lender.cash_fen < before
    market.entries.assert_balanced()


def test_the_mood_of_a_lender_falls_with_its_bad_loans(make_market):
    lender = make_market(firms=5).lenders[0]
    moods = []
    for bad in (0, 3 * 10**6, 10**7, 5 * 10**7):
        lender.bad_fen = bad
        moods.append(lender._mood_ppm(10**8))
    assert moods[0] == moods[1] == 1_000_000
    assert all(np.diff(moods[1:]) < 0)
