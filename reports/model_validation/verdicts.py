"""Which numbers of a review speak for the model's use and which against it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

from credit.files import DATA
from credit.metrics.group_fairness import LEAST_ROWS, GroupTreatment
from credit.validation.review_contents import Review, SplitReview
from reports.blocks import Verdict
from reports.limit_rules import SEVERITY, LimitRule, Limits, load_rules

LIMITS = DATA / "policies" / "validation_limits.yaml"
SHIFTED = 0.25
"""Stability index above which a feature counts as another one (customary; see points_shift in the file)."""
NOT_A_GROUP = ("not told", "elsewhere")
"""Labels of rows of whom nothing is told: they are no group that could be treated unfairly."""
GRADE_MISS = 0.2
"""Relative distance of a grade's forecast from its outcome that counts as a miss."""


class ValidationRule(LimitRule):
    """One rule; its name says which number of a review it judges.

    Attributes:
        unit: how it is printed.
        split: on which rows it is judged.
        owner: who mends what it finds.
    """

    unit: Literal["number", "share", "multiple", "count"]
    split: Literal["random", "in_time", "any"]
    owner: Literal["data", "model", "risk", "compliance"]


@dataclass(frozen=True)
class Finding:
    """What one rule says.

    Attributes:
        name: the rule's name in the file.
        rule: the rule.
        limits: the limits in force.
        value: the judged number.
        level: go, caution or stop.
    """

    name: str
    rule: ValidationRule
    limits: Limits
    value: float
    level: Verdict


@cache
def validation_limits() -> dict[str, ValidationRule]:
    """The rules of `data/policies/validation_limits.yaml` by name, read once."""
    return load_rules(LIMITS, ValidationRule)


def measures(review: Review) -> dict[str, float]:
    """The numbers that the rules judge; one that the data do not allow is left out."""
    random, later = review.split("random"), review.split("in_time")
    assert random is not None  # a review always holds rows back at random
    own = random.own
    found = {
        "evidence": float(review.defaults),
        "leak": own.auc.value,
        "discrimination": own.auc.low,
        "slope": abs(own.calibration.slope - 1.0),
        "level": abs(own.calibration.observed_over_expected - 1.0),
        "backtest": (later or random).backtest.correlated,
        "grades_off": _grades_off(random),
        "challenger": max((-c.difference.value for c in random.challenges if c.difference), default=math.nan),
    }
    segments = [named_groups(groups) for groups in random.fairness.values()]
    segments = [groups for groups in segments if len(groups) > 1]
    if segments:
        found["fairness_approval"] = min(_evenness(groups) for groups in segments)
        found["fairness_level"] = max(_level_miss(group) for groups in segments for group in groups)
    if review.hidden is not None:
        found["rejects"] = review.hidden.worst_multiple
    if later is not None:
        shifted = [shift.shift.value > SHIFTED for shift in later.features_shift]
        found |= {
            "discrimination_later": later.own.auc.value,
            "lost_later": own.auc.value - later.own.auc.value,
            "slope_later": abs(later.own.calibration.slope - 1.0),
            "level_later": abs(later.own.calibration.observed_over_expected - 1.0),
            "points_shift": later.own.shift.value if later.own.shift else math.nan,
            "features_shift": sum(shifted) / len(shifted),
        }
    return found


def named_groups(groups: Sequence[GroupTreatment]) -> list[GroupTreatment]:
    """The groups that can be compared: large enough, and not those of whom nothing is told."""
    return [group for group in groups if group.rows >= LEAST_ROWS and group.name not in NOT_A_GROUP]


def judge(review: Review, day: date = date.max) -> list[Finding]:
    """Every rule that applies, in the order of the file."""
    found, judged = measures(review), []
    for name, rule in validation_limits().items():
        value = found.get(name, math.nan)
        if math.isfinite(value):
            limits = rule.on(day)
            judged.append(Finding(name, rule, limits, value, rule.level(value, limits)))
    return judged


def verdict_of(findings: Sequence[Finding]) -> Verdict:
    """The answer: the gravest level of any rule."""
    return max((finding.level for finding in findings), key=SEVERITY.__getitem__)


def _grades_off(split: SplitReview) -> float:
    """Part of the population in grades that are missed by more than a fifth, beyond luck."""
    off = [g for g in split.grades if not g.is_inside and abs(g.forecast - g.observed) > GRADE_MISS * g.forecast]
    return sum(grade.weight_share for grade in off)


def _evenness(groups: Sequence[GroupTreatment]) -> float:
    """Approval rate of the group approved least over that of the group approved most."""
    rates = [group.approval_rate.value for group in groups]
    return min(rates) / max(rates) if max(rates) > 0 else math.nan


def _level_miss(group: GroupTreatment) -> float:
    level = group.observed_over_expected
    return abs(level.value - 1.0) if level.low > 1.0 or level.high < 1.0 else 0.0
