"""Legal wrappers as files: who may use one, and which cap, tax, accounting and capital rule follows, by day.

A rule is a sentence with the day from which it holds, its source and how sure the laboratory is of its reading. The
files are `data/wrappers/NAME.yaml` and `data/wrappers/conduct.yaml`; they are a reading of rules, not legal advice.
"""

from collections.abc import Sequence
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, model_validator

from credit.errors import BadInput, Problem
from credit.files import DATA
from credit.parameters import Confidence
from credit.sourced import STRICT, read_model
from credit.taxes import Entity

WRAPPERS = ("credit_sale", "entrusted_bank_loan", "micro_loan", "assigned_receivable", "finance_lease")
"""The legal shapes in which the same cash flows can come."""

ContractName = Literal[
    "open_account_purchase",
    "goods_controlled_purchase",
    "assigned_receivable",
    "machine_lease",
    "sale_leaseback",
    "turnover_revolver",
    "receivables_advance",
    "growth_loan",
    "revenue_share_loan",
]
"""What a form of a product may promise."""

EntityName = Literal["bank", "micro_lender", "finance_lessor", "factor", "trading_company"]
Sentence = Annotated[str, Field(min_length=10)]


class Rule(BaseModel):
    """What held from a day on, and who says so."""

    model_config = STRICT

    valid_from: date
    rule: Sentence
    rule_zh: Annotated[str, Field(min_length=4)] = Field(description="The same in Chinese, for reports.")
    source: Annotated[str, Field(min_length=3)]
    confidence: Confidence


class LicenceRule(Rule):
    """What a lender needs; None when nothing."""

    licence: str | None


class CarriesRule(Rule):
    """Which contracts a wrapper can be put around."""

    contracts: Annotated[list[ContractName], Field(min_length=1)]


class CapRule(Rule):
    """Which cap of `data/parameters/rate_caps.yaml` binds."""

    cap: Literal["private_lending", "licensed_lending"]


class TaxRule(Rule):
    """As what the price of time is taxed; the rates stand in `data/parameters/taxes.yaml`."""

    vat: Literal["interest", "goods", "direct_lease", "leaseback"]


class AccountingRule(Rule):
    """How the lender books the asset."""

    asset: Literal["trade_receivable", "loan", "factoring_asset", "lease_receivable"]
    business_model: Literal["hold_to_collect", "hold_to_collect_and_sell"]
    passes_sppi: bool = Field(description="The flows are solely payments of principal and interest.")
    measurement: Literal["amortised_cost", "fair_value_oci", "fair_value_profit", "net_investment"]
    loss_allowance: Literal["incurred_loss", "simplified_lifetime", "three_stages", "in_fair_value"]


class CapitalRule(Rule):
    """What bounds the lender's book; the ratios stand in `data/parameters/capital.yaml`."""

    approach: Literal["bank_risk_weight", "leverage", "none_prescribed", "not_known"]


def _in_order[R: Rule](rules: list[R]) -> list[R]:
    if any(later.valid_from <= earlier.valid_from for earlier, later in pairwise(rules)):
        raise ValueError("rules must stand in the order of valid_from, each day once")
    return rules


type History[R: Rule] = Annotated[list[R], Field(min_length=1), AfterValidator(_in_order)]


class LenderRules(BaseModel):
    """What binds one kind of lender in a wrapper."""

    model_config = STRICT

    licence: History[LicenceRule]
    rate_cap: History[CapRule]
    tax: History[TaxRule]
    accounting: History[AccountingRule]
    capital: History[CapitalRule]
    leaseback_tax: History[TaxRule] | None = None
    leaseback_accounting: History[AccountingRule] | None = None


class WrapperRules(BaseModel):
    """A legal wrapper: the lenders that may use it, and the rule that keeps out the others."""

    model_config = STRICT

    name: Literal["credit_sale", "entrusted_bank_loan", "micro_loan", "assigned_receivable", "finance_lease"]
    title: str
    title_zh: str
    what: Sentence
    carries: History[CarriesRule]
    lenders: Annotated[dict[EntityName, LenderRules], Field(min_length=1)]
    others: History[Rule] = Field(description="What keeps out every lender that is not listed.")
    closed: dict[EntityName, History[Rule]] = Field(
        default_factory=dict, description="Lenders that another rule than that of the others keeps out."
    )

    @model_validator(mode="after")
    def _parts_fit(self) -> "WrapperRules":
        for entity, rules in self.lenders.items():
            if (rules.leaseback_tax is None) != (rules.leaseback_accounting is None):
                raise ValueError(f"{entity}: leaseback_tax and leaseback_accounting come together or not at all")
        both = sorted(set(self.lenders) & set(self.closed))
        if both:
            raise ValueError(f"{', '.join(both)} cannot be both among lenders and closed")
        return self

    def refused_contract(self, contract: str, day: date) -> CarriesRule | None:
        """The rule by which the wrapper cannot be put around a contract; None where it can.

        Raises:
            BadInput: the day lies before the first rule that the laboratory knows.
        """
        rule = in_force(self.carries, day, "what a wrapper carries")
        return None if contract in rule.contracts else rule

    def closed_by(self, entity: Entity) -> list[Rule]:
        """The rules that keep out a lender which is not listed."""
        return self.closed.get(entity.value, self.others)


class Conduct(BaseModel):
    """What binds an offer in every wrapper."""

    model_config = STRICT

    cost_basis: History[Rule] = Field(description="On which money the cost is measured.")
    total_cost: History[Rule] = Field(description="Which payments count as cost.")
    day_one_interest: History[Rule]
    platform_first_loss: History[Rule]
    guarantee_fee: History[Rule]
    subordinated_tranche: History[Rule]
    recourse: History[Rule]
    revenue_share: History[Rule]
    held_to_be_sold: History[Rule]


def in_force[R: Rule](history: Sequence[R], day: date, what: str) -> R:
    """The rule of a history that holds on a day.

    Raises:
        BadInput: the day lies before the first rule that the laboratory knows.
    """
    known = [rule for rule in history if rule.valid_from <= day]
    if not known:
        first = history[0].valid_from
        raise BadInput(Problem(f"no rule of {what} is known before {first}", field="contract_date", value=str(day)))
    return known[-1]


@cache
def wrapper_rules(wrapper: str) -> WrapperRules:
    """The rules of `data/wrappers/WRAPPER.yaml`, read once.

    Raises:
        BadInput: there is no such wrapper, or its file breaks a rule.
    """
    if wrapper not in WRAPPERS:
        raise BadInput(Problem(f"must be one of {', '.join(WRAPPERS)}", field="wrapper", value=wrapper))
    rules = read_model(DATA / "wrappers" / f"{wrapper}.yaml", WrapperRules, "legal wrapper")
    if rules.name != wrapper:
        told = Problem(f"must be {wrapper}, the name of the file", file=f"{wrapper}.yaml", field="name")
        raise BadInput(told)
    return rules


@cache
def conduct() -> Conduct:
    """The rules of `data/wrappers/conduct.yaml`, read once."""
    return read_model(DATA / "wrappers" / "conduct.yaml", Conduct, "list of conduct rules")


def entity_of(entity: Entity | str) -> Entity:
    """A lender by its name.

    Raises:
        BadInput: it is no kind of lender that the laboratory knows.
    """
    try:
        return Entity(entity)
    except ValueError:
        raise BadInput(Problem(f"must be one of {', '.join(Entity)}", field="entity", value=str(entity))) from None


def wrapper_schema() -> dict[str, Any]:
    """The JSON Schema of wrapper files, for editors."""
    return WrapperRules.model_json_schema()
