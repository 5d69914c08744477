"""What a ladder offers and asks: gates on measures, and products with their terms, limits and bands of risk.

Whatever would reward risk is refused: a gate may only ask for more of what is safer, and down the bands of an offer
nothing may get better.
"""

from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationInfo, field_validator, model_validator

from credit.ladder_measures import MEASURES
from credit.sourced import (
    STRICT,
    AnnualShare,
    Share,
    ShareBelowOne,
    Sourced,
    Weight,
    Yuan,
)

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


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
    def _riskier_never_gets_more(cls, bands: list[OfferBand], info: ValidationInfo) -> list[OfferBand]:
        fee = info.data.get("upfront_fee_share")
        if fee is not None and fee.value == 0 and bands[0].rate_annual.value == 0:
            raise ValueError("rate_annual must be above 0 where upfront_fee_share is 0: money for nothing has no price")
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
