"""`creditlab product`: a product file checked, told in plain words, laid out as cash flows."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel
from rich.box import SIMPLE
from rich.markup import escape
from rich.table import Table

from credit.contract_rates import ContractRates, rates_of
from credit.contracts import Contract, Party
from credit.form_terms import RollRule, Season
from credit.internal_rates import NoRate, SeveralRates
from credit.products import Product, load_product
from credit.sourced import Sourced
from lab.commands.price import chosen_term
from lab.output import give, ruled
from lab.product_answers import (
    CheckAnswer,
    CheckedForm,
    ExposedDay,
    PartyTotal,
    ScheduleAnswer,
    ScheduledFlow,
    ShowAnswer,
    ShownForm,
    StatedNumber,
)

if TYPE_CHECKING:
    from rich.console import Console


def run_check(file: Path, *, as_json: bool) -> None:
    """Check a product file and print what it holds.

    Raises:
        BadInput: the file is not a sound product.
    """
    product = load_product(file)
    answer = CheckAnswer(
        product=product.name,
        product_hash=product.hash,
        forms=[
            CheckedForm(
                form=name,
                contract=form.contract,
                wrapper=form.wrapper,
                term=form.own_term.default.value,
                term_unit=form.term_unit,
            )
            for name, form in product.forms.items()
        ],
    )

    def show(console: "Console") -> None:
        console.print(f"[bold]Sound.[/] {product.title} ({product.title_zh}), fingerprint {product.hash[:12]}")
        table = ruled("form", "contract", "legal wrapper", "term", words=3)
        for form in answer.forms:
            contract, wrapper = (name.replace("_", " ") for name in (form.contract, form.wrapper))
            table.add_row(form.form, contract, wrapper, f"{form.term} {form.term_unit}")
        console.print(table)

    give(answer, as_json, show)


def run_show(file: Path, *, as_json: bool) -> None:
    """Print what a product says.

    Raises:
        BadInput: the file is not a sound product.
    """
    product = load_product(file)
    answer = ShowAnswer(
        product=product.name,
        product_hash=product.hash,
        title=product.title,
        title_zh=product.title_zh,
        need=product.need,
        valid_from=product.valid_from,
        valid_until=product.valid_until,
        priced_on=product.priced_on,
        forms=[
            ShownForm(
                form=name,
                title=form.title,
                title_zh=form.title_zh,
                contract=form.contract,
                wrapper=form.wrapper,
                choices=dict(_choices(form)),
                numbers=list(_numbers(form)),
            )
            for name, form in product.forms.items()
        ],
    )
    give(answer, as_json, lambda console: _show_product(console, answer))


def _numbers(model: BaseModel, path: str = "") -> Iterator[StatedNumber]:
    """Every number with a source in a model, in the order of its fields."""
    for name in type(model).model_fields:
        value = getattr(model, name)
        where = f"{path}{name}"
        if isinstance(value, Sourced | Season):
            yield StatedNumber(
                field=where,
                value=value.values if isinstance(value, Season) else value.value,
                unit=str(getattr(value, "unit", "")),
                low=getattr(value, "low", None),
                high=getattr(value, "high", None),
                as_of=value.as_of,
                source=value.source,
                confidence=value.confidence,
            )
        elif isinstance(value, BaseModel):
            yield from _numbers(value, f"{where}.")


def _choices(model: BaseModel, path: str = "") -> Iterator[tuple[str, str]]:
    """What a form chooses in words, in the order of its fields."""
    told_elsewhere = ("title", "title_zh", "contract", "wrapper")
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, bool):
            yield f"{path}{name}", "yes" if value else "no"
        elif isinstance(value, str) and name not in told_elsewhere:
            yield f"{path}{name}", value
        elif isinstance(value, RollRule):
            yield from _choices(value, f"{path}{name}.")


def _show_product(console: "Console", answer: ShowAnswer) -> None:
    until = answer.valid_until or "further notice"
    console.print(f"[bold]{answer.title} ({answer.title_zh})[/]")
    console.print(f"{answer.need} Offered from {answer.valid_from} until {until}, priced on {answer.priced_on}.")
    days = {number.as_of for form in answer.forms for number in form.numbers}
    if len(days) == 1:
        console.print(f"All numbers are of {min(days)}.")
    for form in answer.forms:
        contract, wrapper = (name.replace("_", " ") for name in (form.contract, form.wrapper))
        console.print(f"\n[bold]{form.title} ({form.title_zh})[/], form {form.form}")
        told = [("contract", contract), ("legal wrapper", wrapper), *form.choices.items()]
        console.print("; ".join(f"{_field(name)}: {value}" for name, value in told))
        said = () if form is answer.forms[0] else answer.forms[0].numbers
        table = ruled("number", "value", "range", "source", words=4)
        for number in form.numbers:
            if number not in said:
                sure = number.confidence if len(days) == 1 else f"{number.confidence}, {number.as_of}"
                why = f"{escape(number.source)} [dim]({sure})[/]"
                table.add_row(_field(number.field), f"[bold]{_values(number)}[/] {number.unit}", _span(number), why)
        console.print(table)
        if same := [_field(number.field) for number in form.numbers if number in said]:
            console.print(f"As in {answer.forms[0].form}: {'; '.join(same)}.")


def _field(name: str) -> str:
    """A field's path in words."""
    return name.replace("_", " ").replace(".", ", ")


