"""`creditlab price`: what the client pays, what it must cost, what is left."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field
from rich.box import SIMPLE
from rich.table import Table

from credit.contract_rates import rates_of
from credit.errors import BadInput, Problem
from credit.pricing import LenderCosts, quote
from credit.product_forms import ProductForm
from credit.products import Product, load_product
from credit.purchase_forms import PurchaseForm
from lab.output import give

if TYPE_CHECKING:
    from rich.console import Console

_BAR_WIDTH = 40


class PriceWaterfall(BaseModel):
    """Where a year's rate goes; the parts sum to rate_annual."""

    model_config = ConfigDict(extra="forbid")

    funding: float = Field(description="Cost of borrowed money, (1 - k) f; share a year.")
    expected_loss: float = Field(description="Principal and interest lost to default, PD (LGD + r); share a year.")
    operating_cost: float = Field(description="Work on the loan; share a year.")
    capital_charge: float = Field(
        description="Hurdle on the capital tied up, before tax, k h / (1 - tax); share a year."
    )
    margin: float = Field(description="What is left; negative when the rate does not pay its cost; share a year.")


class PriceAnswer(BaseModel):
    """A product's price at a probability of default, before VAT."""

    model_config = ConfigDict(extra="forbid")

    product: str = Field(description="The product's name.")
    product_hash: str = Field(description="SHA-256 of the product's content.")
    form: str = Field(description="The form that is priced.")
    priced_on: str = Field(description="The day whose parameters are used, ISO date.")
    pd: float = Field(description="Probability of default within a year; share.")
    lgd: float = Field(description="Loss given default; share of the exposure at default.")
    term_days: int = Field(description="Days from the first payment to the last.")
    simple_annual_rate: float = Field(
        description="The interest alone over principal and time, day rate x 365 where a day rate is quoted; "
        "share a year."
    )
    nominal_irr: float = Field(
        description="All-in cost of the money received, compounded over the payment interval (for a bullet the term, "
        "12 times the monthly rate where interest is paid by the month) and multiplied up to a year; what a rate cap "
        "is tested against; share a year."
    )
    effective_annual_rate: float = Field(description="All-in cost compounded over a year; share a year.")
    rate_annual: float = Field(description="The rate that is judged, nominal_irr unless given; share a year.")
    expected_loss_share: float = Field(
        description="(1 - (1 - PD)^(T/365)) x LGD; share of the exposure at default, over the term."
    )
    required_rate_annual: float = Field(description="The rate at which RAROC equals the hurdle; share a year.")
    raroc: float = Field(description="Return after tax on the capital tied up, at rate_annual; share a year.")
    break_even_pd: float = Field(
        description="Probability of default a year at which the margin is zero; negative when rate_annual would not "
        "pay its cost even without defaults; share."
    )
    waterfall: PriceWaterfall = Field(description="Where rate_annual goes; the parts sum to it.")


def run(
    file: Path,
    pd: float,
    form: str | None,
    lgd: float | None,
    term_days: int | None,
    rate_annual: float | None,
    *,
    term_months: int | None = None,
    as_json: bool,
) -> None:
    """Price a product file at a probability of default and print the answer.

    Args:
        file: the product.
        pd: probability of default within a year, a share.
        form: the product's form; its first when absent.
        lgd: loss given default, a share; the form's own when absent.
        term_days: days to maturity; the form's own when absent.
        rate_annual: the rate to judge; the contract's nominal IRR when absent.
        term_months: months to maturity, for forms paid by the month; the form's own when absent.
        as_json: print one JSON object instead of the page.

    Raises:
        BadInput: the file is not a sound product, or an argument is out of its range.
    """
    product = load_product(file)
    name = form or product.first_form
    answer = price(product, name, pd, lgd, chosen_term(product.any_form(name), term_days, term_months), rate_annual)
    give(answer, as_json, _page(product, answer))


def chosen_term(form: ProductForm, term_days: int | None, term_months: int | None) -> int | None:
    """The term asked for, in the unit that the form counts in; None where nothing was asked.

    Raises:
        BadInput: it was asked for in the other unit.
    """
    asked = {"days": term_days, "months": term_months}
    for unit, value in asked.items():
        if value is not None and unit != form.term_unit:
            raise BadInput(Problem(f"this form runs in {form.term_unit}", field=f"term_{unit}", value=value))
    return asked[form.term_unit]


def price(
    product: Product, form: str, pd: float, lgd: float | None, term: int | None, rate_annual: float | None
) -> PriceAnswer:
    """The answer of the command; the term in the form's own unit, arguments and errors as in `run`."""
    chosen = product.any_form(form)
    contract = product.reference_contract(form, term)
    payment_days = [flow.day for flow in contract.schedule()]
    days = payment_days[-1] - payment_days[0]
    rates = rates_of(contract)
    loss = chosen.loss_given_default.value if lgd is None else lgd
    rate = float(rates.nominal_irr) if rate_annual is None else rate_annual
    costs = replace(LenderCosts.on(product.priced_on), **chosen.own_costs)
    judged = quote(rate, pd, loss, days, costs)
    return PriceAnswer(
        product=product.name,
        product_hash=product.hash,
        form=form,
        priced_on=product.priced_on.isoformat(),
        pd=pd,
        lgd=loss,
        term_days=days,
        simple_annual_rate=float(rates.simple_annual),
        nominal_irr=float(rates.nominal_irr),
        effective_annual_rate=float(rates.effective_annual),
        rate_annual=rate,
        expected_loss_share=float(judged.expected_loss_share),
        required_rate_annual=float(judged.required_rate_annual),
        raroc=float(judged.raroc),
        break_even_pd=float(judged.break_even_pd),
        waterfall=PriceWaterfall(**{name: float(part) for name, part in judged.waterfall.parts().items()}),
    )


