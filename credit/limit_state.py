"""A line between two days: the policy in whole numbers, a day's observation, and the state that is carried on."""

from dataclasses import dataclass
from typing import NamedTuple, Self

from credit.contracts.arithmetic import MILLION
from credit.errors import BadInput, Problem
from credit.limit_choice import LimitBand
from credit.limit_rules import LimitRules

Marks = tuple[tuple[int, int], ...]
"""The lowest values of a sliding window: days rising, values rising; the first value is the minimum."""


@dataclass(frozen=True, slots=True)
class ReviewPolicy:
    """How a line moves, in whole numbers; fields as in `credit.limit_rules.LimitRules`.

    Attributes:
        bands: limit share and term by PD, safest first, from `credit.limit_choice.chosen_bands`.
    """

    bands: tuple[LimitBand, ...]
    review_days: int
    dwell_days: int
    rise_pd_ppm: int
    purchase_slack_ppm: int
    rise_maximum_ppm: int
    rise_window_days: int
    entry_ppm: int
    warning_cut_ppm: int
    warnings_for_cut: int
    suspension_dpd_days: int
    clean_dpd_days: int
    reentry_days: int
    utilisation_trigger_ppm: int
    price_move_ppm: int
    product_cap_fen: int
    total_cap_fen: int
    purchases_cap_months: int
    wallet_minimum_ppm: int

    @classmethod
    def of(cls, rules: LimitRules, bands: tuple[LimitBand, ...]) -> Self:
        """The policy of a file with the bands that were chosen for it."""
        return cls(
            bands=bands,
            review_days=rules.review_every.value,
            dwell_days=rules.dwell.value,
            rise_pd_ppm=rules.rise_pd_share.ppm,
            purchase_slack_ppm=rules.purchase_slack.ppm,
            rise_maximum_ppm=rules.rise_maximum.ppm,
            rise_window_days=rules.rise_window.value,
            entry_ppm=rules.entry_share.ppm,
            warning_cut_ppm=rules.warning_cut.ppm,
            warnings_for_cut=rules.warnings_for_cut.value,
            suspension_dpd_days=rules.suspension_dpd.value,
            clean_dpd_days=rules.clean_dpd.value,
            reentry_days=rules.reentry_clean.value,
            utilisation_trigger_ppm=rules.utilisation_trigger.ppm,
            price_move_ppm=rules.price_move_trigger.ppm,
            product_cap_fen=rules.product_cap.fen,
            total_cap_fen=rules.total_cap.fen,
            purchases_cap_months=rules.purchases_cap.value,
            wallet_minimum_ppm=rules.wallet_minimum.ppm,
        )


@dataclass(frozen=True, slots=True)
class Observation:
    """What is known of a client on a day.

    Attributes:
        day: day number.
        pd_ppm: probability of default within a year.
        monthly_purchases_fen: resin bought on the platform in a month, trailing mean.
        all_monthly_purchases_fen: resin bought anywhere, as far as known; None tests neither wallet nor debt.
        limits_elsewhere_fen: limits of the client's other products on the platform.
        used_fen: owed under this line.
        dpd_days: worst days past due now, over all products.
        warnings: early warnings raised now.
        has_red_flag: one of them is a hard event.
        price_change_ppm: of resin since the last review.
    """

    day: int
    pd_ppm: int
    monthly_purchases_fen: int
    all_monthly_purchases_fen: int | None = None
    limits_elsewhere_fen: int = 0
    used_fen: int = 0
    dpd_days: int = 0
    warnings: int = 0
    has_red_flag: bool = False
    price_change_ppm: int = 0

    def __post_init__(self) -> None:
        least = min(
            self.monthly_purchases_fen, self.limits_elsewhere_fen, self.used_fen, self.dpd_days, self.warnings,
            self.all_monthly_purchases_fen or 0,
        )  # fmt: skip
        if least >= 0 and 0 <= self.pd_ppm <= MILLION:  # a market makes tens of thousands of them
            return
        counted = ("monthly_purchases_fen", "limits_elsewhere_fen", "used_fen", "dpd_days", "warnings")
        wrong = [
            Problem("must be >= 0", field=name, value=getattr(self, name))
            for name in counted
            if getattr(self, name) < 0
        ]
        if not 0 <= self.pd_ppm <= MILLION:
            wrong.append(Problem("must be from 0 to 1000000", field="pd_ppm", value=self.pd_ppm))
        if self.all_monthly_purchases_fen is not None and self.all_monthly_purchases_fen < 0:
            wrong.append(
                Problem("must be >= 0", field="all_monthly_purchases_fen", value=self.all_monthly_purchases_fen)
            )
        if wrong:
            raise BadInput(wrong)


class LimitState(NamedTuple):
    """A client's line.

    Attributes:
        limit_fen: the most it may owe now; 0 while suspended.
        term_days: the longest term now; 0 without a line.
        seen_on: day of the last step.
        next_review_on: day of the next calendar review.
        is_suspended: no new drawdown.
        unclean_on: last day on which more than a technical delay was past due, or a red flag stood; None: never.
        supported_fen: lowest limits that the reviews of the dwell period would have supported.
        supported_days: the same of the term.
        held_fen: lowest limits held in the window that bounds rises.
    """

    limit_fen: int
    term_days: int
    seen_on: int
    next_review_on: int
    is_suspended: bool = False
    unclean_on: int | None = None
    supported_fen: Marks = ()
    supported_days: Marks = ()
    held_fen: Marks = ()
