"""Default timing of SBA loans from what was known when they were granted.

`Term` is left out: it is cut short by charge-off. So is the amount disbursed, which grows with a revolving line's life.
The lender is let in, as the risk of its earlier loans against what their years and ages would lead to expect.

The year of approval is a control, not a forecast. Later vintages met the crisis earlier in their life, and whatever
changed with the years (which fields were filled in, which programmes ran) would otherwise borrow that effect. Loans
approved after the training years are scored as of the last of them.

Loans weigh less the longer ago they were approved (half in HALF_LIFE_YEARS): lenders and programmes change. The
half-life and the doubts below were chosen on approvals of 2003 to 2005 with training to 2002.
"""

from typing import Any, Self

import numpy as np
import pandas as pd

from credit.elementary import log
from credit.group_risk import FOLDS, GroupRisk
from credit.model_files import field, of_kind
from credit.survival.base import DEFAULT, DefaultTiming, Months
from credit.survival.baselines import Spline
from credit.survival.discrete_hazard import DiscreteHazard

KIND = "sba_model"
HALF_LIFE_YEARS = 2.0
LAST_MONTH = 120
KNOTS = (3, 9, 18, 36, 60, 96)
RIDGE = 10.0
"""Ten average loans' worth of doubt on every effect: nothing on 40,000 loans, a needed restraint on 500."""
DOUBT = {"lender": 5.0, "state": 20.0, "sector": 20.0, "industry": 20.0}
"""Expected defaults (of average weight) at which a group is believed half."""

_AMOUNT_BENDS_USD = (50_000, 100_000, 250_000, 500_000)
_VINTAGE_BENDS_YEARS = (-7, -4, -2)
_OLDEST_VINTAGE_YEARS = -20


