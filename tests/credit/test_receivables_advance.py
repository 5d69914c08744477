"""Receivables advance: published yields, who bears what a debtor does not pay, what may be advanced against."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit.cashflows import effective_annual_rate
from credit.contract_rates import rates_of
from credit.contracts import AdvanceTerms, EligibilityRules, FlowKind, Outcome, Party, Receivable, ReceivablesAdvance
from credit.contracts.eligibility import availability_fen, judge, reserve_ppm
from credit.errors import BadInput

START = date(2026, 1, 15).toordinal()
TERMS = AdvanceTerms(
    advance_ppm=800_000,
    dilution_ppm=0,
    reserve_floor_ppm=50_000,
    rate_annual_ppm=100_000,
    fee_ppm=8_000,
    limit_fen=10**11,
    has_recourse=True,
    recourse_days=90,
    rules=EligibilityRules(days_past_due_maximum=60, concentration_ppm=1_000_000),
)
NO_RECOURSE = replace(TERMS, has_recourse=False)


def advance(term_days=90, terms=TERMS):
    return ReceivablesAdvance(START, (Receivable("a", "buyer", 100_000_000, START + term_days),), terms)


def yield_of(contract, outcome=None):
    net = {}
    for flow in contract.schedule({"a": outcome} if outcome else None):
        received = (flow.payee is Party.LENDER) - (flow.payer is Party.LENDER)
        net[flow.day] = net.get(flow.day, 0) + received * flow.amount_fen
    return effective_annual_rate([net[day] for day in sorted(net)], sorted(net))


@st.composite
def pools(draw):
    count = draw(st.integers(1, 8))
    receivables = tuple(
        Receivable(
            f"i{number}",
            f"d{draw(st.integers(1, 4))}",
            draw(st.integers(1_000, 10**9)),
            START + draw(st.integers(-90, 180)),
            contra_fen=draw(st.sampled_from([0, 0, 500])),
            is_affiliate=draw(st.integers(0, 9)) == 0,
        )
        for number in range(count)
    )
    rules = EligibilityRules(60, draw(st.integers(200_000, 1_000_000)))
    return receivables, replace(TERMS, rules=rules, has_recourse=draw(st.booleans()))


@pytest.mark.parametrize(("days", "late", "effective"), [(90, 0, 0.1498), (90, 30, 0.1376), (60, 0, 0.174)])
def test_what_an_advance_yields(days, late, effective):
    """DESIGN §5 and DOMAIN §2.5: the fee is fixed, so lateness dilutes the yield."""
    assert yield_of(advance(days), Outcome(late)) == pytest.approx(effective, abs=5e-5 if days == 90 else 5e-4)


def test_the_quoted_rate_is_told_apart_from_the_cost():
    rates = rates_of(advance())
    assert rates.simple_annual == pytest.approx(0.1, abs=1e-6)
    assert rates.simple_annual < rates.nominal_irr < rates.effective_annual


@st.composite
def settled_pools(draw):
    receivables, terms = draw(pools())
    try:
        contract = ReceivablesAdvance(START, receivables, terms)
    except BadInput:
        contract = advance(terms=terms)
    outcomes = {}
    for receivable in contract.receivables:
        dilution = draw(st.integers(0, receivable.amount_fen))
        unpaid = draw(st.integers(0, receivable.amount_fen - dilution))
        outcomes[receivable.invoice_id] = Outcome(draw(st.integers(0, 120)), dilution, unpaid)
    return contract, outcomes


@settings(max_examples=60, deadline=None)
@given(settled_pools())
def test_value_is_conserved_and_only_a_factor_without_recourse_loses(case):
    contract, outcomes = case
    flows = contract.schedule(outcomes)
    assert sum(contract.advance_by_invoice_fen()) == contract.advance_fen
    net = dict.fromkeys(Party, 0)
    for flow in flows:
        assert flow.amount_fen > 0
        net[flow.payee] += flow.amount_fen
        net[flow.payer] -= flow.amount_fen
    assert sum(net.values()) == 0
    paid = sum(r.amount_fen - outcomes[r.invoice_id].dilution_fen - outcomes[r.invoice_id].unpaid_fen
               for r in contract.receivables)  # fmt: skip
    assert net[Party.DEBTOR] == -paid
    if contract.terms.has_recourse:
        assert net[Party.LENDER] >= contract.fee_fen
    else:
        unpaid = sum(outcome.unpaid_fen for outcome in outcomes.values())
        assert net[Party.LENDER] >= contract.fee_fen - unpaid


def test_without_recourse_the_factor_bears_default_and_the_client_dilution():
    unpaid, diluted = Outcome(unpaid_fen=60_000_000), Outcome(dilution_fen=60_000_000)

    def lost(terms, outcome):
        flows = advance(terms=terms).schedule({"a": outcome})
        back = sum(f.amount_fen for f in flows if f.payee is Party.LENDER and f.kind is FlowKind.PRINCIPAL)
        return 80_000_000 - back

    interest = 100_000_000 * 0.8 * 0.1 * 90 / 365
    assert lost(TERMS, unpaid) == 0
    assert lost(NO_RECOURSE, unpaid) == pytest.approx(40_000_000 + interest, abs=1)  # interest is taken first
    assert lost(NO_RECOURSE, diluted) == 0


def test_with_recourse_the_client_buys_an_old_invoice_back():
    flows = advance().schedule({"a": Outcome(days_late=120)})
    bought_back = [flow for flow in flows if flow.payer is Party.SME and flow.kind is FlowKind.PRINCIPAL]
    assert [(flow.day, flow.amount_fen) for flow in bought_back] == [(START + 180, 80_000_000)]
    assert flows[-1] == (START + 210, Party.DEBTOR, Party.SME, 100_000_000, FlowKind.COLLECTION)


@given(pools())
def test_eligible_is_never_more_than_the_invoice_and_no_debtor_is_above_the_limit(case):
    receivables, terms = case
    verdicts = judge(receivables, terms.rules, START)
    assert all(0 <= verdict.eligible_fen <= verdict.receivable.amount_fen for verdict in verdicts)
    assert all((v.eligible_fen < v.receivable.amount_fen) == bool(v.reasons) for v in verdicts)
    alone = EligibilityRules(60, 1_000_000)
    before = sum(verdict.eligible_fen for verdict in judge(receivables, alone, START))
    for debtor in {receivable.debtor_id for receivable in receivables}:
        owed = sum(v.eligible_fen for v in verdicts if v.receivable.debtor_id == debtor)
        assert owed <= before * terms.rules.concentration_ppm / 1e6 + 1


def test_each_rule_names_what_it_cuts():
    def invoice(name, debtor, **kind):
        return Receivable(name, debtor, **({"amount_fen": 1_000, "due_day": START} | kind))

    pool = (
        invoice("old", "a", due_day=START - 61),
        invoice("sister", "b", is_affiliate=True),
        invoice("set_off", "c", contra_fen=300),
        invoice("big", "d", amount_fen=3_000),
        invoice("plain", "e"),
    )
    verdicts = {
        v.receivable.invoice_id: (v.eligible_fen, v.reasons) for v in judge(pool, EligibilityRules(60, 250_000), START)
    }
    assert verdicts == {
        "old": (0, ("overdue",)),
        "sister": (0, ("affiliate",)),
        "set_off": (700, ("contra",)),
        "big": (1_175, ("concentration",)),  # a quarter of 700 + 3,000 + 1,000
        "plain": (1_000, ()),
    }


def test_availability_is_the_smaller_of_base_and_limit_less_what_is_drawn():
    assert availability_fen(1_000, 800_000, 10_000) == 800
    assert availability_fen(1_000, 800_000, 500) == 500
    assert availability_fen(1_000, 800_000, 500, outstanding_fen=600) == 0


def test_the_reserve_follows_dilution():
    """DOMAIN §2.5: max(1 - a, 2 x dilution + 5 %)."""
    assert reserve_ppm(800_000, 30_000, 50_000) == 200_000
    assert reserve_ppm(900_000, 30_000, 50_000) == 110_000
    diluted = replace(TERMS, dilution_ppm=100_000)
    assert advance(terms=diluted).advance_fen == 75_000_000


def test_the_limit_caps_the_advance_and_it_is_split_to_the_fen():
    pool = tuple(Receivable(f"i{n}", f"d{n}", 333_333, START + 30) for n in range(3))
    capped = ReceivablesAdvance(START, pool, replace(TERMS, limit_fen=100_000))
    assert capped.advance_fen == 100_000
    assert sorted(capped.advance_by_invoice_fen()) == [33_333, 33_333, 33_334]


def test_pools_that_cannot_be_are_refused():
    one = Receivable("a", "buyer", 1_000_000, START + 30)
    for pool, rule in [
        ((), "hold an invoice"),
        ((one, one), "once in the pool"),
        ((replace(one, is_affiliate=True),), "no invoice is eligible"),
    ]:
        with pytest.raises(BadInput, match=rule):
            ReceivablesAdvance(START, pool, TERMS)
    with pytest.raises(BadInput, match="name an invoice"):
        advance().schedule({"b": Outcome()})
    with pytest.raises(BadInput, match="unpaid_fen"):
        advance().schedule({"a": Outcome(dilution_fen=60_000_000, unpaid_fen=60_000_000)})
    with pytest.raises(BadInput, match="fee_ppm"):
        replace(TERMS, fee_ppm=800_000)