def _page(product: Product, answer: PriceAnswer) -> "Callable[[Console], None]":
    chosen = product.any_form(answer.form)

    def show(console: "Console") -> None:
        console.print(f"[bold]{product.title} ({product.title_zh}): {chosen.title} ({chosen.title_zh})[/]")
        console.print(
            f"{answer.term_days} days; {_quoted(chosen)}. "
            f"PD {_percent(answer.pd)} a year, LGD {_percent(answer.lgd)}. All before VAT."
        )
        console.print(_rates_table(answer))
        console.print(_waterfall_table(answer))
        console.print(_verdict(answer))

    return show


def _quoted(form: ProductForm) -> str:
    """The quoted terms in words, as far as the form has them."""
    words = {
        "down_payment_share": ("down payment {}", ".2%"),
        "advance_share": ("{} advanced", ".2%"),
        "deposit_share": ("deposit {}", ".2%"),
        "day_rate": ("{} a day", ".3%"),
        "rate_annual": ("{} a year", ".2%"),
        "revenue_share": ("{} of revenue", ".2%"),
        "upfront_fee_share": ("fee {}", ".2%"),
    }
    base = " of the goods" if isinstance(form, PurchaseForm) else ""
    told = [
        text.format(_percent(getattr(form, field).value, digits))
        for field, (text, digits) in words.items()
        if hasattr(form, field)
    ]
    return ", ".join(told) + base


def _rates_table(answer: PriceAnswer) -> Table:
    table = Table(box=SIMPLE, show_header=False)
    table.add_column(justify="left")
    table.add_column(justify="right")
    table.add_column(justify="left", style="dim")
    table.add_row("[bold]What the client pays[/]")
    table.add_row("interest alone", _percent(answer.simple_annual_rate), "over principal and time")
    table.add_row("all-in cost", _percent(answer.nominal_irr), "nominal IRR, on the money received")
    table.add_row("all-in, compounded", _percent(answer.effective_annual_rate), "effective annual rate")
    table.add_row("[bold]What it must cost[/]")
    table.add_row("required rate", _percent(answer.required_rate_annual), "pays funding, loss, work and capital")
    table.add_row("rate judged", _percent(answer.rate_annual))
    table.add_row("[bold]What is left[/]")
    table.add_row("return on capital", _percent(answer.raroc), "RAROC, after tax")
    table.add_row("break-even PD", _percent(answer.break_even_pd), "a year; beyond it the margin is negative")
    table.add_row("expected loss", _percent(answer.expected_loss_share), "of the exposure, over the term")
    return table


def _waterfall_table(answer: PriceAnswer) -> Table:
    """The judged rate as a bridge: each bar starts where the one before it ends; a missing margin steps back."""
    parts = answer.waterfall.model_dump()
    scale = _BAR_WIDTH / max(answer.rate_annual, answer.rate_annual - min(0.0, parts["margin"]))
    table = Table(box=SIMPLE, show_header=False, title="Where the rate goes, a year", title_justify="left")
    table.add_column(justify="left")
    table.add_column(justify="right")
    table.add_column(justify="left", no_wrap=True)
    reached = 0.0
    for name, part in parts.items():
        start, end = sorted((round(reached * scale), round((reached + part) * scale)))
        sign = "█" if part >= 0.0 else "░"
        label = name.replace("_", " ") if part >= 0.0 else f"{name} (missing)"
        table.add_row(label, _percent(part), " " * start + sign * max(end - start, 1))
        reached += part
    table.add_row("[bold]rate[/]", _percent(answer.rate_annual), "█" * round(answer.rate_annual * scale))
    return table


def _verdict(answer: PriceAnswer) -> str:
    margin = answer.waterfall.margin
    if margin >= 0.0:
        return (
            f"[bold]Pays.[/] Of {_percent(answer.rate_annual)} a year {_percent(margin)} is left after every cost and "
            f"the hurdle; it holds up to a PD of {_percent(answer.break_even_pd)}."
        )
    if answer.break_even_pd < 0.0:
        return (
            f"[bold]Do not lend at this rate.[/] {_percent(answer.rate_annual)} a year would not pay its cost even if "
            f"nobody ever defaulted; it must be {_percent(answer.required_rate_annual)}."
        )
    return (
        f"[bold]Do not lend at this PD.[/] {_percent(-margin)} a year is missing: the rate must be "
        f"{_percent(answer.required_rate_annual)}, or the PD at most {_percent(answer.break_even_pd)}."
    )


def _percent(share: float, digits: str = ".2%") -> str:
    return f"{share:{digits}}".replace("%", "\u00a0%")  # the sign stays on the number's line
