"""The ladder as a file: stages, gates, what each stage opens, and what sends a firm down, out and back in.

The control arms (a collateral bank, a single product, a ladder without live data) are files of the same kind, read and
evaluated by the same code. A file that rewards risk is refused: gates may only ask for more of what is safer and may
not ease from stage to stage, and down the bands of an offer nothing may get better.
"""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, field_validator, model_validator

from credit.errors import BadInput, Problem
from credit.files import DATA, canonical_json, sha256_of_text
from credit.ladder_measures import MEASURES
from credit.ladder_offers import Gate, Name, Offer
from credit.shelf import shelf_beside, unknown_products
from credit.sourced import (
    STRICT,
    AnnualShare,
    Days,
    PositiveCount,
    Share,
    ShareBelowOne,
    Tenor,
    Weight,
    Yuan,
    read_model,
)

POLICIES = DATA / "policies"
SHORT_NAMES = {
    "ladder": "ladder",
    "bank": "traditional_bank",
    "single": "single_product",
    "blind": "ladder_without_live_data",
}
"""The policies that stand side by side: what people call them, and the file in `data/policies`."""
ARMS = tuple(SHORT_NAMES.values())
"""The same by file name alone."""

Group = Literal["C", "B", "T", "P", "X", "I"]


class Stage(BaseModel):
    """One rung."""

    model_config = STRICT

    stage: Annotated[int, Field(ge=0, le=3)]
    title: str
    gates: list[Gate]


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
        path: a file, or the name of one of ARMS, the short one too.

    Raises:
        BadInput: the file breaks a rule or offers a product that is not on the shelf (`credit.shelf`); every problem
            names file, field, value and rule.
    """
    named = SHORT_NAMES.get(str(path), path)
    file = POLICIES / f"{named}.yaml" if named in ARMS else Path(path)
    if not file.suffix and not file.exists():
        rule = f"must be one of: {', '.join(SHORT_NAMES)}, or a policy file that ends in .yaml"
        raise BadInput(Problem(rule, field="policy", value=str(path)))
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
