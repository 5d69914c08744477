"""`creditlab cap`: what follows from the legal wrapper of an offer, and whether the offer may be made."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from credit.contract_rates import rates_of
from credit.contracts.arithmetic import MILLION
from credit.errors import BadInput, Problem
from credit.offer_terms import first_lender
from credit.products import load_product
from credit.taxes import Vat
from credit.wrapper_rules import WRAPPERS, Rule, wrapper_rules
from credit.wrappers import LossCover, Offer, Treatment, review
from lab.answer import Answer
from lab.law_answer import LawFinding, answered, lines
from lab.output import give

if TYPE_CHECKING:
    from rich.console import Console


class CapRuleTold(Answer):
    """A rule that the treatment rests on."""

    topic: str = Field(description="licence, rate_cap, tax, accounting or capital.")
    rule: str = Field(description="The rule's text.")
    valid_from: str = Field(description="Since when it holds, ISO date.")
    source: str = Field(description="Where it is written.")
    confidence: str = Field(description="How sure the reading is: high, medium, low or assumption.")


class CapTreatment(Answer):
    """What follows from wrapper, lender and contract date."""

    licence: str | None = Field(description="What the lender needs; null when nothing.")
    cap_regime: str = Field(description="Which cap binds: private_lending or licensed_lending.")
    cap_annual: float = Field(
        description="The most it may cost, all-in and nominal, on the money received; share a year."
    )
    void_above_annual: float = Field(description="Beyond it the interest is void; share a year.")
    vat_rate: float = Field(description="VAT on the price of time, share of the amount without tax.")
    is_vat_deductible: bool = Field(description="Whether the client gets that VAT back.")
    kept_share: float = Field(description="What the lender keeps of the price of time after VAT and surcharges; share.")
    client_cost_share: float = Field(
        description="What the price of time costs a client that deducts the VAT it may; share of what it pays."
    )
    asset: str = Field(description="As what the lender books it.")
    business_model: str = Field(description="hold_to_collect or hold_to_collect_and_sell.")
    passes_sppi: bool = Field(description="The flows are solely payments of principal and interest.")
    measurement: str = Field(description="amortised_cost, fair_value_oci, fair_value_profit or net_investment.")
    loss_allowance: str = Field(description="incurred_loss, simplified_lifetime, three_stages or in_fair_value.")
    capital_approach: str = Field(description="bank_risk_weight, leverage, none_prescribed or not_known.")
    capital_share: float | None = Field(
        description="Equity per unit of exposure; null where no rule says or none was read."
    )
    rules: list[CapRuleTold] = Field(description="The rules behind all this.")


class CapAnswer(Answer):
    """An offer held against the rules of its day. A reading with its confidence, not legal advice."""

    product: str | None = Field(description="The product whose typical contract is reviewed.")
    form: str | None = Field(description="Its form.")
    wrapper: str = Field(description="The legal shape.")
    entity: str = Field(description="Who lends and earns the interest.")
    contract_date: str = Field(description="The day on which the contract is formed, ISO date.")
    nominal_annual_rate: float | None = Field(
        description="All-in nominal annual cost of the money received, which is tested; null when no rate was; share."
    )
    effective_annual_rate: float | None = Field(description="The same compounded over a year, told beside it; share.")
    is_allowed: bool = Field(description="Whether no rule forbids the offer.")
    findings: list[LawFinding] = Field(description="Refusals first, then cautions.")
    treatment: CapTreatment | None = Field(description="What follows; null when this lender may not use the wrapper.")


def run(
    file: Path | None,
    entity: str | None,
    form: str | None,
    wrapper: str | None,
    contract_date: date | None,
    rate_annual: float | None,
    loss_cover: str,
    *,
    is_unlicensed: bool,
    is_leaseback: bool,
    is_interest_in_price: bool,
    as_json: bool,
) -> None:
    """Review an offer and print the answer.

    Args:
        file: a product whose typical contract supplies rate, wrapper and day; None when they are given.
        entity: who lends; the first that the wrapper is open to when absent.
        form: the product's form; its first when absent.
        wrapper: the legal shape; the form's own when absent.
        contract_date: the day; the product's pricing day when absent.
        rate_annual: all-in nominal cost; the contract's when absent.
        loss_cover: who takes a part of the funder's losses.
        is_unlicensed: the lender lacks the licence.
        is_leaseback: the leased machine was the client's.
        is_interest_in_price: a credit sale whose price includes time, without interest from the first day.
        as_json: print one JSON object instead of the page.

    Raises:
        BadInput: something is missing, unknown or out of its range. A refused offer is an answer, not an error.
    """
    product = load_product(file) if file else None
    name, effective, chosen = None, None, None
    if product is not None:
        name = form or product.first_form
        chosen, rates = product.any_form(name), rates_of(product.reference_contract(name))
        wrapper, contract_date = wrapper or chosen.wrapper, contract_date or product.priced_on
        if rate_annual is None:
            rate_annual, effective = float(rates.nominal_irr), float(rates.effective_annual)
    if wrapper is None or contract_date is None:
        missing, remedy = "contract_date", "YYYY-MM-DD"
        if wrapper is None:
            missing, remedy = "wrapper", f"one of {', '.join(WRAPPERS)}"
        raise BadInput(Problem("must be given where no product file is", field=missing, remedy=remedy))
    entity = entity or first_lender(wrapper)
    if loss_cover not in list(LossCover):
        raise BadInput(Problem(f"must be one of {', '.join(LossCover)}", field="loss_cover", value=loss_cover))
    judged = review(
        Offer(
            wrapper=wrapper,
            entity=entity,
            contract_date=contract_date,
            nominal_annual_rate=0.0 if rate_annual is None else rate_annual,
            effective_annual_rate=effective,
            contract=chosen.contract if chosen else None,
            has_licence=not is_unlicensed,
            has_day_one_interest=not is_interest_in_price,
            is_leaseback=is_leaseback or (chosen is not None and chosen.is_leaseback and wrapper == "finance_lease"),
            has_revenue_share=chosen is not None and chosen.has_revenue_share,
            loss_cover=LossCover(loss_cover),
        )
    )
    answer = CapAnswer(
        product=product.name if product else None,
        form=name,
        wrapper=wrapper,
        entity=entity,
        contract_date=contract_date.isoformat(),
        nominal_annual_rate=rate_annual,
        effective_annual_rate=effective,
        is_allowed=judged.is_allowed,
        findings=answered(judged.findings),
        treatment=_treatment(judged.treatment) if judged.treatment else None,
    )
    give(answer, as_json, lambda console: _show(console, answer))


def _treatment(follows: Treatment) -> CapTreatment:
    cap, books = follows.rate_cap, follows.accounting
    topics: dict[str, Rule] = {
        "licence": follows.licence,
        "tax": follows.tax,
        "accounting": books,
        "capital": follows.capital,
    }
    told = [_rule(topic, rule.rule, rule.valid_from, rule.source, rule.confidence) for topic, rule in topics.items()]
    told.insert(1, _rule("rate_cap", cap.rule, cap.valid_from, cap.source, cap.confidence))
    return CapTreatment(
        licence=follows.licence.licence,
        cap_regime=cap.regime,
        cap_annual=cap.rate_annual,
        void_above_annual=cap.void_above_annual,
        vat_rate=follows.vat.rate_ppm / 1_000_000,
        is_vat_deductible=follows.vat.is_deductible,
        kept_share=follows.vat.kept_share,
        client_cost_share=_client_cost_share(follows.vat),
        asset=books.asset,
        business_model=books.business_model,
        passes_sppi=books.passes_sppi,
        measurement=books.measurement,
        loss_allowance=books.loss_allowance,
        capital_approach=follows.capital.approach,
        capital_share=follows.capital_share,
        rules=told,
    )


def _client_cost_share(vat: Vat) -> float:
    """What a payment costs its payer after the VAT that it deducts."""
    return MILLION / (MILLION + vat.rate_ppm) if vat.is_deductible else 1.0


def _rule(topic: str, rule: str, valid_from: date, source: str, confidence: str) -> CapRuleTold:
    return CapRuleTold(topic=topic, rule=rule, valid_from=valid_from.isoformat(), source=source, confidence=confidence)


def _show(console: "Console", answer: CapAnswer) -> None:
    from rich.box import SIMPLE
    from rich.markup import escape
    from rich.table import Table

    rules = wrapper_rules(answer.wrapper)
    who = answer.entity.replace("_", " ")
    console.print(f"[bold]{rules.title} ({rules.title_zh}) by a {who}, contract formed {answer.contract_date}[/]")
    if answer.nominal_annual_rate is not None:
        beside = f", effective {answer.effective_annual_rate:.2%}" if answer.effective_annual_rate is not None else ""
        console.print(f"All-in nominal cost {answer.nominal_annual_rate:.2%} a year{beside}.")
    console.print("[bold green]May be offered.[/]" if answer.is_allowed else "[bold red]Must not be offered.[/]")
    below = {rule.rule for rule in answer.treatment.rules} if answer.treatment else set[str]()
    for line, is_small_print in lines(answer.findings, told_elsewhere=below):
        console.print(line, markup=False, style="dim" if is_small_print else "bold")
    if answer.treatment is None:
        return
    follows = answer.treatment
    equity = "no rule read" if follows.capital_share is None else f"{follows.capital_share:.2%} of the exposure"
    facts = {
        "licence": follows.licence or "none needed",
        "rate_cap": f"{follows.cap_annual:.2%} a year",
        "tax": f"{follows.vat_rate:.0%} VAT{', deductible' if follows.is_vat_deductible else ''}; "
        f"lender keeps {follows.kept_share:.2%}, client bears {follows.client_cost_share:.2%}",
        "accounting": f"{follows.asset}, {follows.measurement}, {follows.loss_allowance}".replace("_", " "),
        "capital": equity,
    }
    table = Table(box=SIMPLE, show_header=False)
    for told in follows.rules:
        table.add_row(
            f"[bold]{told.topic.replace('_', ' ')}[/]",
            facts[told.topic],
            f"{escape(told.rule)}\n[dim]{escape(told.source)}; since {told.valid_from}; {told.confidence}[/]",
        )
    console.print(table)
    console.print("A reading of rules, not legal advice.", style="dim")
