"""A policy of `data/policies` decides in the market exactly what it says on paper, and sees no more than it may."""

from dataclasses import replace

import numpy as np
import pytest

from credit.errors import BadInput
from credit.ladder import step
from credit.ladder_decision import Application, Judge
from credit.ladder_facts import fact_columns, facts_in, facts_of
from credit.ladder_rules import load_ladder
from sim.arms.arm import ARMS, arm_named
from sim.books.facilities import KINDS
from sim.books.ledger import LOANS
from sim.desk.lines import Lookup, grants, owed_under
from sim.desk.verdicts import Line

FIRMS = 80
YEAR = {"firms": FIRMS, "days": 400, "seed": 11, "without_surety_ppm": 300_000, "margin_shock_spread_ppm": 120_000}


@pytest.fixture(scope="module")
def arm(make_market):
    """A market that has lived a year under an arm."""
    lives = {}

    def live(name):
        if name not in lives:
            market = lives[name] = make_market(**YEAR, policy=arm_named(name))
            for _ in range(market.settings.burn_in_days + market.days):
                market.step()
        return lives[name]

    return live


def opened_by_all(market):
    """The columns of today, and everybody's place at the top, so that every offer is asked about."""
    market.date = market.date_of(market.day - 1)
    columns = facts_in(market.observed.today(), market.desk.policy, market.desk.review.model)
    return columns, np.ones(len(columns.values), dtype=bool)


