"""Why the allowance moved from one month end to the next: causes that sum exactly, in whole fen.

What a cause is worth depends on what was changed before it, so the order is part of the definition. It is fixed:

1. write-offs: facilities written off; the allowance they held is used up;
2. derecognised: facilities repaid or sold; the allowance they held is released;
3. time: a month later, exposures as they stand now (repayments, drawings, the unwinding of the discount), everything
   else as it was: the old stage, the old PD curve one month further on, the old LGD and weights;
4. stage transfers: the new stage, with the old curve, LGD and weights;
5. parameter changes: the new curve, LGD, weights and rate;
6. new: facilities that were not there, as they are held now.

Each facility is valued in whole fen at every step and a cause is the difference of two such values, so that opening
plus causes is closing, for each facility and in sum, without a remainder. A loss beyond the allowance that a write-off
uses up goes through profit and loss directly and is no part of the bridge.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.expected_loss import expected_credit_loss
from credit.ranges import Floats

CAUSES = ("write_offs", "derecognised", "time", "stage_transfers", "parameter_changes", "new")
"""The causes in the order in which they are applied."""


@dataclass(frozen=True)
class HeldBook:
    """What the allowance of a month end is computed from; shapes as in `credit.expected_loss`.

    Attributes:
        ids: (n,) names of the facilities, each once.
        monthly_pd: (s, n, m), probability of default in each month from the month end on.
        lgd: (s, n).
        exposure_fen: (n, m).
        effective_rate_annual: (n,), original effective rate.
        stage: (n,), 1 to 3.
        is_simplified: (n,), lifetime loss also in stage 1.
        weights: (s,), summing to 1.
    """

    ids: tuple[str, ...]
    monthly_pd: Floats
    lgd: Floats
    exposure_fen: Floats
    effective_rate_annual: Floats
    stage: np.ndarray
    is_simplified: np.ndarray
    weights: Floats

    def __post_init__(self) -> None:
        if len(set(self.ids)) != len(self.ids):
            raise BadInput(Problem("each facility may stand once", field="ids", value=len(self.ids)))
        if np.shape(self.exposure_fen)[0] != len(self.ids):
            told = f"{np.shape(self.exposure_fen)[0]} rows for {len(self.ids)} ids"
            raise BadInput(Problem("one row a facility", field="exposure_fen", value=told))

    def allowance_fen(self) -> pd.Series:
        """Expected credit loss of each facility, rounded to whole fen (half to even), indexed by id."""
        held = expected_credit_loss(
            self.monthly_pd,
            self.lgd,
            self.exposure_fen,
            effective_rate_annual=self.effective_rate_annual,
            stage=self.stage,
            weights=self.weights,
            is_simplified=self.is_simplified,
        )
        return pd.Series(np.rint(held).astype(np.int64), index=list(self.ids), dtype=np.int64)

    def taken(self, ids: Collection[str]) -> "HeldBook":
        """The facilities of these ids, in this order."""
        place = {name: row for row, name in enumerate(self.ids)}
        rows = np.array([place[name] for name in ids], dtype=int)
        return replace(
            self,
            ids=tuple(ids),
            monthly_pd=self.monthly_pd[:, rows],
            lgd=self.lgd[:, rows],
            exposure_fen=self.exposure_fen[rows],
            effective_rate_annual=self.effective_rate_annual[rows],
            stage=self.stage[rows],
            is_simplified=self.is_simplified[rows],
        )


@dataclass(frozen=True)
class AllowanceBridge:
    """The allowance of two month ends and what lies between.

    Attributes:
        opening_fen: allowance of the first month end.
        causes_fen: change by cause, in the order of `CAUSES`; opening plus their sum is closing.
        closing_fen: allowance of the second month end.
        by_facility: opening_fen, one column a cause, closing_fen; a row for each facility of either month end, int64.
    """

    opening_fen: int
    causes_fen: dict[str, int]
    closing_fen: int
    by_facility: pd.DataFrame


def allowance_bridge(before: HeldBook, after: HeldBook, written_off: Collection[str] = ()) -> AllowanceBridge:
    """Explain the allowance of a month end from that of the one before, cause by cause.

    Args:
        before: the book at the first month end.
        after: the book one month later.
        written_off: ids of `before` that were written off in between; other ids that are gone were derecognised.

    Raises:
        BadInput: a facility written off was not held before or is still held; the books differ in months.
    """
    _check(before, after, written_off)
    opening, closing = before.allowance_fen(), after.allowance_fen()
    still = set(after.ids)
    staying = [name for name in before.ids if name in still]
    gone = [name for name in before.ids if name not in still]
    lost = set(written_off)
    rows = [*before.ids, *(name for name in after.ids if name not in opening.index)]
    table = pd.DataFrame(0, index=rows, columns=["opening_fen", *CAUSES, "closing_fen"], dtype=np.int64)
    table["opening_fen"] = opening.reindex(rows, fill_value=0)
    table["closing_fen"] = closing.reindex(rows, fill_value=0)
    for cause, names in (
        ("write_offs", [name for name in gone if name in lost]),
        ("derecognised", [name for name in gone if name not in lost]),
    ):
        table.loc[names, cause] = -opening[names]
    fresh = rows[len(before.ids) :]
    table.loc[fresh, "new"] = closing[fresh]
    if staying:
        old, now = before.taken(staying), after.taken(staying)
        aged = replace(old, exposure_fen=now.exposure_fen, monthly_pd=_a_month_on(old.monthly_pd))
        restaged = replace(aged, stage=now.stage)
        steps = [opening[staying], aged.allowance_fen(), restaged.allowance_fen(), closing[staying]]
        for cause, start, end in zip(CAUSES[2:5], steps[:-1], steps[1:], strict=True):
            table.loc[staying, cause] = end - start
    causes = {cause: int(table[cause].sum()) for cause in CAUSES}
    return AllowanceBridge(int(opening.sum()), causes, int(closing.sum()), table)


def _a_month_on(monthly_pd: Floats) -> Floats:
    """The curve seen a month later; its last month stands for the month that it did not reach."""
    return np.concatenate([monthly_pd[..., 1:], monthly_pd[..., -1:]], axis=-1)


def _check(before: HeldBook, after: HeldBook, written_off: Collection[str]) -> None:
    problems = []
    for name in written_off:
        if name not in before.ids or name in after.ids:
            problems.append(Problem("written off means held before and gone now", field="written_off", value=name))
    months = before.exposure_fen.shape[1], after.exposure_fen.shape[1]
    if months[0] != months[1]:
        problems.append(Problem("both books must look ahead as far", field="exposure_fen", value=str(months)))
    if problems:
        raise BadInput(problems)
