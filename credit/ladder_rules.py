"""The ladder as a file: stages, gates, what each stage opens, and what sends a firm down, out and back in.

The control arms (a collateral bank, a single product, a ladder without live data) are files of the same kind, read and
evaluated by the same code. A file that rewards risk is refused: gates may only ask for more of what is safer and may
not ease from stage to stage, and down the bands of an offer nothing may get better.
"""

from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationInfo, field_validator, model_validator

from credit.errors import BadInput, Problem
from credit.files import DATA, canonical_json, sha256_of_text
from credit.ladder_measures import MEASURES
from credit.shelf import shelf_beside, unknown_products
from credit.sourced import (
    STRICT,
    AnnualShare,
    Days,
    PositiveCount,
    Share,
    ShareBelowOne,
    Sourced,
    Tenor,
    Weight,
    Yuan,
    read_model,
)

POLICIES = DATA / "policies"
ARMS = ("ladder", "traditional_bank", "single_product", "ladder_without_live_data")
"""The policies that stand side by side, by file name."""

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Group = Literal["C", "B", "T", "P", "X", "I"]


class Bound(Sourced):
    """A value that a measure must reach, or must not pass."""

    unit: Literal["share", "count", "days", "months", "years", "yuan"]
    value: Annotated[float, Field(ge=0)]


class Run(Sourced):
    """How long an offer runs: leases and growth loans go beyond what a purchase may."""

    unit: Literal["days"]
    value: Annotated[int, Field(ge=1, le=3660)]


class Gate(BaseModel):
    """One thing that must hold."""

    model_config = STRICT

    measure: str
    at_least: Bound | None = None
    at_most: Bound | None = None
    is_unknown_fine: bool = Field(False, description="A measure that is not known misses nothing.")

    @model_validator(mode="after")
    def _asks_for_what_is_safer(self) -> "Gate":
        if self.measure not in MEASURES:
            raise ValueError(f"measure must be one of {', '.join(MEASURES)}, not {self.measure}")
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("say either at_least or at_most")
        measure = MEASURES[self.measure]
        if (measure.safer > 0) != (self.at_least is not None):
            rule = "at_least" if measure.safer > 0 else "at_most"
            raise ValueError(f"{self.measure} must be asked for with {rule}: the other side would reward risk")
        if self.bound.unit != measure.unit:
            raise ValueError(f"{self.measure} is counted in {measure.unit}, not in {self.bound.unit}")
        return self

    @property
    def bound(self) -> Bound:
        """The bound, whichever side it is on."""
        chosen = self.at_least or self.at_most
        assert chosen is not None
        return chosen

    def is_kept(self, value: float | None) -> bool:
        """Whether a value passes."""
        if value is None:
            return self.is_unknown_fine
        return value >= self.bound.value if self.at_least is not None else value <= self.bound.value

    def is_no_easier_than(self, other: "Gate") -> bool:
        """Whether it asks for at least as much as another gate on the same measure."""
        return self.bound.value >= other.bound.value if self.at_least else self.bound.value <= other.bound.value


class Stage(BaseModel):
    """One rung."""

    model_config = STRICT

    stage: Annotated[int, Field(ge=0, le=3)]
    title: str
    gates: list[Gate]


class OfferBand(BaseModel):
    """What clients up to a default probability get of an offer."""

    model_config = STRICT

    pd_annual_up_to: ShareBelowOne
    rate_annual: AnnualShare = Field(description="Simple interest, day rate x 365.")
    limit_share: Weight = Field(description="Of the basis, in a term of 30 days where the limit grows with the term.")
    longest_term: Run