class SbaModel(DefaultTiming):
    """Hazard of charge-off by month since disbursement, for frames as `credit.sba.read` gives them.

    Attributes:
        last_year_: last year of approval it learnt from.
        lender_loans_: loans of each lender it learnt from.
        risks_: log ratio of observed to expected defaults by lender, state, sector (two digits) and industry (four).
        columns_: columns of the design that varied in training; the others say nothing and are left out.
        timing_: the hazard on that design.
    """

    @property
    def last_month_(self) -> int:
        """Last month since disbursement that it speaks about."""
        return self.timing_.last_month_

    def fit(self, loans: pd.DataFrame, months: np.ndarray, is_default: np.ndarray, data_hash: str = "") -> Self:
        """Fit on loans in the order of their numbers, with their weights.

        Args:
            loans: see `credit.sba_columns.COLUMNS`.
            months: month of charge-off, or completed months without; at most LAST_MONTH count.
            is_default: whether the loan was charged off in that month.
            data_hash: SHA-256 of the loans.

        Raises:
            BadInput: too few charge-offs.
        """
        is_default = is_default & (months <= LAST_MONTH)
        months = np.minimum(months, LAST_MONTH)
        year = loans["approved_on"].dt.year.to_numpy()
        self.last_year_ = int(year.max())
        weight = loans["weight"].to_numpy() / loans["weight"].mean()
        weight = weight * 0.5 ** ((self.last_year_ - year) / HALF_LIFE_YEARS)

        vintage = self._vintage(loans)
        vintage = vintage.loc[:, vintage.std(ddof=0) > 0]
        without = DiscreteHazard(Spline(KNOTS), RIDGE).fit(vintage, months, is_default, weights=weight)
        ratio = np.exp(without.linear_predictor(vintage))
        expected = weight * ratio * without.baseline_cumulative_hazard()[months]
        self.lender_loans_ = {str(k): int(v) for k, v in loans["bank"].fillna("").value_counts().sort_index().items()}
        fold = np.arange(len(loans)) % FOLDS
        self.risks_, told = {}, {}
        for name, group in _groups(loans).items():
            self.risks_[name] = GroupRisk(DOUBT[name])
            told[f"{name}_risk"] = self.risks_[name].fit_transform_out_of_fold(
                group, weight * is_default, expected, fold
            )
            if len(self.risks_[name].log_ratio_) < 2:  # one group tells nothing; only the folds would differ
                told[f"{name}_risk"] = np.zeros(len(loans))
        design = self._plain(loans).assign(**told)
        self.columns_ = [str(name) for name in design.columns if design[name].std(ddof=0) > 1e-9]
        self.timing_ = DiscreteHazard(Spline(KNOTS), RIDGE).fit(
            design[self.columns_], months, is_default, weights=weight, data_hash=data_hash
        )
        return self

    def design(self, loans: pd.DataFrame) -> pd.DataFrame:
        """The columns the hazard works on; a group never seen counts as it was expected to be."""
        told = {f"{name}_risk": self.risks_[name].transform(group) for name, group in _groups(loans).items()}
        return self._plain(loans).assign(**told)[self.columns_]

    def cumulative_hazard(self, X: pd.DataFrame, times: Months, cause: str = DEFAULT) -> np.ndarray:
        """The cumulative hazard of loans X at completed months since disbursement."""
        return self.timing_.cumulative_hazard(self.design(X), times, cause)

    def to_json(self) -> dict[str, Any]:
        """Everything prediction needs, as plain JSON values."""
        return {
            "kind": KIND,
            "last_year": self.last_year_,
            "lender_loans": self.lender_loans_,
            "risks": {name: risk.to_json() for name, risk in self.risks_.items()},
            "columns": self.columns_,
            "timing": self.timing_.to_json(),
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Rebuild a fitted model.

        Raises:
            BadInput: another kind of model, or a field is missing.
        """
        of_kind(content, KIND)
        model = cls()
        model.last_year_ = field(content, "last_year", KIND)
        model.lender_loans_ = field(content, "lender_loans", KIND)
        model.risks_ = {name: GroupRisk.from_json(risk) for name, risk in field(content, "risks", KIND).items()}
        model.columns_ = field(content, "columns", KIND)
        model.timing_ = DiscreteHazard.from_json(field(content, "timing", KIND))
        return model

    def _plain(self, loans: pd.DataFrame) -> pd.DataFrame:
        """Every column but the group risks."""
        amount = np.maximum(loans["gross_approved_usd"].to_numpy(), 1000.0)
        share = np.clip(loans["sba_guaranteed_usd"].to_numpy() / amount, 0.0, 1.0)
        naics = loans["naics"].fillna("").astype(str)
        known = loans["bank"].fillna("").astype(str).map(self.lender_loans_).fillna(0).to_numpy(dtype=float)
        columns = {"log_amount": _log(amount)}
        columns |= {f"log_amount_above_{bend}": _log(np.maximum(amount / bend, 1.0)) for bend in _AMOUNT_BENDS_USD}
        columns |= {
            "guarantee_share": share,
            "guarantee_half": (share <= 0.505).astype(float),  # Express loans
            "guarantee_three_quarters": ((share > 0.505) & (share <= 0.755)).astype(float),
            "guarantee_above_80": (share > 0.805).astype(float),
        }
        for name in ("is_new_business", "is_revolving", "is_low_doc"):
            columns[name] = _filled(loans[name], 0.0)
            columns[f"{name}_unknown"] = loans[name].isna().to_numpy(dtype=float)
        columns |= {
            "log_employees": _log(1.0 + _count(loans, "employees")),
            "log_jobs_created": _log(1.0 + _count(loans, "jobs_created")),
            "log_jobs_retained": _log(1.0 + _count(loans, "jobs_retained")),
            "is_urban": (loans["urban_rural"] == "urban").fillna(False).to_numpy(dtype=float),
            "is_rural": (loans["urban_rural"] == "rural").fillna(False).to_numpy(dtype=float),
            "is_franchise": (_count(loans, "franchise_code") > 1).astype(float),
            "is_lender_in_state": (loans["state"] == loans["bank_state"]).fillna(False).to_numpy(dtype=float),
            "is_plastics": (naics.str.startswith("326") | (naics == "424610")).to_numpy(dtype=float),
            "log_lender_loans": _log(1.0 + known),
        }
        return pd.concat([pd.DataFrame(columns, index=loans.index), self._vintage(loans)], axis=1)

    def _vintage(self, loans: pd.DataFrame) -> pd.DataFrame:
        """Years of approval before the last training year, in straight pieces; later ones count as the last."""
        years = np.clip(loans["approved_on"].dt.year.to_numpy() - self.last_year_, _OLDEST_VINTAGE_YEARS, 0)
        pieces = {"vintage": years.astype(float)}
        pieces |= {f"vintage_after_{-bend}": np.maximum(years - bend, 0).astype(float) for bend in _VINTAGE_BENDS_YEARS}
        return pd.DataFrame(pieces, index=loans.index)


def _groups(loans: pd.DataFrame) -> dict[str, np.ndarray]:
    """Each loan's lender, state, sector and industry; missing is a group of its own."""
    naics = loans["naics"].fillna("").astype(str)
    named = {"lender": loans["bank"].fillna("").astype(str), "state": loans["state"].fillna("").astype(str)}
    named |= {"sector": naics.str[:2], "industry": naics.str[:4]}
    return {name: group.to_numpy(dtype=object) for name, group in named.items()}


def _log(value: np.ndarray) -> np.ndarray:
    return np.asarray(log(value))


def _filled(column: pd.Series, missing: float) -> np.ndarray:
    """A column as numbers, whether pandas holds it as its own dtype or, where all of it is missing, as objects."""
    values = pd.to_numeric(column, errors="raise").to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isnan(values), missing, values)


def _count(loans: pd.DataFrame, name: str) -> np.ndarray:
    """A count, 0 where missing, held at 9,999: larger ones are slips of the pen."""
    return np.clip(_filled(loans[name], 0.0), 0.0, 9999.0)
