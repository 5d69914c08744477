"""The page of `creditlab price`: rates, price before and after VAT, loss, accounts, and whether to lend."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.box import SIMPLE
from rich.table import Table

from credit.product_forms import ProductForm
from credit.products import Product
from credit.purchase_forms import PurchaseForm
from lab.law_answer import lines
from lab.price_answer import PriceAnswer

if TYPE_CHECKING:
    from rich.console import Console

_BAR_WIDTH = 40
_WORDS = {"vat": "VAT", "first_payment_fraud": "first-payment fraud"}

_ALLOWANCES = {
    "three_stages": "stage 1: expected over twelve months",
    "simplified_lifetime": "trade receivable: expected over its life",
    "stock": "none: until redemption the goods are stock, at cost or what they would fetch",
    "in_fair_value": "none: losses are in the fair value",
    "incurred_loss": "none: booked when incurred",
}


def page(product: Product, answer: PriceAnswer, *, is_one_period: bool) -> "Callable[[Console], None]":
    """What is printed when no JSON is asked for."""
    chosen = product.any_form(answer.form)

    def show(console: "Console") -> None:
        console.print(f"[bold]{product.title} ({product.title_zh}): {chosen.title} ({chosen.title_zh})[/]")
        console.print(
            f"{answer.term_days} days; {_quoted(chosen)}. "
            f"PD of the {answer.obligor} {_percent(answer.pd)} a year, LGD {_percent(answer.lgd)}. "
            f"{_words(answer.wrapper).capitalize()} by a {_words(answer.lender)}, {answer.priced_on}."
        )
        console.print(_rates_table(answer))
        if is_one_period:
            console.print(_one_period_table(answer))
            console.print(_bars("Where the rate goes, one period, before VAT", answer, answer.waterfall.model_dump()))
            _show_law(console, answer)
            console.print(_verdict(answer, answer.required_rate_annual, answer.waterfall.margin, answer.break_even_pd))
            return
        console.print(_price_table(answer))
        console.print(_bars("Where the rate goes, a year, after VAT", answer, answer.after_vat.waterfall.model_dump()))
        console.print(_loss_table(answer))
        _show_law(console, answer)
        after = answer.after_vat
        console.print(_verdict(answer, after.required_rate_annual, after.waterfall.margin, after.break_even_pd))

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
    table = _table(1)
    table.add_row("[bold]What the client pays[/]")
    table.add_row("interest alone", _percent(answer.simple_annual_rate), "over principal and time")
    table.add_row("all-in cost", _percent(answer.nominal_irr), "nominal IRR, on the money received")
    table.add_row("all-in, compounded", _percent(answer.effective_annual_rate), "effective annual rate")
    return table


def _price_table(answer: PriceAnswer) -> Table:
    before, after = answer.before_vat, answer.after_vat
    rows: tuple[tuple[str, float | None, float | None, float | None, str], ...] = (
        (
            "required rate", before.required_rate_annual, after.required_rate_annual, answer.required_rate_annual,
            f"a year; the client pays {_percent(answer.rate_annual)}",
        ),
        (
            "return on capital", before.raroc, after.raroc, answer.raroc,
            f"a year, on {_percent(answer.capital_share)} equity",
        ),
        ("break-even PD", before.break_even_pd, after.break_even_pd, answer.break_even_pd, "a year; above it a loss"),
    )  # fmt: skip
    table = _table(3)
    table.add_row("[bold]What it must cost[/]", "before VAT", "after VAT", "by hand", "(one period, before VAT)")
    for name, *values, meaning in rows:
        table.add_row(name, *("never" if value is None else _percent(value) for value in values), meaning)
    return table


def _one_period_table(answer: PriceAnswer) -> Table:
    table = _table(1)
    table.add_row("[bold]One period, before VAT[/]")
    table.add_row("required rate", _percent(answer.required_rate_annual), "pays funding, loss, work and capital")
    table.add_row("rate judged", _percent(answer.rate_annual))
    table.add_row("return on capital", _percent(answer.raroc), "RAROC, after tax")
    table.add_row("break-even PD", _percent(answer.break_even_pd), "a year; beyond it the margin is negative")
    table.add_row("expected loss", _percent(answer.expected_loss_share), "of the exposure, over the term")
    return table


def _loss_table(answer: PriceAnswer) -> Table:
    loss, kept = answer.loss, answer.allowance
    table = _table(1)
    table.add_row("[bold]What a default costs[/]")
    for name, part in loss.causes.items():
        table.add_row(_words(name), _percent(part), "of the exposure")
    if loss.stated is not None:
        stated = f"the file's {_percent(loss.stated)} weighs {_percent(loss.stated_weight, '.0%')}"
        table.add_row("LGD", _percent(loss.lgd), f"terms say {_percent(loss.from_terms)}; {stated}")
    else:
        table.add_row("LGD", _percent(loss.lgd))
    table.add_row("LGD in a bad market", _percent(loss.in_a_bad_market))
    table.add_row(
        "first-payment fraud",
        _percent(loss.first_payment_fraud_share),
        f"of those who take it first, losing {_percent(loss.first_payment_fraud_lgd, '.0%')}",
    )
    table.add_row("allowance on day one", f"{kept.amount_fen / 100:,.0f} yuan", _ALLOWANCES[kept.basis])
    table.add_row(
        "clients who accept", _percent(answer.lifetime.take_up, ".0%"), "of such clients, at this rate, as assumed"
    )
    return table


def _show_law(console: "Console", answer: PriceAnswer) -> None:
    """What the rules of the day say; nothing where they find nothing."""
    for line, is_small_print in lines(answer.law.findings):
        console.print(line, markup=False, style="dim" if is_small_print else "bold")


def _bars(title: str, answer: PriceAnswer, parts: dict[str, float]) -> Table:
    """The judged rate as a bridge: each bar starts where the one before it ends; a missing margin steps back."""
    scale = _BAR_WIDTH / max(answer.rate_annual, answer.rate_annual - min(0.0, parts["margin"]))
    table = Table(box=SIMPLE, show_header=False, title=title, title_justify="left")
    table.add_column(justify="left")
    table.add_column(justify="right")
    table.add_column(justify="left", no_wrap=True)
    reached = 0.0
    for name, part in parts.items():
        start, end = sorted((round(reached * scale), round((reached + part) * scale)))
        sign = "█" if part >= 0.0 else "░"
        label = _WORDS.get(name, _words(name)) + ("" if part >= 0.0 else " (missing)")
        table.add_row(label, _percent(part), " " * start + sign * max(end - start, 1))
        reached += part
    table.add_row("[bold]rate[/]", _percent(answer.rate_annual), "█" * round(answer.rate_annual * scale))
    return table


def _verdict(answer: PriceAnswer, required: float, margin: float, break_even: float | None) -> str:
    if margin >= 0.0 and break_even is not None:
        verdict = "Pays." if answer.law.is_allowed else "Must not be offered, by the rules above, though it would pay."
        return (
            f"[bold]{verdict}[/] Of {_percent(answer.rate_annual)} a year {_percent(margin)} is left after every cost "
            f"and the hurdle; it holds up to a PD of {_percent(break_even)}."
        )
    if break_even is None or break_even < 0.0:
        return (
            f"[bold]Do not lend at this rate.[/] {_percent(answer.rate_annual)} a year would not pay its cost even if "
            f"nobody ever defaulted; it must be {_percent(required)}."
        )
    return (
        f"[bold]Do not lend at this PD.[/] {_percent(-margin)} a year is missing: the rate must be "
        f"{_percent(required)}, or the PD at most {_percent(break_even)}."
    )


def _table(numbers: int) -> Table:
    """A table without rules: a name, some numbers, a remark."""
    table = Table(box=SIMPLE, show_header=False)
    table.add_column(justify="left")
    for _ in range(numbers):
        table.add_column(justify="right")
    table.add_column(justify="left", style="dim")
    return table


def _words(name: str) -> str:
    return name.replace("_", " ")


def _percent(share: float, digits: str = ".2%") -> str:
    return f"{share:{digits}}"
