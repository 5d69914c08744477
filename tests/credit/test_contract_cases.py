"""Hand-worked schedules: the amounts on paper, the spreadsheet's formulas and the contracts agree to the fen."""

from datetime import date

import pytest

from credit.contracts import (
    AdvanceTerms,
    AssignedReceivable,
    AssignmentTerms,
    DepositReturn,
    EligibilityRules,
    GoodsControlledPurchase,
    GoodsControlTerms,
    GrowthLoan,
    GrowthLoanTerms,
    LeaseTerms,
    LineEvent,
    MachineLease,
    OpenAccountPurchase,
    Outcome,
    PurchaseTerms,
    RateQuote,
    Receivable,
    ReceivablesAdvance,
    RevolverTerms,
    SaleLeaseback,
    TurnoverRevolver,
)
from credit.files import read_yaml
from tools.case_sheets import CASES, sheet_of, workbook, worked_out

CASE_FILES = sorted(CASES.glob("*.yaml"))
MILLION = 1_000_000


def ppm(share):
    return round(share * MILLION)


def purchase_terms(i, days=30):
    return PurchaseTerms(ppm(i["deposit"]), ppm(i["day_rate"]), ppm(i["fee"]), i.get("term", days))


def open_account(start, i):
    return OpenAccountPurchase(start, i["goods"], purchase_terms(i)).schedule()


def goods_controlled(start, i):
    control = GoodsControlTerms(i["lots"], 80_000, 120_000, 3, 40_000)
    contract = GoodsControlledPurchase(start, i["goods"], purchase_terms(i), control)
    return contract.schedule([start + 10, start + 20, start + 30])


def machine_lease(start, i):
    terms = LeaseTerms(
        i["months"], ppm(i["rate"]), deposit_ppm=ppm(i["deposit"]), fee_ppm=ppm(i["fee"]), option_fen=i["option"]
    )
    return MachineLease(start, i["price"], ppm(i["down_payment"]), terms).schedule()


def sale_leaseback(start, i):
    terms = LeaseTerms(
        i["months"],
        ppm(i["rate"]),
        RateQuote.FLAT,
        deposit_ppm=ppm(i["deposit"]),
        deposit_return=DepositReturn.SET_OFF,
        fee_ppm=ppm(i["fee"]),
    )
    return SaleLeaseback(start, i["value"], ppm(i["advance"]), terms).schedule()


def turnover_revolver(start, i):
    events = (LineEvent(start, i["draw1"]), LineEvent(start + 20, -i["repay1"]), LineEvent(start + 45, i["draw2"]))
    terms = RevolverTerms(3, ppm(i["day_rate"]), ppm(i["commitment"]))
    return TurnoverRevolver(start, i["limit"], terms, events).schedule()


def receivables_advance(start, i):
    terms = AdvanceTerms(
        advance_ppm=ppm(i["advance"]),
        dilution_ppm=0,
        reserve_floor_ppm=0,
        rate_annual_ppm=ppm(i["rate"]),
        fee_ppm=ppm(i["fee"]),
        limit_fen=10**12,
        has_recourse=True,
        recourse_days=90,
        rules=EligibilityRules(60, MILLION),
    )
    pool = (Receivable("invoice", "debtor", i["invoice"], start + i["term"]),)
    return ReceivablesAdvance(start, pool, terms).schedule({"invoice": Outcome(days_late=i["late"])})


def assigned_receivable(start, i):
    assignment = AssignmentTerms(i["after"], ppm(i["funded"]), ppm(i["discount"]), has_recourse=False)
    return AssignedReceivable(start, i["goods"], purchase_terms(i), assignment).schedule()


def growth_loan(start, i):
    season = (1, i["february"], i["march"], i["april"], i["may"], *[1] * 7)
    terms = GrowthLoanTerms(4, ppm(i["rate"]), tuple(ppm(weight) for weight in season), fee_ppm=ppm(i["fee"]))
    return GrowthLoan(start, i["loan"], terms).schedule()


BUILDERS = {
    builder.__name__: builder
    for builder in (
        open_account,
        goods_controlled,
        machine_lease,
        sale_leaseback,
        turnover_revolver,
        receivables_advance,
        assigned_receivable,
        growth_loan,
    )
}


def test_every_contract_has_a_hand_worked_case():
    assert sorted(read_yaml(path)["contract"] for path in CASE_FILES) == sorted(BUILDERS)


@pytest.mark.parametrize("path", CASE_FILES, ids=lambda path: path.stem)
def test_the_contract_pays_what_was_worked_by_hand(path):
    case = read_yaml(path)
    flows = BUILDERS[case["contract"]](case["start"].toordinal(), case["inputs"])
    promised = sorted((date.fromordinal(f.day), f.payer, f.payee, f.kind, f.amount_fen) for f in flows)
    assert promised == sorted((f["day"], f["payer"], f["payee"], f["kind"], f["fen"]) for f in case["flows"])


@pytest.mark.parametrize("path", CASE_FILES, ids=lambda path: path.stem)
def test_the_spreadsheet_works_out_the_same_amounts(path):
    case = read_yaml(path)
    values = worked_out(case)
    assert {flow["id"]: flow["fen"] for flow in case["flows"]} == {
        flow["id"]: values[flow["id"]] for flow in case["flows"]
    }
    assert path.with_suffix(".xlsx").read_bytes() == workbook(sheet_of(case)), "run `python -m tools.case_sheets`"
