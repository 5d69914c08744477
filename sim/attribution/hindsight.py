"""What can be told of a market when it is over, and never in it: who fell through whom, and where losses came from."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from sim.attribution.cascades import cascades_of, contagion_figures
from sim.attribution.causes import BY_LENDER, BY_PLATFORM, BY_SUPPLIER, CHANNELS, FOR_GOOD
from sim.attribution.losses import by_channel, losses_of
from sim.attribution.strains import falls_of
from sim.books.kept_records import files_of
from sim.books.observed import names


@dataclass(frozen=True)
class Hindsight:
    """The hidden truth of a run.

    Attributes:
        figures: losses of lenders and platform by channel (`loss_..._fen`, they sum to the run's loss) and falls of
            firms by round: keys of the run's summary.
        losses: `sim.attribution.losses.losses_of`.
        cascades: `sim.attribution.cascades.cascades_of`.
    """

    figures: dict[str, int]
    losses: pd.DataFrame
    cascades: pd.DataFrame
    _market: Any = field(repr=False)

    @classmethod
    def of(cls, market: Any) -> "Hindsight":
        """Tell of a market that has been lived."""
        falls = falls_of(market)
        losses, cascades = losses_of(market, falls), cascades_of(market, falls)
        return cls(by_channel(losses) | contagion_figures(cascades), losses, cascades, market)

    def frames(self) -> dict[str, pd.DataFrame]:
        """Everything as tables: `losses`, `cascades`, `strains` (what strained each firm) and `cash` (week by week)."""
        return {"losses": self.losses, "cascades": self.cascades, "strains": self._strains(), "cash": self._cash()}

    def records(self) -> dict[str, bytes]:
        """What the run has put on record, as files by name (`sim.books.kept_records`)."""
        return files_of(self._market)

    def _ids(self) -> tuple[np.ndarray, ...]:
        profiles = self._market.profiles
        suppliers, lenders = names("S", 2, len(self._market.suppliers)), names("L", 2, len(self._market.lenders))
        platform = np.array(["platform"], dtype=object)
        return profiles.firms["firm_id"].to_numpy(dtype=object), profiles.buyer_ids, suppliers, lenders, platform

    def _dates(self, days: np.ndarray) -> pd.Series:
        return pd.Series(pd.Timestamp(self._market.first_day) + pd.to_timedelta(days, unit="D")).astype(
            "datetime64[ns]"
        )

    def _strains(self) -> pd.DataFrame:
        """Rows of `Causes.strains`: firm, day, channel, who strained it, fen, whether for good."""
        rows, ids = self._market.causes.strains.columns(), self._ids()
        assert len(ids) == 1 + max(BY_SUPPLIER, BY_LENDER, BY_PLATFORM)
        by = [ids[kind][row] for kind, row in zip(rows["kind"].tolist(), rows["source"].tolist(), strict=True)]
        return pd.DataFrame(
            {
                "firm_id": ids[0][rows["firm"]],
                "date": self._dates(rows["day"]),
                "channel": np.array(CHANNELS, dtype=object)[rows["channel"]],
                "by": np.array(by, dtype=object),
                "amount_fen": rows["amount"],
                "is_for_good": rows["until"] == FOR_GOOD,
            }
        )

    def _cash(self) -> pd.DataFrame:
        """Cash of every firm by week: `firm_id`, `date`, `cash_fen`."""
        kept, ids = self._market.causes.cash, self._ids()[0]
        days = np.repeat(np.array([day for day, _ in kept], dtype=np.int64), len(ids))
        cash = np.concatenate([cash for _, cash in kept]) if kept else np.empty(0, dtype=np.int64)
        return pd.DataFrame({"firm_id": np.tile(ids, len(kept)), "date": self._dates(days), "cash_fen": cash})