class Offer(BaseModel):
    """A product as a stage of the ladder opens it."""

    model_config = STRICT

    product: Name = Field(description="Name of the product, as its file in data/products says it.")
    form: Name | None = Field(None, description="The one form that is meant; missing: the product has no other here.")
    is_off_shelf: bool = Field(False, description="Another lender's product, for which there is no file.")
    title: str
    title_zh: str
    stage: Annotated[int, Field(ge=1, le=3)]
    wrapper: Name = Field(description="The legal shape, as in data/wrappers.")
    entity: Name = Field(description="Who lends under it.")
    repayment: Literal["bullet", "instalments"]
    is_guarantee_possible: bool
    shares_limit_with: list[Name] = Field([], description="Further products whose debt counts under this limit.")
    terms: Annotated[list[Run], Field(min_length=1)] = Field(description="What may be chosen, rising.")
    deposits: Annotated[list[ShareBelowOne], Field(min_length=1)] = Field(description="What may be chosen, rising.")
    limit_basis: Literal[
        "monthly_purchases_yuan", "monthly_invoices_yuan", "annual_revenue_yuan", "pledgeable_yuan"
    ] = Field(description="The measure that bounds the limit.")
    is_limit_by_term: bool = Field(description="The limit grows with the term, T/30.")
    maximum_limit: Yuan
    loss_given_default: Share = Field(description="Of the exposure, at the lowest deposit and without guarantee.")
    loss_given_default_guaranteed: Share
    upfront_fee_share: ShareBelowOne = Field(description="Of the value bought.")
    contract_cost: Yuan = Field(description="Handling of one contract.")
    servicing_cost: AnnualShare
    expected_loss_maximum: Share = Field(description="Of the exposure, over the term.")
    gates: list[Gate]
    bands: Annotated[list[OfferBand], Field(min_length=1)]

    @field_validator("terms", "deposits")
    @classmethod
    def _rising(cls, values: list[Any]) -> list[Any]:
        if any(later.value <= earlier.value for earlier, later in pairwise(values)):
            raise ValueError("must rise from entry to entry")
        return values

    @field_validator("loss_given_default_guaranteed")
    @classmethod
    def _a_guarantee_helps(cls, given: Share, info: ValidationInfo) -> Share:
        without = info.data.get("loss_given_default")
        if without is not None and given.value > without.value:
            raise ValueError("must not exceed loss_given_default: a guarantee would raise the loss")
        return given

    @field_validator("bands")
    @classmethod
    def _riskier_never_gets_more(cls, bands: list[OfferBand]) -> list[OfferBand]:
        for number, (safer, riskier) in enumerate(pairwise(bands), start=2):
            rules = {
                "pd_annual_up_to must rise": riskier.pd_annual_up_to.value > safer.pd_annual_up_to.value,
                "limit_share must not rise": riskier.limit_share.value <= safer.limit_share.value,
                "longest_term must not rise": riskier.longest_term.value <= safer.longest_term.value,
                "rate_annual must not fall": riskier.rate_annual.value >= safer.rate_annual.value,
            }
            broken = [rule for rule, is_kept in rules.items() if not is_kept]
            if broken:
                raise ValueError(f"from band {number - 1} to the riskier band {number}: {'; '.join(broken)}")
        return bands

    @property
    def name(self) -> str:
        """What an application asks for: the product, with the form where the policy names one."""
        return self.product if self.form is None else f"{self.product}.{self.form}"

    def band_of(self, pd_annual: float) -> OfferBand | None:
        """The band of a default probability; None beyond the last one."""
        return next((band for band in self.bands if pd_annual <= band.pd_annual_up_to.value), None)


class Conduct(BaseModel):
    """What sends a firm down, freezes it, lets it back in, and ends the relation."""

    model_config = STRICT

    demotion_dpd: Tenor
    demotion_to_stage: Annotated[int, Field(ge=0, le=2)]
    demotion_dwell: Tenor = Field(description="No graduation for so long after the last day of such arrears.")
    suspension_dpd: Tenor
    clean_dpd: Days
    reentry_clean: Tenor
    exit_dpd: Tenor
    readmission_clean: Tenor = Field(description="Clean days after a default before a firm may enter again.")

    @model_validator(mode="after")
    def _in_order(self) -> "Conduct":
        days = [one.value for one in (self.clean_dpd, self.suspension_dpd, self.demotion_dpd, self.exit_dpd)]
        if not days[0] < days[1] <= days[2] <= days[3]:
            raise ValueError("clean_dpd < suspension_dpd <= demotion_dpd <= exit_dpd must hold")
        if self.readmission_clean.value < self.reentry_clean.value:
            raise ValueError("readmission_clean must not be shorter than reentry_clean")
        return self


class ClientCosts(BaseModel):
    """What a change costs a client, to order changes by."""

    model_config = STRICT

    own_money_annual: AnnualShare = Field(description="What its own money in a deposit would earn or save elsewhere.")
    outside_rate_annual: AnnualShare = Field(description="What money costs that the platform does not lend.")
    guarantee_annual: AnnualShare = Field(description="What standing surety is worth, of the exposure.")
    data_cost: Yuan = Field(description="Putting invoices and records on the platform.")
    moving_cost_share: Share = Field(description="Of the purchases moved to the platform in a quarter.")


class Reach(BaseModel):
    """How far the search for changes goes."""

    model_config = STRICT

    months: PositiveCount = Field(description="Longest wait.")
    more_purchases: Annotated[list[Weight], Field(min_length=1)] = Field(
        description="Trade moved to the platform, as a share of what is traded there."
    )
    smallest_amount: ShareBelowOne = Field(description="Of the amount asked for.")
    completeness_with_data: Share = Field(description="What a full set of records brings completeness to.")


