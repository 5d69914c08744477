"""The commands about products: check, price and compare them, hold them against the law, ask the ladder."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lab.options import Json
from lab.output import guarded

product = typer.Typer(no_args_is_help=True, help="Check, show, lay out, compare and price a product file.")
ladder = typer.Typer(no_args_is_help=True, help="Stages, gates and the way up: judge a firm, explain a refusal.")

ProductFile = Annotated[Path, typer.Argument(help="The product, a YAML file such as data/products/purchase_loan.yaml.")]
FormName = Annotated[str | None, typer.Option(help="Which form of the product; its first when absent.")]
TermDays = Annotated[int | None, typer.Option(help="Days to maturity; the form's own when absent.")]
TermMonths = Annotated[
    int | None, typer.Option(help="Months, for forms paid by the month; the form's own when absent.")
]
LenderName = Annotated[
    str | None, typer.Option("--lender", help="Who lends; the first that the form's wrapper is open to when absent.")
]
ContractDate = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Whose taxes, rules and costs count; the product's pricing day if absent."),
]
OnePeriod = Annotated[
    bool, typer.Option("--one-period", help="Show the reference formula alone: one PD, one LGD, before VAT.")
]


class CapitalClass(StrEnum):
    """The asset classes of the bank capital rules that an SME credit can fall into."""

    corporate = "corporate"
    sme = "sme"
    other_retail = "other-retail"


class CapitalRegime(StrEnum):
    """The rulebooks of bank capital."""

    basel2 = "basel2"
    basel3 = "basel3"
    prc2012 = "prc2012"
    prc2024 = "prc2024"


@guarded
def capital(
    pd: Annotated[float, typer.Option("--pd", help="Probability of default within a year, a share.")],
    lgd: Annotated[float, typer.Option(help="Loss given default in a downturn, a share.")],
    maturity_years: Annotated[float, typer.Option(help="Maturity in years; without effect on retail.")] = 2.5,
    asset_class: Annotated[CapitalClass, typer.Option(help="The class of the exposure.")] = CapitalClass.corporate,
    turnover_meur: Annotated[float | None, typer.Option(help="SME: yearly sales of the group, EUR m.")] = None,
    turnover_mrmb: Annotated[float | None, typer.Option(help="SME: the same in RMB m, instead.")] = None,
    regime: Annotated[CapitalRegime, typer.Option(help="The rulebook.")] = CapitalRegime.basel3,
    scaled: Annotated[bool, typer.Option("--scaled", help="Apply the scaling factor (1.06 in Basel II).")] = False,
    short_trade: Annotated[
        bool, typer.Option("--short-trade", help="Self-liquidating trade finance: no least maturity of one year.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Weigh a credit under a bank capital rulebook: risk weight, correlation, capital."""
    from lab.commands.capital import run

    run(
        pd,
        lgd,
        maturity_years,
        str(asset_class),
        str(regime),
        turnover_meur,
        turnover_mrmb,
        scaled,
        short_trade,
        as_json=as_json,
    )


@guarded
def price(
    file: ProductFile,
    pd: Annotated[float, typer.Option("--pd", help="Probability of default within a year, a share.")],
    form: FormName = None,
    lgd: Annotated[
        float | None, typer.Option(help="Loss given default, a share; what the form's terms lose when absent.")
    ] = None,
    term_days: TermDays = None,
    term_months: TermMonths = None,
    rate_annual: Annotated[
        float | None, typer.Option(help="The rate to judge, a share a year; the contract's nominal IRR when absent.")
    ] = None,
    lender: LenderName = None,
    contract_date: ContractDate = None,
    one_period: OnePeriod = False,
    as_json: Json = False,
) -> None:
    """Price a product: what the client pays, what it must cost, what is left."""
    from lab.commands.price import run

    run(
        file,
        pd,
        form,
        lgd,
        term_days,
        rate_annual,
        term_months=term_months,
        lender=lender,
        contract_date=contract_date.date() if contract_date else None,
        is_one_period=one_period,
        as_json=as_json,
    )


@product.command("check")
@guarded
def product_check(file: ProductFile, as_json: Json = False) -> None:
    """Check a product file: every mistake with field, value and rule."""
    from lab.commands.product import run_check

    run_check(file, as_json=as_json)


@product.command("show")
@guarded
def product_show(file: ProductFile, as_json: Json = False) -> None:
    """Show what a product says: every number with unit, range, source and confidence."""
    from lab.commands.product import run_show

    run_show(file, as_json=as_json)


