"""What a ladder may ask about a firm: each measure with its unit, its kind of evidence, and which side is safer."""

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from credit.errors import BadInput, Problem

Evidence = Literal["C", "B", "T", "P", "X", "I", "own", "model"]
"""Groups of `credit.feature_specs`; `own`: a lender's own contracts, which nobody is blind to; `model`: what a model
says from the evidence that it may see."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One number about a firm.

    Attributes:
        evidence: the kind of data it comes from.
        unit: the unit.
        safer: +1 where more of it is safer, -1 where less is.
        meaning: in words, as a client would hear it.
    """

    evidence: Evidence
    unit: str
    safer: int
    meaning: str


MEASURES: dict[str, Measure] = {
    "months_known": Measure("own", "months", 1, "months since it joined"),
    "repaid_cycles": Measure("own", "count", 1, "loans repaid in full"),
    "worst_dpd_180d": Measure("own", "days", -1, "worst days past due in half a year"),
    "dpd": Measure("own", "days", -1, "days past due now"),
    "days_clean": Measure("own", "days", 1, "days since anything was more than technically late"),
    "products_used": Measure("own", "count", 1, "different products used so far"),
    "exposure_yuan": Measure("own", "yuan", -1, "owed now over all products"),
    "defaults": Measure("own", "count", -1, "defaults on its own record"),
    "completeness": Measure("model", "share", 1, "part of the data asked for that is known"),
    "pd_annual": Measure("model", "share", -1, "probability of default within a year"),
    "growth_coverage": Measure("model", "share", 1, "part of past outcomes inside the growth forecast's 80 % interval"),
    "orders_90d": Measure("T", "count", 1, "resin orders in 90 days"),
    "match_share": Measure("T", "share", 1, "agreement of order, invoice and delivery"),
    "monthly_purchases_yuan": Measure("T", "yuan", 1, "resin bought on the platform a month"),
    "monthly_invoices_yuan": Measure("T", "yuan", 1, "sales invoiced on the platform a month"),
    "logins_per_month": Measure("P", "count", 1, "log-ins a month"),
    "firm_age_years": Measure("B", "years", 1, "years since registration"),
    "annual_revenue_yuan": Measure("B", "yuan", 1, "revenue of the last reported year"),
    "pledgeable_yuan": Measure("C", "yuan", 1, "property that can be pledged"),
    "adverse_events_365d": Measure("X", "count", -1, "lawsuits, enforcements and delinquencies in a year"),
}  # fmt: skip
"""Every measure by name."""
_LARGEST = sys.float_info.max
_MOST = {name: 1.0 if measure.unit == "share" else _LARGEST for name, measure in MEASURES.items()}


@dataclass(frozen=True)
class Facts:
    """What is known of a firm on a day.

    Attributes:
        firm_id: the firm.
        day: day number.
        values: measure -> value; a measure that is absent is not known.
        has_red_flag: a hard early warning stands.
        owed_yuan: owed now by product as it is booked; what is absent is not owed.
        fraud_codes: signs of fraud for which the gate refuses the firm before anybody scores it.
    """

    firm_id: str
    day: int
    values: Mapping[str, float] = field(default_factory=dict)
    has_red_flag: bool = False
    owed_yuan: Mapping[str, float] = field(default_factory=dict)
    fraud_codes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        is_sound = all(0.0 <= value <= _MOST.get(name, -1.0) for name, value in self.values.items())
        if not (is_sound and all(0.0 <= yuan <= _LARGEST for yuan in self.owed_yuan.values())):
            raise BadInput(self._problems(), headline=f"facts of {self.firm_id}")

    def _problems(self) -> list[Problem]:
        wrong = [
            Problem(f"must be one of {', '.join(MEASURES)}", field=name) for name in self.values if name not in MEASURES
        ]
        for name, value in self.values.items():
            if name not in MEASURES:
                continue
            if not (math.isfinite(value) and value >= 0):
                wrong.append(Problem("must be a finite number >= 0", field=name, value=value))
            elif MEASURES[name].unit == "share" and value > 1:
                wrong.append(Problem("must be a share from 0 to 1", field=name, value=value))
        for product, owed in self.owed_yuan.items():
            if not (math.isfinite(owed) and owed >= 0):
                wrong.append(Problem("must be a finite number >= 0", field=f"owed_yuan.{product}", value=owed))
        return wrong

    def get(self, name: str) -> float | None:
        """The value of a measure; None when it is not known."""
        return self.values.get(name)

    def changed(self, values: Mapping[str, float], day: int | None = None) -> "Facts":
        """The same firm with some measures changed, and on another day if one is given."""
        return replace(self, day=self.day if day is None else day, values={**self.values, **values})

    def seen_through(self, evidence: frozenset[str]) -> "Facts":
        """What is left for somebody who sees only some kinds of evidence."""
        left = {name: value for name, value in self.values.items() if MEASURES[name].evidence in evidence}
        return self if len(left) == len(self.values) else replace(self, values=left)