class LadderPolicy(BaseModel):
    """Stages, offers and conduct of one lender or platform."""

    model_config = STRICT

    name: Name
    title: str
    evidence: Annotated[list[Group], Field(min_length=1)] = Field(description="Groups of data that it looks at.")
    decision_days: Days = Field(description="From application to answer.")
    decision_cost: Yuan = Field(description="Of one decision.")
    total_cap: Yuan = Field(description="Owed by one obligor over all offers.")
    stages: Annotated[list[Stage], Field(min_length=2)]
    offers: Annotated[list[Offer], Field(min_length=1)]
    conduct: Conduct
    client_costs: ClientCosts
    reach: Reach

    @field_validator("stages")
    @classmethod
    def _each_rung_is_harder(cls, stages: list[Stage]) -> list[Stage]:
        if [stage.stage for stage in stages] != list(range(len(stages))):
            raise ValueError("stages must stand in order and begin with 0")
        if stages[0].gates:
            raise ValueError("stage 0 is where everybody stands; it has no gates")
        asked: dict[str, Gate] = {}
        for stage in stages:
            for gate in stage.gates:
                before = asked.get(gate.measure)
                if before is not None and not gate.is_no_easier_than(before):
                    raise ValueError(f"stage {stage.stage} asks for less {gate.measure} than a stage below it")
                asked[gate.measure] = gate
        return stages

    @model_validator(mode="after")
    def _holds_together(self) -> "LadderPolicy":
        top, sees = len(self.stages) - 1, self.sees
        beyond = [offer.name for offer in self.offers if offer.stage > top]
        blind = sorted({gate.measure for gate in self.gates() if MEASURES[gate.measure].evidence not in sees})
        blind += sorted({o.limit_basis for o in self.offers if MEASURES[o.limit_basis].evidence not in sees})
        names = [offer.name for offer in self.offers]
        if beyond:
            raise ValueError(f"no such stage for the offers {', '.join(beyond)}")
        if blind:
            raise ValueError(f"asks for {', '.join(blind)}, which its evidence does not show")
        if len(set(names)) < len(names):
            raise ValueError("an offer may stand once")
        if self.conduct.demotion_to_stage >= top > 1:
            raise ValueError("demotion_to_stage must lie below the highest stage")
        return self

    def gates(self) -> Iterator[Gate]:
        """Every gate of stages and offers."""
        for stage in self.stages:
            yield from stage.gates
        for offer in self.offers:
            yield from offer.gates

    @cached_property
    def sees(self) -> frozenset[str]:
        """Kinds of evidence that decisions may use."""
        return frozenset((*self.evidence, "own", "model"))

    @property
    def hash(self) -> str:
        """SHA-256 of the content."""
        return sha256_of_text(canonical_json(self.model_dump(mode="json")))

    def offer(self, name: str) -> Offer | None:
        """The offer of a product, or of `product.form`; the first of its forms where none is named; else None."""
        exact = (offer for offer in self.offers if offer.name == name)
        return next(exact, next((offer for offer in self.offers if offer.product == name), None))

    def products_named(self) -> Iterator[tuple[str, str]]:
        """Field and name of every product of the shelf that the policy speaks of."""
        for number, offer in enumerate(self.offers):
            if not offer.is_off_shelf:
                yield f"offers.{number}.product" if offer.form is None else f"offers.{number}.form", offer.name
            for place, product in enumerate(offer.shares_limit_with):
                yield f"offers.{number}.shares_limit_with.{place}", product


def load_ladder(path: Path | str = "ladder") -> LadderPolicy:
    """Read and check a ladder.

    Args:
        path: a file, or the name of one of ARMS.

    Raises:
        BadInput: the file breaks a rule or offers a product that is not on the shelf (`credit.shelf`); every problem
            names file, field, value and rule.
    """
    file = POLICIES / f"{path}.yaml" if path in ARMS else Path(path)
    policy, shelf = read_model(file, LadderPolicy, "ladder policy"), shelf_beside(file)
    problems = unknown_products(policy.products_named(), shelf, file)
    for number, offer in enumerate(policy.offers):
        if offer.is_off_shelf and offer.product in shelf:
            rule = "must be false for a product of the shelf"
            problems.append(Problem(rule, str(file), f"offers.{number}.is_off_shelf", offer.product))
        elif offer.form is None and sum(offer.product == other.product for other in policy.offers) > 1:
            told = f"must be named where a product is offered more than once: {', '.join(shelf.get(offer.product, ()))}"
            problems.append(Problem(told, str(file), f"offers.{number}.form", offer.product))
    if problems:
        raise BadInput(problems, headline=f"{file} is not a valid ladder policy")
    return policy


def ladder_schema() -> dict[str, Any]:
    """The JSON Schema of ladders; `data/policies/ladder.schema.json` holds it for editors."""
    return LadderPolicy.model_json_schema()
