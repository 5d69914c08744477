"""The gate before scoring: passes, refers or refuses, with the rows it rests on, and what its mistakes cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from credit.anomalies.circular_sales import circular_sales
from credit.anomalies.duplicate_invoices import duplicate_invoices
from credit.anomalies.fake_trade import fake_trade
from credit.anomalies.findings import Finding, Outcome, Thresholds
from credit.anomalies.shared_identities import shared_identities
from credit.errors import BadInput, Problem
from credit.intervals import wilson
from credit.table_specs import TABLES
from credit.tables import conform, visible

DETECTORS = {
    "fake_trade": fake_trade,
    "circular_sales": circular_sales,
    "duplicate_invoices": duplicate_invoices,
    "shared_identities": shared_identities,
}


@dataclass(frozen=True)
class Gate:
    """What the gate says on a day.

    Attributes:
        day: the day; nothing learnt later is used.
        findings: all of them, by detector.
        verdicts: `outcome` (passes, refers, refuses) and `codes` (joined by `;`) of every firm, by identifier.
    """

    day: date
    findings: tuple[Finding, ...]
    verdicts: pd.DataFrame

    def about(self, firm_id: str) -> list[Finding]:
        """The findings that concern a firm.

        Raises:
            BadInput: the firm is not on the platform.
        """
        if firm_id not in self.verdicts.index:
            raise BadInput(Problem("must be a firm on the platform by that day", field="firm_id", value=firm_id))
        return [one for one in self.findings if firm_id in one.firm_ids]


def fraud_gate(tables: Mapping[str, pd.DataFrame], day: date) -> Gate:
    """Look for signs of fraud among all firms on the platform.

    Args:
        tables: the observable tables; later rows change nothing.
        day: the day, its own events included.

    Raises:
        BadInput: a table does not conform or is unknown, or `firms` is missing.
    """
    unknown = [Problem("unknown table", file=name) for name in tables if name not in TABLES]
    if unknown or "firms" not in tables:
        raise BadInput(unknown or [Problem("the table is missing", file="firms")])
    seen = visible({name: conform(name, table) for name, table in tables.items()}, day)
    now, limits = pd.Timestamp(day), Thresholds(day)
    findings = tuple(one for detect in DETECTORS.values() for one in detect(seen, now, limits))
    firms = pd.Index(sorted(seen["firms"]["firm_id"].astype(str).unique()), name="firm_id")
    codes: dict[str, set[str]] = {firm: set() for firm in firms}
    refused = set()
    for one in findings:
        for firm in one.firm_ids:
            if firm in codes:
                codes[firm].add(one.code)
                refused |= {firm} if one.outcome is Outcome.REFUSES else set()
    told = [Outcome.REFUSES if firm in refused else Outcome.REFERS if codes[firm] else Outcome.PASSES for firm in firms]
    verdicts = pd.DataFrame(
        {"outcome": [str(one) for one in told], "codes": [";".join(sorted(codes[firm])) for firm in firms]}, index=firms
    )
    return Gate(day, findings, verdicts)


@dataclass(frozen=True)
class GateQuality:
    """What the gate is worth against known truth; shares with 95 % Wilson intervals.

    Attributes:
        frauds: firms that are frauds.
        honest: firms that are not.
        recall: frauds referred or refused, share.
        recall_interval: its interval.
        recall_refused: frauds refused, share.
        false_positive_rate: honest firms referred or refused, share.
        false_positive_interval: its interval.
        false_refusal_rate: honest firms refused, share.
        value_yuan: saved less spent per 1,000 applicants at the prevalence of the parameters, yuan.
        false_positive_cost_yuan: of that, spent on honest firms, yuan.
    """

    frauds: int
    honest: int
    recall: float
    recall_interval: tuple[float, float]
    recall_refused: float
    false_positive_rate: float
    false_positive_interval: tuple[float, float]
    false_refusal_rate: float
    value_yuan: float
    false_positive_cost_yuan: float


def gate_quality(gate: Gate, is_fraud: pd.Series) -> GateQuality:
    """Measure a gate against known frauds.

    Args:
        gate: what it said.
        is_fraud: truth by firm; firms that are absent are honest.

    Raises:
        BadInput: a firm of the truth is not on the platform, or there are no frauds or no honest firms.
    """
    strange = sorted(set(is_fraud.index) - set(gate.verdicts.index))
    if strange:
        raise BadInput(Problem("must be a firm that the gate judged", field="is_fraud", value=strange[0]))
    truth = is_fraud.reindex(gate.verdicts.index, fill_value=False).to_numpy(dtype=bool)
    if truth.all() or not truth.any():
        raise BadInput(Problem("must hold frauds and honest firms", field="is_fraud", value=int(truth.sum())))
    outcome = gate.verdicts["outcome"].to_numpy(dtype=object)
    is_stopped, is_refused = outcome != str(Outcome.PASSES), outcome == str(Outcome.REFUSES)

    def share(hit: np.ndarray, of: np.ndarray) -> tuple[float, tuple[float, float]]:
        bounds = wilson(float(hit[of].sum()), float(of.sum()))
        return float(hit[of].mean()), (float(bounds.low), float(bounds.high))

    recall, recall_interval = share(is_stopped, truth)
    wrong, wrong_interval = share(is_stopped, ~truth)
    refused, false_refusal = share(is_refused, truth)[0], share(is_refused, ~truth)[0]
    at = Thresholds(gate.day)
    bad, good = 1000 * at["fraud_prevalence"], 1000 * (1 - at["fraud_prevalence"])
    caught = refused + (recall - refused) * at["review_recall"]
    spent_on_honest = good * ((wrong - false_refusal) * at["review_cost"] + false_refusal * at["honest_client_margin"])
    value = bad * (caught * at["fraud_loss"] - (recall - refused) * at["review_cost"]) - spent_on_honest
    return GateQuality(
        frauds=int(truth.sum()),
        honest=int((~truth).sum()),
        recall=recall,
        recall_interval=recall_interval,
        recall_refused=refused,
        false_positive_rate=wrong,
        false_positive_interval=wrong_interval,
        false_refusal_rate=false_refusal,
        value_yuan=value,
        false_positive_cost_yuan=spent_on_honest,
    )