@pytest.mark.parametrize("name", list(ARMS))
def test_the_monthly_lookup_says_what_the_judge_says_of_each_application(arm, name):
    market = arm(name)
    judge = Judge.on(market.desk.policy, market.date)
    columns, everybody = opened_by_all(market)
    surety = np.arange(len(everybody)) % 3 > 0
    asked = agreed = 0
    for offer in judge.policy.offers:
        verdicts, owed_here = Lookup(judge).verdicts(offer, columns, surety, everybody), owed_under(columns, offer)
        for row, verdict in enumerate(verdicts):
            facts = columns.of(row)
            own = offer.deposits[0].value
            if not isinstance(verdict, Line):
                band = offer.band_of(facts.values["pd_annual"]) or offer.bands[-1]
                term = max(run.value for run in offer.terms if run.value <= band.longest_term.value)
                has_surety = bool(surety[row]) and offer.is_guarantee_possible
                for amount in (1e4, 1e5, 1e6):
                    assert not judge.is_approved(facts, Application(offer.name, amount, term, own, has_surety))
                continue
            here = int(owed_here[row])
            owed = round((facts.get("exposure_yuan") or 0.0) * 100)
            for financed in (verdict.least_fen - 200, verdict.least_fen + 200, verdict.limit_fen - here - 200,
                             verdict.limit_fen - here + 200, (verdict.least_fen + verdict.limit_fen) // 2):  # fmt: skip
                if financed <= 200:
                    continue
                told = grants(verdict, financed, here, owed, judge.policy.total_cap.fen) is None
                amount = financed / 100 / (1.0 - own)
                application = Application(offer.name, amount, verdict.term_days, own, verdict.is_guaranteed)
                assert told == judge.is_approved(facts, application), (offer.name, row, financed, verdict)
                asked += 1
                agreed += told
    assert asked > agreed > 0


@pytest.mark.parametrize("name", ["ladder", "bank"])
def test_whoever_is_not_stepped_would_not_have_moved(arm, name):
    market = arm(name)
    review, policy = market.desk.review, market.desk.policy
    for row, standing in enumerate(review.standings):
        if row in review.moves:
            continue
        then, reasons = step(standing, review.facts(row), policy)
        assert (then.stage, then.is_suspended, then.has_exited) == (
            standing.stage, standing.is_suspended, standing.has_exited,
        ), reasons  # fmt: skip


def test_the_quick_columns_are_the_facts_of_the_whole_tables(arm):
    market = arm("ladder")
    market.date = market.date_of(market.day - 1)
    policy, model = market.desk.policy, market.desk.review.model
    quick, _ = opened_by_all(market)
    whole = facts_of(market.observed.tables(), market.date, policy, model)
    for row, (firm, facts) in enumerate(whole.items()):
        mine = quick.of(row)
        assert (mine.firm_id, mine.has_red_flag) == (firm, facts.has_red_flag)
        assert mine.values.keys() == facts.values.keys()
        assert all(mine.values[name] == pytest.approx(value, rel=1e-9) for name, value in facts.values.items())


@pytest.mark.parametrize("name", ["bank", "blind"])
def test_an_arm_that_sees_less_reads_no_more(arm, name):
    """Orders, invoices and log-ins turned upside down change no verdict of an arm that does not look at them."""
    market = arm(name)
    lookup = Lookup(Judge.on(market.desk.policy, market.date))
    market.date = market.date_of(market.day - 1)
    policy, model = market.desk.policy, market.desk.review.model
    tables = market.observed.tables()
    other = dict(tables)
    other["orders"] = tables["orders"].assign(quantity_kg=tables["orders"]["quantity_kg"] * 7, match_share=0.1)
    other["invoices"] = tables["invoices"].assign(amount_fen=tables["invoices"]["amount_fen"] * 3 + 1)
    other["operations"] = tables["operations"].assign(logins=0, output_kg=1.0)
    everybody = np.ones(len(fact_columns(tables, market.date, policy, model).values), dtype=bool)
    surety = everybody
    lines = 0
    for offer in policy.offers:
        told = [
            lookup.verdicts(offer, fact_columns(seen, market.date, policy, model), surety, everybody)
            for seen in (tables, other)
        ]
        assert list(told[0]) == list(told[1])
        lines += sum(isinstance(verdict, Line) for verdict in told[0])
    assert lines


def test_whoever_is_riskier_never_has_the_larger_line(arm):
    market = arm("ladder")
    judge = Judge.on(market.desk.policy, market.date)
    columns, everybody = opened_by_all(market)
    lookup, surety = Lookup(judge), everybody
    values = columns.values
    for offer in judge.policy.offers:
        before = lookup.verdicts(offer, columns, surety, everybody)
        for factor in (1.2, 2.0, 5.0):
            riskier = values.assign(pd_annual=np.minimum(values["pd_annual"] * factor, 0.99))
            after = lookup.verdicts(offer, replace(columns, values=riskier), surety, everybody)
            for safe, risky in zip(before, after, strict=True):
                if isinstance(risky, Line):
                    assert isinstance(safe, Line)
                    assert risky.limit_fen <= safe.limit_fen
                    assert risky.rate_ppm >= safe.rate_ppm
                    assert risky.term_days <= safe.term_days


def served(market):
    table = market.observed.tables()["decisions"]
    return set(table.loc[table["outcome"] == "accepted", "firm_id"])


def test_the_ladder_serves_clients_whom_the_bank_refuses(arm):
    ladder, bank = served(arm("ladder")), served(arm("bank"))
    assert len(ladder - bank) > len(bank - ladder)


@pytest.mark.parametrize("name", list(ARMS))
def test_an_arm_grants_its_own_products_and_nothing_else(arm, name):
    market = arm(name)
    drawn = {one.product for one in market.book.facilities}
    assert drawn
    assert drawn <= {offer.product for offer in market.desk.policy.offers}
    table = market.observed.tables()
    assert set(table["decisions"]["model_version"]) == {market.desk.version}
    assert table["decisions"]["reasons"].notna()[table["decisions"]["outcome"] == "refused"].all()
    assert set(table["facilities"]["product"]) == drawn


def test_book_and_ledger_agree_product_by_product(arm):
    market = arm("ladder")
    view = market.entries.fen.view
    by_lender = {lender.slot // view.shape[1]: 0 for lender in market.lenders}
    for one in market.book.facilities:
        by_lender[one.lender.slot // view.shape[1]] += one.open_fen
    assert by_lender == {row: int(view[row, LOANS]) for row in by_lender}
    kinds = {KINDS[one.kind].product: one.lender for one in market.book.facilities}
    assert kinds["receivables_advance"] is market.desk.factor
    assert {one.lender for one in market.book.facilities if one.product == "purchase_loan"} <= set(
        market.platform.lenders
    )


@pytest.mark.parametrize("name", list(ARMS))
def test_every_decision_tells_what_it_rested_on(arm, name):
    """Version, reasons, where the client stood and every fact of its review: enough to decide it again."""
    market = arm(name)
    decisions, kept = market.log.decisions, market.desk.decisions
    assert len(kept.rests_on) == len(decisions) > 0
    rows = np.arange(0, len(decisions), max(len(decisions) // 200, 1))
    for row in rows.tolist():
        inputs = kept.inputs_of(row)
        assert kept.rests_on.cell("decision", row) == row
        assert inputs["judged_on"] <= decisions.cell("decided_on", row) <= inputs["judged_on"] + 31
        founded_since = decisions.cell("firm", row) >= len(kept.facts[inputs["judged_on"]][1])
        assert founded_since or round(inputs["pd_annual"] * 1e6) == decisions.cell("pd_ppm", row)
    assert len({kept.hash_of(row) for row in rows.tolist()}) > len(rows) // 2
    first = kept.hash_of(0)
    names, cells = kept.facts[kept.inputs_of(0)["judged_on"]]
    cells = cells.copy()
    cells[decisions.cell("firm", 0), names.index("pd_annual")] += 1e-9
    kept.facts[kept.inputs_of(0)["judged_on"]] = names, cells
    assert kept.hash_of(0) != first


def test_an_arm_lives_the_same_life_again(arm, make_market):
    short = YEAR | {"days": 40}
    lives = [make_market(**short, policy=arm_named("ladder")) for _ in range(2)]
    for market in lives:
        for _ in range(market.settings.burn_in_days + market.days):
            market.step()
    assert lives[0].state_hash() == lives[1].state_hash()


def test_an_unknown_arm_is_refused_by_name():
    with pytest.raises(BadInput, match="ladder, bank, single, blind"):
        arm_named("pawnshop")
    assert arm_named("bank").name == load_ladder("traditional_bank").name
