"""`creditlab ladder explain`: yes or no, why, and what would turn a no."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from rich.box import SIMPLE
from rich.table import Table

from credit.anomalies.fraud_gate import fraud_gate
from credit.default_model import DefaultModel
from credit.errors import BadInput, Problem
from credit.features.table import last_recorded
from credit.firm_files import load_firm
from credit.ladder_decision import Application, Judge
from credit.ladder_facts import facts_of_firm
from credit.ladder_measures import Facts
from credit.ladder_models import stored_model, unseen_features
from credit.ladder_rules import LadderPolicy, load_ladder
from credit.shelf import shelf_beside, unknown_products
from credit.tables import read_tables
from credit.why_not import explain
from lab.ladder_answer import CheckTold, LadderAnswer, answer_of
from lab.output import give, margin

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

ONE_TRUCK_YUAN = 288_000.0
USUAL_TERM_DAYS = 30
MOST_YUAN = 1e9


def run(
    firm_file: Path | None,
    tables: Path | None,
    firm: str | None,
    as_of: date | None,
    policy_file: str,
    model: Path | None,
    product: str | None,
    amount_yuan: float | None,
    term_days: int | None,
    deposit_share: float | None,
    is_guaranteed: bool | None,
    *,
    as_json: bool,
) -> None:
    """Judge one firm's application under a ladder and print the answer.

    Args:
        firm_file: the firm as a file; or
        tables: a folder of observable tables, with
        firm: an identifier in it and
        as_of: the day; the last recorded one when absent.
        policy_file: a ladder file, or the name of an arm.
        model: the default model for firms from tables; the stored one that belongs to the policy when absent.
        product: what is asked for; the file's application, else the policy's first offer.
        amount_yuan: value bought; one truck of resin without file.
        term_days: 30 where the product has it, else its shortest, without file.
        deposit_share: the product's lowest without file.
        is_guaranteed: no surety without file.
        as_json: print one JSON object instead of the page.

    Raises:
        BadInput: the firm is given twice or not at all, a file is unsound, or the policy offers no such product.
    """
    policy = load_ladder(policy_file)
    if firm_file is not None and tables is None and firm is None and as_of is None:
        given = load_firm(firm_file)
        facts, asked = given.known(), given.asked()
        if product is not None and product != asked.product:
            asked = _usual(policy, product)
    elif firm_file is None and tables is not None and firm is not None:
        judged_by = DefaultModel.load(model or stored_model(policy))
        if unseen := unseen_features(policy, judged_by):
            told = f"{len(unseen)} features of the model are outside the evidence of {policy.name} and count as unknown"
            margin().print(f"[yellow]Warning:[/] {told}. Fairer: its own model (credit.ladder_models.fit_for).")
        record = read_tables(tables)
        as_of = as_of or last_recorded(record)
        if as_of is None:
            raise BadInput(Problem("tells of no day: nothing is recorded in it", file=str(tables)))
        coverage = _growth_coverage(policy, record, as_of)
        facts = facts_of_firm(record, firm, as_of, policy, judged_by, coverage, fraud_gate(record, as_of))
        asked = _usual(policy, product or policy.offers[0].name)
    else:
        rule = "give either a firm's file, or --tables with --firm (and --as-of, for an earlier day)"
        raise BadInput(Problem(rule, field="FIRM_YAML" if firm_file is None else "--tables"))
    asked = Application(
        asked.product,
        asked.amount_yuan if amount_yuan is None else amount_yuan,
        asked.term_days if term_days is None else term_days,
        asked.deposit_share if deposit_share is None else deposit_share,
        asked.is_guaranteed if is_guaranteed is None else is_guaranteed,
    )
    if policy.offer(asked.product) is None:
        place = firm_file if product is None and firm_file is not None else Path(policy_file)
        named = [("application.product" if product is None else "--product", asked.product)]
        if problems := unknown_products(named, shelf_beside(place), place):
            raise BadInput(problems)
    answer = explained(policy, facts, asked)
    give(answer, as_json, _page(policy, answer))


def _growth_coverage(policy: LadderPolicy, record: dict[str, "pd.DataFrame"], as_of: date) -> "pd.Series[float] | None":
    """How well growth could be forecast, where a gate of the policy asks for it."""
    if not any(gate.measure == "growth_coverage" for gate in policy.gates()):
        return None
    from credit.growth.coverage_by_firm import growth_coverage_of

    return growth_coverage_of(record, as_of)


def explained(policy: LadderPolicy, facts: Facts, asked: Application) -> LadderAnswer:
    """The answer of the command.

    Raises:
        BadInput: an amount, term or deposit that no product could have, or a day without rules.
    """
    rules = (
        ("amount_yuan", asked.amount_yuan, 0 < asked.amount_yuan <= MOST_YUAN, "must be above 0, up to 1e9"),
        ("term_days", asked.term_days, asked.term_days >= 1, "must be >= 1"),
        ("deposit_share", asked.deposit_share, 0 <= asked.deposit_share < 1, "must be from 0 to below 1"),
    )
    problems = [Problem(rule, field=name, value=value) for name, value, is_right, rule in rules if not is_right]
    if problems:
        raise BadInput(problems)
    judge = Judge.on(policy, date.fromordinal(facts.day))
    return answer_of(judge, facts, asked, explain(judge, facts, asked))


def _usual(policy: LadderPolicy, product: str) -> Application:
    """An application of the usual size for a product."""
    offer = policy.offer(product)
    if offer is None:
        return Application(product, ONE_TRUCK_YUAN, USUAL_TERM_DAYS, 0.0)
    terms = [one.value for one in offer.terms]
    term = USUAL_TERM_DAYS if USUAL_TERM_DAYS in terms else terms[0]
    return Application(product, ONE_TRUCK_YUAN, term, offer.deposits[0].value)


def _page(policy: LadderPolicy, answer: LadderAnswer) -> "Callable[[Console], None]":
    def show(console: "Console") -> None:
        asked = answer.application
        offer = policy.offer(asked.product)
        title = f"{offer.title} ({offer.title_zh})" if offer else asked.product
        console.print(f"[bold]{answer.firm_id}, {answer.as_of}: {title}[/]")
        surety = "with surety" if asked.is_guaranteed else "without surety"
        console.print(
            f"{asked.amount_yuan:,.0f} yuan over {asked.term_days} days, {asked.deposit_share:.0%} down, {surety}. "
            f"{policy.title}."
        )
        console.print(
            f"Stage {answer.stage}: {answer.stage_title}. Open: {', '.join(answer.open_products) or 'nothing'}."
        )
        if answer.is_approved and answer.price is not None:
            price = answer.price
            console.print(
                f"\n[bold green]Yes.[/] {price.rate_annual:.2%} a year quoted, "
                f"{price.effective_annual_rate:.2%} all-in; limit {price.limit_yuan:,.0f} yuan, "
                f"RAROC {price.raroc:.1%}, expected loss {price.expected_loss_share:.2%} of the exposure."
            )
            return
        console.print("\n[bold red]No, because[/]")
        console.print(_reasons(answer.reasons))
        if not answer.changes:
            console.print("[bold]Nothing within reach would turn it[/]", _what_was_tried(answer))
            return
        console.print("[bold]What would turn it, cheapest for the client first[/]")
        console.print(_changes(answer))
        console.print(
            "Costs are of meeting the whole need. Rates before VAT; the default probability is today's throughout.",
            style="dim",
        )

    return show


def _what_was_tried(answer: LadderAnswer) -> str:
    if not answer.combinations_tried:
        return "under this policy."
    return f"({answer.combinations_tried:,} combinations of term, deposit, amount, surety, trade, records and waiting)."


def _reasons(reasons: list[CheckTold]) -> Table:
    table = Table(box=SIMPLE)
    for heading, side in (("gate", "left"), ("found", "right"), ("needed", "right"), ("what is asked", "left")):
        table.add_column(heading, justify="right" if side == "right" else "left")
    for check in reasons:
        found = "not known" if check.found is None else _value(check.found, check.unit)
        sign = "≥" if check.rule == "at_least" else "≤"
        table.add_row(check.code.replace("_", " "), found, f"{sign} {_value(check.needed, check.unit)}", check.meaning)
    return table


def _changes(answer: LadderAnswer) -> Table:
    table = Table(box=SIMPLE)
    table.add_column("change")
    for heading in ("cost, yuan", "quoted", "all-in", "expected loss", "RAROC"):
        table.add_column(heading, justify="right")
    for change in answer.changes:
        price = change.price
        table.add_row(
            "; ".join(lever.says for lever in change.levers),
            f"{change.client_cost_yuan:,.0f}",
            f"{price.rate_annual:.2%}",
            f"{price.effective_annual_rate:.2%}",
            f"{price.expected_loss_share:.2%}",
            f"{price.raroc:.1%}",
        )
    return table


def _value(value: float, unit: str) -> str:
    if unit.startswith("share"):
        return f"{value:.2%}"
    number = f"{value:,.1f}".removesuffix(".0")
    return number if unit == "count" else f"{number} {unit}"
