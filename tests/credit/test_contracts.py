"""Contracts: value is conserved to the fen, rounding is one rule, hand-worked loans come out as on paper."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from credit.contracts import (
    FlowKind,
    GoodsControlledPurchase,
    GoodsControlTerms,
    OpenAccountPurchase,
    Party,
    PurchaseTerms,
    divide_half_even,
    has_fallen_by,
    interest_fen,
    least_fallen_fen,
    liquidation_proceeds_fen,
    margin_call_fen,
    share_fen,
    shortfall_fen,
)
from credit.contracts.arithmetic import MAX_AMOUNT_FEN, MAX_DAY_RATE_PPM, MAX_DAYS
from credit.errors import BadInput

HAND_TERMS = PurchaseTerms(
    deposit_ppm=150_000, day_rate_ppm=400, fee_ppm=3_000, term_days=30, grace_days=3, overdue_day_rate_ppm=800
)
HAND_CONTROL = GoodsControlTerms(
    lots=3,
    margin_call_drop_ppm=80_000,
    stop_loss_drop_ppm=120_000,
    stop_loss_days=3,
    liquidation_cost_ppm=40_000,
)

amounts = st.integers(1, MAX_AMOUNT_FEN)
days = st.integers(-1_000_000, 1_000_000)


@st.composite
def terms(draw):
    deposit = draw(st.integers(0, 999_999))
    return PurchaseTerms(
        deposit_ppm=deposit,
        day_rate_ppm=draw(st.integers(0, 2_000)),
        fee_ppm=draw(st.integers(0, min(50_000, 999_999 - deposit))),
        term_days=draw(st.integers(1, 360)),
        grace_days=draw(st.integers(0, 10)),
        overdue_day_rate_ppm=draw(st.integers(0, 3_000)),
    )


@st.composite
def open_accounts(draw):
    return OpenAccountPurchase(draw(days), draw(amounts), draw(terms()))


@st.composite
def goods_controlled(draw):
    lots = draw(st.integers(1, 12))
    control = GoodsControlTerms(lots, 80_000, 120_000, 3, 40_000)
    return GoodsControlledPurchase(draw(days), draw(amounts), draw(terms()), control)


@st.composite
def redeemed_in_lots(draw):
    contract = draw(goods_controlled())
    ages = st.integers(0, contract.terms.term_days)
    spread = draw(st.lists(ages, min_size=contract.control.lots, max_size=contract.control.lots))
    return contract, [contract.start_day + age for age in sorted(spread)]


@given(st.integers(-(2**62), 2**62), st.integers(1, 2**40))
def test_the_rounding_rule_is_half_to_even(numerator, denominator):
    told = round(Fraction(numerator, denominator))
    assert divide_half_even(numerator, denominator) == told
    if abs(numerator) < 2**61:  # twice the rest must fit
        column = divide_half_even(np.array([numerator, -numerator]), denominator)
        assert column.tolist() == [told, -told]  # the same rule for a column


@given(st.integers(-(10**12), 10**12), st.integers(0, 4 * 10**6))
@example(5, 100_000)  # a half that falls to the even number below it
@example(15, 100_000)  # and one that rises to the even number above it
def test_a_share_is_rounded_by_the_same_rule(amount, share):
    assert share_fen(amount, share) == divide_half_even(amount * share, 1_000_000)


def test_no_allowed_contract_overflows_64_bits():
    assert MAX_AMOUNT_FEN * MAX_DAY_RATE_PPM * MAX_DAYS < 2**63


def test_the_hand_worked_open_account_loan():
    """V 288,000; deposit 15 %; .04 % a day for 30 days on 244,800; fee .3 % of V: worked on paper."""
    loan = OpenAccountPurchase(start_day=100, goods_value_fen=28_800_000, terms=HAND_TERMS)
    assert [(flow.day, flow.payer, flow.payee, flow.amount_fen) for flow in loan.schedule()] == [
        (100, Party.SME, Party.SUPPLIER, 4_320_000),
        (100, Party.LENDER, Party.SUPPLIER, 24_480_000),
        (100, Party.SME, Party.PLATFORM, 86_400),
        (130, Party.SME, Party.LENDER, 24_480_000),
        (130, Party.SME, Party.LENDER, 293_760),
    ]
    assert loan.net_by_day() == {100: -24_393_600, 130: 24_773_760}


def test_the_hand_worked_redemption_in_three_lots():
    """Each lot frees 81,600 of principal and bears .04 % a day on it: 326.40, 652.80 and 979.20."""
    contract = GoodsControlledPurchase(0, 28_800_000, HAND_TERMS, HAND_CONTROL)
    paid = contract.schedule([10, 20, 30])
    interest = [f.amount_fen for f in paid if f.payer is Party.SME and f.kind is FlowKind.INTEREST]
    principal = [f.amount_fen for f in paid if f.payer is Party.SME and f.kind is FlowKind.PRINCIPAL]
    assert interest == [32_640, 65_280, 97_920]
    assert principal == [8_160_000] * 3
    profile = contract.exposure_profile([10, 20, 30])
    assert profile[0] == 24_480_000
    assert profile[10] == 24_480_000 + 97_920  # all lots accrued ten days
    assert profile[11] == 16_320_000 + 71_808  # two lots, eleven days
    assert profile[30] == 8_160_000 + 97_920


@given(st.one_of(open_accounts(), goods_controlled()))
def test_value_is_conserved_between_the_parties(contract):
    assert set(contract.net_by_day(list(Party)).values()) == {0}
    everyone = {party: sum(contract.net_by_day([party]).values()) for party in Party}
    assert sum(everyone.values()) == 0
    assert everyone[Party.SUPPLIER] == contract.goods_value_fen
    assert everyone[Party.PLATFORM] == contract.fee_fen
    interest = -everyone[Party.SME] - contract.goods_value_fen - contract.fee_fen
    assert interest == everyone[Party.LENDER] >= 0


@given(redeemed_in_lots())
def test_lots_repay_exactly_what_was_financed_whenever_they_leave(case):
    contract, redemption_days = case
    paid = contract.schedule(redemption_days)
    principal = sum(f.amount_fen for f in paid if f.payee is Party.LENDER and f.kind is FlowKind.PRINCIPAL)
    assert principal == contract.principal_fen
    left = [contract.principal_after_lots_fen(lots) for lots in range(contract.control.lots + 1)]
    assert left[0] == contract.principal_fen
    assert left[-1] == 0
    assert all(later <= earlier for earlier, later in pairwise(left))


@given(redeemed_in_lots())
def test_early_redemption_never_costs_the_client_more_and_never_exposes_the_lender_more(case):
    contract, redemption_days = case
    rounding = contract.control.lots  # half a fen a lot either way
    early = sum(f.amount_fen for f in contract.schedule(redemption_days) if f.kind is FlowKind.INTEREST)
    slowest = sum(f.amount_fen for f in contract.schedule() if f.kind is FlowKind.INTEREST)
    assert early <= slowest + 2 * rounding
    pairs = zip(contract.exposure_profile(redemption_days), contract.exposure_profile(), strict=True)
    assert all(lower <= upper for lower, upper in pairs)


@given(open_accounts(), st.integers(0, 60))
def test_what_is_owed_never_falls_with_time_unless_the_overdue_rate_is_below_the_day_rate(contract, late):
    owed = [contract.exposure_fen(contract.due_day + day) for day in range(late + 2)]
    within_grace = owed[: contract.terms.grace_days + 1]
    assert within_grace == sorted(within_grace)
    if contract.terms.overdue_day_rate_ppm >= contract.terms.day_rate_ppm:
        assert owed == sorted(owed)


@given(amounts, amounts, st.integers(0, 999_999), st.integers(0, 10**9))
def test_a_met_margin_call_restores_the_deposit_share(exposure, goods, deposit_ppm, held):
    call = margin_call_fen(exposure, held, goods, deposit_ppm)
    covered = goods - share_fen(goods, 1_000_000 - deposit_ppm)  # the client's share of today's value
    own_part = goods - (exposure - held - call)
    assert own_part >= covered
    assert call == 0 or own_part == covered


def test_margin_call_and_stop_loss_wait_for_their_triggers():
    contract = GoodsControlledPurchase(0, 28_800_000, HAND_TERMS, HAND_CONTROL)
    assert contract.margin_call_fen(10, 1, price_now=921, price_then=1000) == 0  # -7.9 %
    # two lots left, worth 192,000 x .92 = 176,640; debt 163,200 + ten days' interest 652.80; .85 x 176,640 = 150,144
    assert contract.margin_call_fen(10, 1, price_now=920, price_then=1000) == 16_320_000 + 65_280 - 15_014_400
    assert contract.margin_call_fen(10, 1, 920, 1000, margin_held_fen=1_370_880) == 0
    assert not contract.is_stop_loss_due(881, 1000, days_since_call=9)
    assert not contract.is_stop_loss_due(880, 1000, days_since_call=2)
    assert contract.is_stop_loss_due(880, 1000, days_since_call=3)


@given(st.integers(1, 10**7), st.integers(1, 10**7), st.integers(0, 900_000))
def test_one_bound_tells_of_every_price_whether_it_has_fallen(now, then, drop_ppm):
    assert has_fallen_by(now, then, drop_ppm) == (then >= least_fallen_fen(now, drop_ppm))
    bound = least_fallen_fen(now, drop_ppm)
    assert has_fallen_by(now, bound, drop_ppm)
    assert not has_fallen_by(now, bound - 1, drop_ppm)


def test_a_forced_sale_after_a_fifth_of_the_price_is_gone_loses_a_tenth_of_the_exposure():
    """DESIGN §5: goods LGD at -20 % is 10.72 %, here in whole fen."""
    contract = GoodsControlledPurchase(0, 28_800_000, HAND_TERMS, HAND_CONTROL)
    exposure = contract.exposure_fen(30)
    proceeds = liquidation_proceeds_fen(contract.goods_in_custody_fen(0, 80, 100), 40_000)
    assert shortfall_fen(exposure, 0, proceeds) / exposure == pytest.approx(0.1072, abs=5e-5)
    assert shortfall_fen(exposure, 3_000_000, proceeds) == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [("deposit_ppm", 1_000_000), ("term_days", 0), ("day_rate_ppm", -1), ("fee_ppm", 0.003), ("grace_days", -1)],
)
def test_terms_that_cannot_be_are_refused_by_name(field, value):
    sound = {"deposit_ppm": 150_000, "day_rate_ppm": 400, "fee_ppm": 3_000, "term_days": 30}
    with pytest.raises(BadInput) as refused:
        PurchaseTerms(**(sound | {field: value}))
    assert refused.value.problems[0].field == field
    assert refused.value.problems[0].value == value


@pytest.mark.parametrize("redemption_days", [[10, 20], [20, 10, 30], [10, 20, 31], [-1, 20, 30]])
def test_redemption_days_must_fit_the_contract(redemption_days):
    with pytest.raises(BadInput, match="redemption_days"):
        GoodsControlledPurchase(0, 28_800_000, HAND_TERMS, HAND_CONTROL).schedule(redemption_days)


def test_interest_of_nothing_is_nothing_and_a_negative_price_is_refused():
    assert interest_fen(0, 400, 30) == interest_fen(10**9, 0, 30) == interest_fen(10**9, 400, 0) == 0
    with pytest.raises(BadInput, match="goods_value_fen"):
        OpenAccountPurchase(0, -1, HAND_TERMS)
