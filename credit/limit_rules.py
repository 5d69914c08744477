"""How limits move, as a file: the grid of choices, the triggers of a review, thresholds up and down, caps."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationInfo, field_validator, model_validator

from credit.files import DATA
from credit.sourced import (
    STRICT,
    Count,
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

LIMIT_REVIEW = DATA / "policies" / "limit_review.yaml"
Signal = Literal[
    "purchase_change", "order_gap_ratio", "receivable_days_change", "days_above_nine_tenths", "enquiries_30d",
    "new_lawsuits_90d", "power_change", "top_buyer_overdue_days", "order_size_ratio", "buying_above_index",
    "resale_below_cost", "identity_changes_180d", "orders_near_maturity", "match_share",
]  # fmt: skip
"""What is watched between reviews; changes and ratios are shares of the client's own past."""


def _rising(values: list[Any]) -> list[Any]:
    if any(later.value <= earlier.value for earlier, later in pairwise(values)):
        raise ValueError("must rise from entry to entry")
    return values


class Threshold(Sourced):
    """Where a signal becomes a warning; a change may be negative."""

    unit: Literal["share", "ratio", "days", "count"]


class EarlyWarning(BaseModel):
    """One early warning: a signal, where it starts to count, and how much it weighs."""

    model_config = STRICT

    signal: Signal
    at_least: Threshold | None = None
    at_most: Threshold | None = None
    is_red: bool = Field(description="Freezes the line at once.")
    means: Annotated[str, Field(min_length=3)]

    @model_validator(mode="after")
    def _one_side(self) -> "EarlyWarning":
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("say either at_least or at_most")
        return self

    def is_raised(self, value: float) -> bool:
        """Whether a value of the signal is a warning."""
        if self.at_least is not None:
            return value >= self.at_least.value
        return self.at_most is not None and value <= self.at_most.value


class Choice(BaseModel):
    """The grid from which limit and tenor are chosen together, and what every choice must keep."""

    model_config = STRICT

    limit_shares: Annotated[list[Share], Field(min_length=1)] = Field(
        description="Of the resin bought in a term at the client's trailing monthly pace."
    )
    terms: Annotated[list[Tenor], Field(min_length=1)]
    expected_loss_maximum: Share = Field(description="Of the exposure, over the term.")
    break_even_cushion: Weight = Field(description="Break-even PD over the PD that counts, at least.")
    burden: Weight = Field(description="Log of the hazard ratio that each month of purchases owed adds.")
    order_cost: Yuan = Field(description="Handling of one order, whatever its size.")
    order_value: Yuan = Field(description="A typical order.")
    servicing_cost: Share = Field(description="Servicing, visits and collections: share of the exposure a year.")

    _shares_rise = field_validator("limit_shares")(_rising)
    _terms_rise = field_validator("terms")(_rising)

    @field_validator("break_even_cushion", "burden")
    @classmethod
    def _sane(cls, given: Weight, info: ValidationInfo) -> Weight:
        least = 1.0 if info.field_name == "break_even_cushion" else 0.0
        if given.value < least:
            raise ValueError(f"must be at least {least:g}, or risk would be rewarded")
        return given


class LimitRules(BaseModel):
    """How a limit is set, reviewed, raised, cut, frozen and given back."""

    model_config = STRICT

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: str
    choice: Choice
    review_every: Tenor
    dwell: Tenor = Field(description="A rise must have been affordable on every review of this many days.")
    rise_pd_share: ShareBelowOne = Field(
        description="To rise, the PD must be below this share of the band's bound; to stay, below the bound itself."
    )
    purchase_slack: Share = Field(description="Purchases may fall this much before the limit follows.")
    rise_maximum: Share = Field(description="Above the lowest level of rise_window.")
    rise_window: Tenor
    entry_share: Share = Field(description="Of the full limit, for new clients and for those who come back.")
    warning_cut: Share = Field(description="Taken off the limit at two warnings or more.")
    suspension_dpd: Tenor
    clean_dpd: Days = Field(description="Up to this many days past due are a technical delay.")
    reentry_clean: Tenor
    utilisation_trigger: Share
    price_move_trigger: Share
    product_cap: Yuan
    total_cap: Yuan = Field(description="Over all products of one obligor.")
    purchases_cap: Count = Field(description="Months of all its resin purchases that an obligor may owe.")
    wallet_minimum: Share = Field(
        description="The platform's part of the firm's resin purchases below which no limit rises."
    )
    warnings: Annotated[list[EarlyWarning], Field(min_length=1)]
    warnings_for_cut: PositiveCount

    @model_validator(mode="after")
    def _holds_together(self) -> "LimitRules":
        rules: dict[str, Callable[[], bool]] = {
            "rise_maximum must be at most 0.25 a quarter": lambda: (
                self.rise_maximum.value <= 0.25 and self.rise_window.value >= 90
            ),
            "clean_dpd must stay below suspension_dpd": lambda: self.clean_dpd.value < self.suspension_dpd.value,
            "total_cap must not be below product_cap": lambda: self.total_cap.value >= self.product_cap.value,
            "warning_cut must take something off": lambda: self.warning_cut.value > 0,
            "a signal may be watched once": lambda: (
                len({warning.signal for warning in self.warnings}) == len(self.warnings)
            ),
        }
        broken = [rule for rule, is_kept in rules.items() if not is_kept()]
        if broken:
            raise ValueError("; ".join(broken))
        return self

    def raised(self, signals: dict[str, float]) -> tuple[list[str], bool]:
        """The warnings that signals raise, and whether one of them is red; a signal that is not known raises none."""
        found = [one for one in self.warnings if one.signal in signals and one.is_raised(signals[one.signal])]
        return [one.signal for one in found], any(one.is_red for one in found)

    def meaning(self, signal: str) -> str:
        """What a raised warning says of the firm: `buys far less`; a signal that is not watched stands for itself."""
        return next((one.means for one in self.warnings if one.signal == signal), signal)


def load_limit_rules(path: Path = LIMIT_REVIEW) -> LimitRules:
    """Read and check how limits move.

    Raises:
        BadInput: the file breaks a rule; every problem names file, field, value and rule.
    """
    return read_model(path, LimitRules, "policy of limit reviews")


def limit_rules_schema() -> dict[str, Any]:
    """The JSON Schema of these files; `data/policies/limit_review.schema.json` holds it for editors."""
    return LimitRules.model_json_schema()
