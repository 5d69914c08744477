"""How much, how long, at what price and in which form: the policy that turns a default probability into an offer.

Riskier never gets more: a policy whose bands would give a riskier client a larger limit, a longer tenor, a cheaper day
rate or a freer form is refused when it is read, so that nothing downstream can break the rule.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from credit.contracts.arithmetic import MILLION, divide_half_even
from credit.errors import BadInput, Problem
from credit.files import canonical_json, sha256_of_text
from credit.shelf import shelf_beside, unknown_products
from credit.sourced import STRICT, DayRate, Share, ShareBelowOne, Tenor, Yuan, read_model

DAYS_OF_A_MONTH = 30


def purchase_limit_fen(
    trailing_monthly_purchases_fen: int, term_days: int, limit_share_ppm: int, maximum_limit_fen: int
) -> int:
    """The most that a client may owe: a share of what it buys in a term, at its trailing monthly pace, under a cap.

    share x monthly purchases x T/30, rounded half to even. Integers only, so that the market may compile it; the first
    three multiplied must stay below 2**62 (purchases of 10**10 fen a month, 90 days and a share of 1 give 9e17).

    Args:
        trailing_monthly_purchases_fen: resin bought on the platform in a month on average, >= 0.
        term_days: days to maturity.
        limit_share_ppm: the share granted, parts per million.
        maximum_limit_fen: the cap for one obligor.
    """
    by_purchases = divide_half_even(
        trailing_monthly_purchases_fen * term_days * limit_share_ppm, DAYS_OF_A_MONTH * MILLION
    )
    return by_purchases if by_purchases < maximum_limit_fen else maximum_limit_fen


@dataclass(frozen=True, slots=True)
class PurchaseOffer:
    """What the policy allows a client. Without an offer `forms` is empty and `limit_fen` 0.

    Attributes:
        limit_fen: the most it may owe under the product.
        term_days: days to maturity.
        day_rate_ppm: simple interest a day in parts per million.
        forms: the forms it may choose from, the freest first.
    """

    limit_fen: int
    term_days: int
    day_rate_ppm: int
    forms: tuple[str, ...]


NO_OFFER = PurchaseOffer(limit_fen=0, term_days=0, day_rate_ppm=0, forms=())


class Band(BaseModel):
    """What clients up to a default probability get."""

    model_config = STRICT

    pd_annual_up_to: ShareBelowOne
    limit_share: Share = Field(description="Of the resin bought in a term at the client's trailing monthly pace.")
    longest_term: Tenor
    day_rate: DayRate
    forms: Annotated[list[str], Field(min_length=1)]


class PurchasePolicy(BaseModel):
    """Limits, tenors, prices and forms by default probability."""

    model_config = STRICT

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: str
    product: str
    maximum_limit: Yuan = Field(description="The most that one obligor may owe under the product.")
    bands: Annotated[list[Band], Field(min_length=1)]

    @field_validator("bands")
    @classmethod
    def _riskier_never_gets_more(cls, bands: list[Band], info: ValidationInfo) -> list[Band]:
        for number, (safer, riskier) in enumerate(pairwise(bands), start=2):
            rules = {
                "pd_annual_up_to must rise": riskier.pd_annual_up_to.value > safer.pd_annual_up_to.value,
                "limit_share must not rise": riskier.limit_share.value <= safer.limit_share.value,
                "longest_term must not rise": riskier.longest_term.value <= safer.longest_term.value,
                "day_rate must not fall": riskier.day_rate.value >= safer.day_rate.value,
                "no form may be added": set(riskier.forms) <= set(safer.forms),
            }
            broken = [rule for rule, is_kept in rules.items() if not is_kept]
            if broken:
                raise ValueError(f"from band {number - 1} to the riskier band {number}: {'; '.join(broken)}")
        return bands

    @property
    def hash(self) -> str:
        """SHA-256 of the content."""
        return sha256_of_text(canonical_json(self.model_dump(mode="json")))

    @cached_property
    def _columns(self) -> tuple[list[float], list[int], list[PurchaseOffer], int]:
        offers = [
            PurchaseOffer(0, band.longest_term.value, band.day_rate.ppm, tuple(band.forms)) for band in self.bands
        ]
        bounds = [band.pd_annual_up_to.value for band in self.bands]
        return bounds, [band.limit_share.ppm for band in self.bands], offers, self.maximum_limit.fen

    def offer(
        self, pd_annual: float, trailing_monthly_purchases_fen: int, longest_term_days: int | None = None
    ) -> PurchaseOffer:
        """What a client with a default probability and a pace of purchases may have.

        Args:
            pd_annual: probability of default within a year.
            trailing_monthly_purchases_fen: resin bought on the platform in a month on average.
            longest_term_days: the longest term that the client, the product or the lender allows; none when absent.

        Raises:
            BadInput: a probability outside 0 to 1, or negative purchases.
        """
        if not 0.0 <= pd_annual <= 1.0:
            raise BadInput(Problem("must be from 0 to 1", field="pd_annual", value=pd_annual))
        if trailing_monthly_purchases_fen < 0:
            told = Problem("must be >= 0", field="trailing_monthly_purchases_fen", value=trailing_monthly_purchases_fen)
            raise BadInput(told)
        bounds, shares, offers, maximum = self._columns
        for band, bound in enumerate(bounds):
            if pd_annual <= bound:
                granted = offers[band]
                term = granted.term_days if longest_term_days is None else min(granted.term_days, longest_term_days)
                limit = purchase_limit_fen(trailing_monthly_purchases_fen, term, shares[band], maximum)
                return PurchaseOffer(limit, term, granted.day_rate_ppm, granted.forms)
        return NO_OFFER


def load_purchase_policy(path: Path) -> PurchasePolicy:
    """Read and check a purchase policy.

    Raises:
        BadInput: the file is not plain YAML, a key is unknown or missing, a unit or value is wrong, a riskier band gets
            more than a safer one, or the product or a form is not on the shelf (`credit.shelf`).
    """
    policy, shelf = read_model(path, PurchasePolicy, "purchase policy"), shelf_beside(path)
    named = [("product", policy.product)]
    for number, band in enumerate(policy.bands if policy.product in shelf else []):
        named += [(f"bands.{number}.forms", f"{policy.product}.{form}") for form in band.forms]
    if problems := unknown_products(named, shelf, path):
        raise BadInput(problems, headline=f"{path} is not a valid purchase policy")
    return policy


def purchase_policy_schema() -> dict[str, Any]:
    """The JSON Schema of purchase policies; `data/policies/schema.json` holds it for editors."""
    return PurchasePolicy.model_json_schema()
