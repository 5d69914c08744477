"""The one chain from a form to a price: what moves the loss never makes it cheaper; law, capital and books follow."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit.collateral import expected_goods_lgd
from credit.files import DATA
from credit.loss_market import LossMarket
from credit.offer_price import OfferPrice, offer_price
from credit.offer_value import offer_value
from credit.products import Product, load_product

DAY = date(2026, 1, 1)
SHELF = {path.stem: load_product(path) for path in sorted((DATA / "products").glob("*.yaml"))}
FORMS = [(name, form) for name, product in SHELF.items() for form in product.forms]
IDS = [f"{name}-{form}" for name, form in FORMS]
LOAN, LEASE, BACK = SHELF["purchase_loan"], SHELF["machine_lease"], SHELF["sale_leaseback"]


def moved(product: Product, form: str, **changes) -> OfferPrice:
    """The form with other numbers or choices, as its own wrapper offers it."""
    offer = offer_price(product, form)
    update = {}
    for name, value in changes.items():
        held = getattr(offer.form, name)
        is_number = hasattr(held, "model_copy") and not isinstance(value, type(held))
        update[name] = held.model_copy(update={"value": value, "low": None, "high": None}) if is_number else value
    return OfferPrice(offer.form.model_copy(update=update), offer.day, offer.wrapper, offer.lender)


def required(offer: OfferPrice, pd: float = 0.03) -> float:
    return float(offer.priced(pd).after.required_rate_annual)


# --- riskier is never cheaper


@settings(max_examples=60)
@given(st.sampled_from(FORMS), st.floats(0, 0.4), st.floats(0, 0.4))
def test_a_riskier_client_is_never_cheaper_in_any_form(chosen, one, other):
    offer = offer_price(SHELF[chosen[0]], chosen[1])
    safe, risky = sorted((one, other))
    for side in ("before", "after"):
        low, high = (getattr(offer.priced(pd), side) for pd in (safe, risky))
        assert low.required_rate_annual <= high.required_rate_annual + 1e-12
        assert low.raroc >= high.raroc - 1e-12


@settings(max_examples=40)
@given(st.sampled_from(["open_account", "goods_controlled"]), st.floats(0.05, 0.6), st.floats(0.05, 0.6))
def test_a_lower_deposit_is_never_cheaper(form, one, other):
    low, high = sorted((round(one, 6), round(other, 6)))
    lower, higher = (moved(LOAN, form, deposit_share=deposit) for deposit in (low, high))
    assert lower.mean_lgd >= higher.mean_lgd - 1e-12
    assert required(lower) >= required(higher) - 1e-12


@settings(max_examples=40)
@given(st.sampled_from(["open_account", "goods_controlled"]), st.integers(7, 90), st.integers(7, 90), st.floats(0, 0.3))
def test_a_longer_tenor_is_never_cheaper(form, one, other, pd):
    shorter, longer = (offer_price(LOAN, form, term=term) for term in sorted((one, other)))
    assert shorter.mean_lgd <= longer.mean_lgd + 1e-12
    assert required(shorter, pd) <= required(longer, pd) + 1e-9


@pytest.mark.parametrize(("name", "form"), FORMS, ids=IDS)
def test_a_longer_tenor_never_loses_less_at_default(name, form):
    term = SHELF[name].any_form(form).own_term
    lgds = [offer_price(SHELF[name], form, term=value).mean_lgd for value in (term.shortest.value, term.longest.value)]
    assert lgds[0] <= lgds[1] + 1e-9


def test_a_grade_that_swings_more_and_sells_dearer_is_never_cheaper():
    grades = ("PP", "PVC", "PET", "PS", "ABS", "other")
    offers = [moved(LOAN, "goods_controlled", grade=grade) for grade in grades]
    assert [one.mean_lgd for one in offers] == sorted(one.mean_lgd for one in offers)
    assert [required(one) for one in offers] == sorted(required(one) for one in offers)
    careful = moved(LOAN, "goods_controlled", grade="ABS", liquidation_cost_share=0.2)
    assert careful.mean_lgd > offers[4].mean_lgd, "a form may be more careful than its grade"
    assert moved(LOAN, "goods_controlled", grade="ABS", liquidation_cost_share=0.0).mean_lgd == offers[4].mean_lgd


@pytest.mark.parametrize(("name", "form"), FORMS, ids=IDS)
def test_a_guarantee_and_recourse_are_never_dearer(name, form):
    product = SHELF[name]
    with_it, without = (moved(product, form, is_guaranteed=is_so) for is_so in (True, False))
    assert with_it.mean_lgd < without.mean_lgd
    assert required(with_it) < required(without)
    if name == "receivables_advance":
        with_it, without = (moved(product, form, has_recourse=is_so) for is_so in (True, False))
        assert with_it.mean_lgd < without.mean_lgd


def test_less_of_ones_own_money_or_an_older_machine_never_loses_less():
    for field, product, values in (
        ("down_payment_share", LEASE, (0.4, 0.3, 0.2, 0.1)),
        ("deposit_share", LEASE, (0.3, 0.2, 0.1, 0.0)),
        ("advance_share", BACK, (0.5, 0.6, 0.7, 0.9)),
    ):
        lgds = [moved(product, product.first_form, **{field: value}).mean_lgd for value in values]
        assert lgds == sorted(lgds), field
    months = BACK.any_form("annuity").term.default
    ages = [moved(BACK, "annuity", machine_age=months.model_copy(update={"value": age})) for age in (12, 60, 120)]
    assert [one.mean_lgd for one in ages] == sorted(one.mean_lgd for one in ages)


def test_a_lease_loses_most_early_on():
    """DOMAIN 2.3: forced-sale losses of the reference lease fall from month 6 to nothing by month 24."""
    loss = offer_price(LEASE, "annuity").loss
    sale = loss.causes["machine_sale"]
    assert sale[5] > sale[11] > sale[17] > sale[26] >= 0
    assert sale[26:].max() == pytest.approx(0.0, abs=1e-9)


# --- what the loss is made of


@pytest.mark.parametrize(("name", "form"), FORMS, ids=IDS)
def test_causes_sum_to_the_loss_and_a_bad_market_loses_more(name, form):
    offer = offer_price(SHELF[name], form)
    loss = offer.loss
    assert sum(loss.mean_of(part) for part in loss.causes.values()) == pytest.approx(loss.mean_of(loss.mechanism))
    low, high = sorted((loss.stated, loss.mean_of(loss.mechanism)))
    assert low - 1e-12 <= offer.mean_lgd <= high + 1e-12
    assert offer.bad_loss.mean_lgd > offer.mean_lgd
    assert (loss.lgd >= 0).all()
    assert (loss.lgd <= 1).all()


def test_what_the_shipped_forms_lose_is_what_the_brief_reckons():
    """DOMAIN 6.8: resin .15 controlled, .55 released; lease .30, working capital .60, factoring .30, growth .50."""
    reckoned = {
        ("purchase_loan", "goods_controlled"): 0.15, ("purchase_loan", "open_account"): 0.55,
        ("machine_lease", "annuity"): 0.30, ("turnover_revolver", "bullet"): 0.60,
        ("receivables_advance", "recourse"): 0.30, ("growth_loan", "seasonal"): 0.50,
    }  # fmt: skip
    for (name, form), lgd in reckoned.items():
        assert offer_price(SHELF[name], form).mean_lgd == pytest.approx(lgd, abs=0.08), name


def test_goods_in_custody_lose_by_hand():
    market, offer = LossMarket.on(DAY), offer_price(LOAN, "goods_controlled")
    put = expected_goods_lgd(
        market.goods_volatility_annual["LLDPE"], deposit_share=0.15, day_rate=0.0004, term_days=30,
        liquidation_days=20, liquidation_cost_share=0.04,
    )  # fmt: skip
    assert offer.loss.mean_of(offer.loss.mechanism) == pytest.approx(0.15 * 0.85 + 0.85 * float(put))


def test_the_team_s_own_figure_weighs_as_much_as_it_is_sure_of_it():
    stated = LOAN.any_form("open_account").loss_given_default
    lgds = []
    for confidence in ("assumption", "low", "medium", "high"):
        figure = stated.model_copy(update={"value": 0.9, "high": None, "confidence": confidence})
        lgds.append(moved(LOAN, "open_account", loss_given_default=figure).mean_lgd)
    assert lgds == sorted(lgds)
    assert 0.55 < lgds[0] < lgds[-1] < 0.9
    without = moved(LOAN, "open_account", loss_given_default=None)
    assert without.mean_lgd == pytest.approx(0.55, abs=0.001), "the terms alone say it too"


def test_a_committed_line_is_drawn_before_default_and_an_uncommitted_one_less():
    line = SHELF["turnover_revolver"]
    free, committed = (moved(line, "bullet", commitment_fee_annual=fee) for fee in (0.0, 0.005))
    assert (committed.loss.exposure_fen > free.loss.exposure_fen).all()
    assert required(committed) > required(free)


# --- law, capital, VAT


def test_lessors_and_factors_hold_what_their_leverage_rule_says_and_no_form_displaces_it():
    shares = {("machine_lease", "annuity"): 0.125, ("sale_leaseback", "annuity"): 0.125,
              ("receivables_advance", "recourse"): 0.10, ("growth_loan", "seasonal"): 1 / 6}  # fmt: skip
    weight = LOAN.any_form("open_account").deposit_share.model_copy(update={"value": 0.85})
    for (name, form), equity in shares.items():
        assert offer_price(SHELF[name], form).costs.capital_share == pytest.approx(equity)
        assert moved(SHELF[name], form, risk_weight=weight).costs.capital_share == pytest.approx(equity)
    bank = OfferPrice(LOAN.any_form("open_account"), DAY, "entrusted_bank_loan", "bank")
    assert bank.costs.capital_share == pytest.approx(0.75 * 0.105)


def test_the_lease_price_of_the_brief():
    """DOMAIN 0: a lease costs about 10.7 % before VAT, by leverage; PD 3.5 %, LGD 30 %."""
    told = offer_price(LEASE, "annuity", lgd=0.30).one_period(0.035)
    assert told.before.required_rate_annual == pytest.approx(0.107, abs=5e-4)


def test_vat_takes_what_the_brief_says_of_a_loan_for_goods():
    """DOMAIN 0: required 11.13 -> about 11.9 %, hurdle break-even PD at 12 % 4.27 -> about 3.2 %."""
    bank = OfferPrice(LOAN.any_form("open_account"), DAY, "entrusted_bank_loan", "bank", lgd=0.55)
    told = bank.one_period(0.03, 0.12)
    assert told.before.required_rate_annual == pytest.approx(0.1113, abs=5e-5)
    assert told.before.break_even_pd == pytest.approx(0.0427, abs=5e-5)
    assert told.required_rate_annual == pytest.approx(0.119, abs=5e-4)
    assert told.break_even_pd == pytest.approx(0.032, abs=1e-3)


def test_vat_follows_the_day_and_the_lender():
    form = LOAN.any_form("open_account")
    kept = {
        (wrapper, lender, day): OfferPrice(form, day, wrapper, lender).kept_share
        for wrapper, lender in (("credit_sale", "trading_company"), ("micro_loan", "micro_lender"))
        for day in (date(2018, 1, 1), DAY)
    }
    assert kept["micro_loan", "micro_lender", DAY] == pytest.approx(0.9366, abs=5e-5)
    assert kept["credit_sale", "trading_company", date(2018, 1, 1)] < kept["credit_sale", "trading_company", DAY]


@pytest.mark.parametrize(("name", "form"), FORMS, ids=IDS)
def test_where_the_rate_goes_sums_to_the_rate_before_and_after_vat(name, form):
    told = offer_price(SHELF[name], form).priced(0.03)
    for side in (told.before, told.after):
        assert sum(side.waterfall.parts().values()) == pytest.approx(side.rate_annual, abs=1e-12)
        assert side.waterfall.first_payment_fraud > 0
    assert told.before.waterfall.vat == 0.0
    assert told.after.required_rate_annual > told.before.required_rate_annual


# --- curves, books, value


@pytest.mark.parametrize(("name", "form"), FORMS, ids=IDS)
def test_an_even_curve_is_a_constant_pd(name, form):
    offer = offer_price(SHELF[name], form)
    even = -np.log1p(-0.04) * np.arange(1, 61) / 12
    assert offer.risk_of_curve(even).loss == pytest.approx(offer.risk(0.04).loss, rel=1e-9)


def test_defaults_that_come_early_cost_more_where_more_is_lost_early():
    offer = offer_price(LEASE, "annuity")
    early, late = np.zeros(60), np.zeros(60)
    early[:12], late[24:36] = 0.01, 0.01
    assert offer.risk_of_curve(early.cumsum()).loss > offer.risk_of_curve(late.cumsum()).loss


def test_the_books_follow_from_the_wrapper_and_stock_has_no_expected_loss():
    goods = LOAN.any_form("goods_controlled")
    held = OfferPrice(goods, DAY, "credit_sale", "trading_company").allowance(0.03)
    assert (held.basis, held.amount_fen) == ("stock", 0)
    bound = goods.model_copy(update={"is_redemption_unconditional": True})
    assert OfferPrice(bound, DAY, "credit_sale", "trading_company").allowance(0.03).basis == "simplified_lifetime"
    lent = OfferPrice(goods, DAY, "micro_loan", "micro_lender").allowance(0.03)
    assert lent.basis == "three_stages"
    assert lent.amount_fen > 0
    assert OfferPrice(goods, date(2017, 6, 1), "micro_loan", "micro_lender").allowance(0.03).basis == "incurred_loss"
    assert offer_price(SHELF["growth_loan"], "revenue_share").allowance(0.03).basis == "in_fair_value"
    long = offer_price(LEASE, "annuity").allowance(0.03)
    assert 0 < long.amount_fen < long.lifetime_fen, "stage 1 holds twelve months of three years"
    short = offer_price(LOAN, "open_account").allowance(0.03)
    assert short.amount_fen == short.lifetime_fen


def test_an_allowance_by_hand():
    """One bullet of 30 days: three scenarios of PD 3, 6 and 2.1 %, fraud at .8 % halved by three months of waiting."""
    offer = offer_price(LOAN, "open_account")
    fraud = 0.008 * 0.5**0.5
    mean = sum(weight * (1 - (1 - pd) ** (30 / 365)) for weight, pd in ((0.5, 0.03), (0.3, 0.06), (0.2, 0.021)))
    owed = 24_480_000 * 1.012
    discount = (1 + float(offer.rates.effective_annual)) ** (-1 / 12)
    told = owed * discount * ((1 - fraud) * mean * offer.mean_lgd + fraud * 0.9)
    assert offer.allowance(0.03).amount_fen == pytest.approx(told, abs=1)


def test_at_the_required_rate_a_loyal_client_is_worth_about_nothing():
    """The value of an offer and its price are two readings of the same flows; they differ by leaving and onboarding."""
    offer = offer_price(LEASE, "annuity")
    rate = required(offer)
    dear, fair, cheap = (
        float(offer_value(offer, [0.03], [r]).value_if_taken[0, 0]) for r in (rate + 0.03, rate, rate - 0.03)
    )
    assert dear > 0 > cheap
    assert abs(fair) < 0.01


def test_a_client_that_is_known_for_longer_is_less_likely_to_be_a_fraud():
    offer = offer_price(LOAN, "open_account")
    told = offer.risk(np.full(3, 0.03), months_known=np.array([0, 6, 24]))
    assert (np.diff(told.fraud_loss) < 0).all()
    assert offer.fraud_share(0) == pytest.approx(0.008)
