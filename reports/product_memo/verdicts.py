"""Which numbers of an offer speak for it and which against it: the product appetite, held against the offer."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from credit.files import DATA
from reports.blocks import Verdict
from reports.limit_rules import SEVERITY, LimitRule, Limits, load_rules
from reports.product_memo.offer import Offer

PRODUCT_APPETITE = DATA / "policies" / "product_appetite.yaml"


class MemoRule(LimitRule):
    """One rule of the product appetite; its name says which number of an offer it judges.

    Attributes:
        unit: "share" or "points" (printed in per cent), "multiple" or "count".
    """

    unit: Literal["share", "points", "multiple", "count"]


@dataclass(frozen=True)
class Finding:
    """What one rule says of an offer.

    Attributes:
        name: the rule's name in the file.
        rule: the rule.
        limits: the limits in force.
        value: the judged number.
        level: go, caution or stop.
    """

    name: str
    rule: MemoRule
    limits: Limits
    value: float
    level: Verdict


@cache
def product_appetite() -> dict[str, MemoRule]:
    """The rules of `data/policies/product_appetite.yaml` by name, read once."""
    return load_rules(PRODUCT_APPETITE, MemoRule)


def measures(offer: Offer) -> dict[str, float]:
    """The numbers that the appetite judges, by the rule's name; one that does not apply is left out."""
    crash = offer.crash_loss()
    found = {
        "refusals": float(len(offer.review.refusals)),
        "cap_room": offer.cap_room,
        "raroc": offer.raroc,
        "break_even_multiple": offer.break_even_pd / offer.setting.pd_annual,
        "bad_year_raroc": offer.bad_year_raroc,
        "size_multiple": offer.size_multiple,
        "evidence": offer.assumption_share(),
    }
    return found if crash is None else found | {"goods_crash_loss": crash}


def judge_offer(offer: Offer) -> list[Finding]:
    """Every rule of the appetite that applies to an offer, in the order of the file."""
    found = measures(offer)
    judged = []
    for name, rule in product_appetite().items():
        value = found.get(name, math.nan)
        if math.isfinite(value):
            limits = rule.on(offer.setting.day)
            judged.append(Finding(name, rule, limits, value, rule.level(value, limits)))
    return judged


def verdict_of(findings: Sequence[Finding]) -> Verdict:
    """The answer: the gravest level of any rule."""
    return max((finding.level for finding in findings), key=SEVERITY.__getitem__)


def verdict(offer: Offer) -> Verdict:
    """The answer for an offer."""
    return verdict_of(judge_offer(offer))