@product.command("schedule")
@guarded
def product_schedule(
    file: ProductFile,
    form: FormName = None,
    term_days: TermDays = None,
    term_months: TermMonths = None,
    start: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day; the product's pricing day when absent.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Lay out a typical contract: who pays whom, when and what for; exposure by day."""
    from lab.commands.product import run_schedule

    run_schedule(file, form, term_days, term_months, start.date() if start else None, as_json=as_json)


@product.command("diff")
@guarded
def product_diff(
    old: Annotated[Path, typer.Argument(help="The product as it is, a YAML file.")],
    new: Annotated[Path, typer.Argument(help="The product as it might be, a YAML file.")],
    book: Annotated[
        Path, typer.Option(help="Clients: CSV or Parquet as data/books/example.csv, or a folder of observable tables.")
    ],
    as_json: Json = False,
) -> None:
    """Show what a change does to a book: who flips and why, volume, profit, expected loss."""
    from lab.commands.product_diff import run

    run(old, new, book, as_json=as_json)


product.command("price")(price)


@guarded
def cap(
    file: Annotated[
        Path | None, typer.Argument(help="A product whose typical contract supplies wrapper, day and rate.")
    ] = None,
    form: Annotated[str | None, typer.Option(help="Which form of the product; its first when absent.")] = None,
    entity: Annotated[
        str | None,
        typer.Option(
            "--entity",
            "--lender",
            help="Who lends: bank, micro_lender, finance_lessor, factor or trading_company; the first that the "
            "wrapper is open to when absent.",
        ),
    ] = None,
    wrapper: Annotated[
        str | None,
        typer.Option(
            help="The legal shape, the product's own when absent: credit_sale, entrusted_bank_loan, micro_loan, "
            "assigned_receivable or finance_lease."
        ),
    ] = None,
    contract_date: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day on which the contract is formed.")
    ] = None,
    rate_annual: Annotated[
        float | None, typer.Option(help="All-in nominal cost of the money received, a share a year.")
    ] = None,
    loss_cover: Annotated[
        str,
        typer.Option(help="none, platform_promise, licensed_guarantor, subordinated_tranche or recourse."),
    ] = "none",
    unlicensed: Annotated[bool, typer.Option("--unlicensed", help="The lender lacks its licence.")] = False,
    leaseback: Annotated[bool, typer.Option("--leaseback", help="The leased machine was the client's.")] = False,
    interest_in_price: Annotated[
        bool, typer.Option("--interest-in-price", help="A credit sale without interest from its first day.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Hold an offer against the law of its day: licence, rate cap, tax, accounting, capital."""
    from lab.commands.cap import run

    run(
        file,
        entity,
        form,
        wrapper,
        contract_date.date() if contract_date else None,
        rate_annual,
        loss_cover,
        is_unlicensed=unlicensed,
        is_leaseback=leaseback,
        is_interest_in_price=interest_in_price,
        as_json=as_json,
    )


@ladder.command("explain")
@guarded
def ladder_explain(
    firm_file: Annotated[
        Path | None, typer.Argument(metavar="[FIRM_YAML]", help="The firm as a file, as data/firms/newcomer.yaml.")
    ] = None,
    tables: Annotated[Path | None, typer.Option(help="Instead: a folder of observable tables.")] = None,
    firm: Annotated[str | None, typer.Option(help="The firm in those tables.")] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="The day, the last recorded one when absent; nothing learnt later is used."
        ),
    ] = None,
    policy: Annotated[str, typer.Option(help="An arm (ladder, bank, single, blind) or a policy file.")] = "ladder",
    model: Annotated[Path | None, typer.Option(help="The default model (JSON) for firms from tables.")] = None,
    product: Annotated[str | None, typer.Option(help="What is asked for.")] = None,
    amount_yuan: Annotated[float | None, typer.Option(help="Value bought, VAT included.")] = None,
    term_days: Annotated[int | None, typer.Option(help="Days to maturity.")] = None,
    deposit_share: Annotated[float | None, typer.Option(help="Paid by the firm itself, a share.")] = None,
    guaranteed: Annotated[
        bool | None, typer.Option("--guaranteed/--not-guaranteed", help="The controller stands surety.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say yes or no to a firm, why, and which changes would turn a no."""
    from lab.commands.ladder import run

    run(
        firm_file,
        tables,
        firm,
        as_of.date() if as_of else None,
        policy,
        model,
        product,
        amount_yuan,
        term_days,
        deposit_share,
        guaranteed,
        as_json=as_json,
    )


@ladder.command("overrides")
@guarded
def ladder_overrides(
    tables: Annotated[Path, typer.Option(help="A folder of observable tables.")],
    as_of: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day; nothing later is counted.")],
    log: Annotated[Path | None, typer.Argument(metavar="[LOG]", help="The log of overrides (JSON lines).")] = None,
    as_json: Json = False,
) -> None:
    """Count how often people overrule the model, and what became of it."""
    from lab.commands.overrides import run

    run(log, tables, as_of.date(), as_json=as_json)
