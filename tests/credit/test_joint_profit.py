"""Joint profit: one order by hand, every fen accounted for, who subsidises whom."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.errors import BadInput
from credit.joint_profit import FinanceFlows, TradeFlows, joint_profit
from credit.pricing import LenderCosts
from credit.taxes import goods_margin_fen, vat_on_interest

DAY = date(2026, 1, 1)
COSTS, VAT = LenderCosts.on(DAY), vat_on_interest("micro_lender", DAY)
TRADE = TradeFlows(28_800_000, DAY, 28_500_000, DAY)
FINANCE = FinanceFlows(380_160, 24_480_000, 30, 0.01, 0.55)

fens, shares = st.integers(0, 10**10), st.floats(0, 1)


def test_an_order_by_hand():
    """Goods 288,000 bought at 285,000: 3,000 less VAT is 2,654.87, less 12 % surcharge on 345.13 is 2,613.45.

    Interest and fee 3,801.60 if paid, 1 % is not: 3,763.58; VAT 213.03 and surcharges 25.56; money for 30 days at
    (1 - 7.875 %) 5.5 % on 244,800 is 1,019.48; loss 1 % x 55 % x 244,800 = 1,346.40; hurdle 7.875 % x 20 % is 316.90.
    """
    told = joint_profit(TRADE, FINANCE, COSTS, VAT, operating_cost_fen=15_000, acquisition_fen=6_667)
    assert told.parts() == {
        "trade_from_credit": 261_345,
        "finance_income": 376_358,
        "vat": -(21_303 + 2_556),
        "funding": -101_948,
        "expected_loss": -134_640,
        "operating_cost": -15_000,
        "capital_charge": -31_690,
        "acquisition": -6_667,
    }
    assert told.finance_margin == 376_358 - 23_859 - 101_948 - 134_640 - 15_000 - 31_690
    assert told.joint_profit == 323_899
    assert (told.trade_pays_for_finance, told.finance_pays_for_trade) == (0, 0)


@given(fens, fens, fens, fens, st.integers(1, 900), shares, shares, fens, fens, shares)
def test_the_waterfall_sums_to_the_fen(sale, cost, income, exposure, term, default, lgd, work, won, additional):
    told = joint_profit(
        TradeFlows(sale, DAY, cost, DAY), FinanceFlows(income, exposure, term, default, lgd), COSTS, VAT,
        operating_cost_fen=work, acquisition_fen=won, additional_share=additional,
    )  # fmt: skip
    assert sum(told.parts().values()) == told.joint_profit
    assert told.trade_anyway + told.trade_from_credit == goods_margin_fen(sale, DAY, cost, DAY)
    assert told.joint_profit == told.trade_from_credit + told.finance_margin + told.acquisition
    # what one side hands over, the other needs: never more than it has, never both ways
    assert min(told.trade_pays_for_finance, told.finance_pays_for_trade) == 0
    assert told.trade_pays_for_finance <= max(told.trade_from_credit, 0)
    assert told.finance_pays_for_trade <= max(told.finance_margin, 0)


def test_many_orders_sum_to_the_fen_and_equal_the_single_ones():
    draws = np.random.default_rng(5)
    sales, exposures = draws.integers(10**6, 10**8, 500), draws.integers(10**6, 10**8, 500)
    defaults, terms = draws.uniform(0, 0.05, 500), draws.integers(7, 91, 500)
    trade = TradeFlows(sales, DAY, sales * 99 // 100, DAY)
    finance = FinanceFlows(exposures // 70, exposures, terms, defaults, 0.55)
    told = joint_profit(trade, finance, COSTS, VAT, operating_cost_fen=15_000, acquisition_fen=500)
    assert (sum(told.parts().values()) == told.joint_profit).all()
    one = joint_profit(
        TradeFlows(int(sales[7]), DAY, int(sales[7] * 99 // 100), DAY),
        FinanceFlows(int(exposures[7] // 70), int(exposures[7]), int(terms[7]), float(defaults[7]), 0.55),
        COSTS, VAT, operating_cost_fen=15_000, acquisition_fen=500,
    )  # fmt: skip
    assert one.joint_profit == told.joint_profit[7]


def test_a_cheap_loan_lives_on_the_trade_and_a_cheap_sale_on_the_loan():
    cheap_loan = joint_profit(TRADE, replace(FINANCE, income_gross_fen=100_000), COSTS, VAT, operating_cost_fen=15_000)
    assert cheap_loan.finance_margin < 0 < cheap_loan.joint_profit
    assert cheap_loan.trade_pays_for_finance == -cheap_loan.finance_margin
    cheap_sale = joint_profit(replace(TRADE, cost_gross_fen=28_850_000), FINANCE, COSTS, VAT, operating_cost_fen=15_000)
    assert cheap_sale.trade_from_credit < 0 < cheap_sale.joint_profit
    assert cheap_sale.finance_pays_for_trade == -cheap_sale.trade_from_credit


@given(shares, shares)
def test_trade_that_would_have_come_anyway_does_not_count_for_the_credit(one, other):
    less, more = (
        joint_profit(TRADE, FINANCE, COSTS, VAT, operating_cost_fen=0, additional_share=share).joint_profit
        for share in sorted((one, other))
    )
    assert less <= more


@given(shares, shares, shares)
def test_riskier_never_brings_more(one, other, lgd):
    safer, riskier = (
        joint_profit(TRADE, replace(FINANCE, default_share=share, lgd=lgd), COSTS, VAT, operating_cost_fen=0)
        for share in sorted((one, other))
    )
    assert riskier.joint_profit <= safer.joint_profit


@pytest.mark.parametrize(
    ("field", "finance", "other"),
    [
        ("default_share", {"default_share": 1.1}, {}),
        ("lgd", {"lgd": -0.1}, {}),
        ("term_days", {"term_days": 0}, {}),
        ("exposure_fen", {"exposure_fen": -1}, {}),
        ("additional_share", {}, {"additional_share": 2.0}),
        ("operating_cost_fen", {}, {"operating_cost_fen": -1}),
    ],
)
def test_bad_values_are_named(field, finance, other):
    with pytest.raises(BadInput, match=field):
        joint_profit(TRADE, replace(FINANCE, **finance), COSTS, VAT, **({"operating_cost_fen": 0} | other))