def _values(number: StatedNumber) -> str:
    return " ".join(map(_digits, number.value if isinstance(number.value, list) else [number.value]))


def _span(number: StatedNumber) -> str:
    """The range in which studies draw the number; empty where none is stated."""
    return "" if number.low is None or number.high is None else f"{_digits(number.low)} to {_digits(number.high)}"


def _digits(value: float) -> str:
    return f"{value:,.10g}"


def run_schedule(
    file: Path,
    form: str | None,
    term_days: int | None,
    term_months: int | None,
    start: date | None,
    *,
    as_json: bool,
) -> None:
    """Print the cash flows of a form's typical contract.

    Args:
        file: the product.
        form: its form; the first when absent.
        term_days: days to maturity, for forms that count in days; the form's own when absent.
        term_months: months, for forms paid by the month; the form's own when absent.
        start: the first day; the day on which the product is priced when absent.
        as_json: print one JSON object instead of the page.

    Raises:
        BadInput: the file is not a sound product, or an argument is out of its range.
    """
    product = load_product(file)
    name = form or product.first_form
    chosen = product.any_form(name)
    first_day = (start or product.priced_on).toordinal()
    contract = chosen.reference_contract(first_day, chosen_term(chosen, term_days, term_months))
    answer = schedule(product, name, contract)
    give(answer, as_json, lambda console: _show_schedule(console, product, answer))


def schedule(product: Product, form: str, contract: Contract) -> ScheduleAnswer:
    """A contract's flows, totals and exposure."""
    flows, first_day = contract.schedule(), contract.schedule()[0].day
    rates, problem = _rates(contract)
    return ScheduleAnswer(
        product=product.name,
        product_hash=product.hash,
        form=form,
        contract=product.forms[form].contract,
        first_day=date.fromordinal(first_day),
        last_day=date.fromordinal(flows[-1].day),
        simple_annual_rate=None if rates is None else float(rates.simple_annual),
        nominal_irr=None if rates is None else float(rates.nominal_irr),
        effective_annual_rate=None if rates is None else float(rates.effective_annual),
        rate_problem=problem,
        warnings=list(_warnings(contract)),
        flows=[
            ScheduledFlow(
                day=date.fromordinal(flow.day),
                payer=flow.payer,
                payee=flow.payee,
                amount_fen=flow.amount_fen,
                kind=flow.kind,
            )
            for flow in flows
        ],
        parties=list(_totals(contract)),
        exposure=[
            ExposedDay(day=date.fromordinal(first_day + age), exposure_fen=amount)
            for age, amount in enumerate(contract.exposure_profile())
        ],
    )


def _rates(contract: Contract) -> tuple[ContractRates | None, str | None]:
    """The rates, or why there are none: a schedule is worth showing either way."""
    try:
        return rates_of(contract), None
    except (NoRate, SeveralRates) as error:
        return None, error.problems[0].rule


def _warnings(contract: Contract) -> Iterator[str]:
    """One sentence a year whose holidays the contract's calendar does not know for sure."""
    rule, days = contract.payment_days, contract.unpublished_days()
    calendar = rule.calendar.name if rule else ""
    for year in sorted({date.fromordinal(day).year for day in days}):
        first, *more = (date.fromordinal(day) for day in days if date.fromordinal(day).year == year)
        others = f" and {len(more)} more" if more else ""
        yield (
            f"calendar_not_published: the holidays of {year} are not published in {calendar}; "
            f"{first}{others} may still move"
        )


def _totals(contract: Contract) -> Iterator[PartyTotal]:
    flows = contract.schedule()
    for party in Party:
        received = sum(flow.amount_fen for flow in flows if flow.payee is party)
        paid = sum(flow.amount_fen for flow in flows if flow.payer is party)
        if received or paid:
            yield PartyTotal(party=party, received_fen=received, paid_fen=paid, net_fen=received - paid)


def _show_schedule(console: "Console", product: Product, answer: ScheduleAnswer) -> None:
    chosen = product.any_form(answer.form)
    console.print(f"[bold]{product.title} ({product.title_zh}): {chosen.title} ({chosen.title_zh})[/]")
    if answer.rate_problem:
        console.print(f"No single rate: {answer.rate_problem}.")
    else:
        console.print(
            f"All-in cost {answer.nominal_irr:.2%} a year nominal, {answer.effective_annual_rate:.2%} effective; "
            f"interest alone {answer.simple_annual_rate:.2%}. Before VAT."
        )
    for warning in answer.warnings:
        console.print(f"[yellow]Warning:[/] {warning}.")
    console.print(f"Largest exposure {_yuan(max(day.exposure_fen for day in answer.exposure))} yuan.")
    table = Table(box=SIMPLE)
    for title in ("day", "from", "to", "for"):
        table.add_column(title)
    table.add_column("yuan", justify="right")
    for flow in answer.flows:
        table.add_row(str(flow.day), flow.payer, flow.payee, flow.kind.replace("_", " "), _yuan(flow.amount_fen))
    console.print(table)
    totals = Table(box=SIMPLE, title="In all", title_justify="left")
    totals.add_column("who")
    for title in ("receives", "pays", "net, yuan"):
        totals.add_column(title, justify="right")
    for party in answer.parties:
        totals.add_row(party.party, *(_yuan(amount) for amount in (party.received_fen, party.paid_fen, party.net_fen)))
    console.print(totals)


def _yuan(amount_fen: int) -> str:
    return f"{amount_fen / 100:,.2f}"
