"""Losses by channel held against the movements of claims: by the recorded tables alone, facility by facility."""

from typing import Any

import pandas as pd

from sim.books.discrepancies import Discrepancy, apart


def losses_by_channel(records: Any, losses: pd.DataFrame) -> list[Discrepancy]:
    """Channels that do not sum to what was recognised as lost on observed days, by payer, facility and in all.

    Args:
        records: as `sim.books.records.Records`.
        losses: `facility_id`, `payer` (lender, platform, supplier), `channel`, `loss_fen`.
    """
    seen = records.flows[records.flows["day"] >= records.first_day]
    lost, made_good = (
        seen[seen["kind"] == kind].groupby("facility")["amount"].sum().reindex(records.facilities.index, fill_value=0)
        for kind in ("written_down", "first_loss")
    )
    names = [f"C{number:07d}" for number in records.facilities.index]
    told: list[Discrepancy] = []
    for payer, moved in (("lender", lost - made_good), ("platform", made_good)):
        own = losses[losses["payer"] == payer].groupby("facility_id")["loss_fen"].sum()
        told += apart(f"channels of the {payer}'s loss", names, own.reindex(names, fill_value=0), moved)
        unknown = own[~own.index.isin(names)]
        told += apart(f"the {payer}'s loss on a facility that is not on record", unknown.index, unknown, 0 * unknown)
    for payer in ("lender", "platform", "supplier"):
        by_channel = int(losses.loc[losses["payer"] == payer, "loss_fen"].sum())
        told += apart(
            f"channels of all losses of {payer}s", ["all"], [by_channel], [records.daily[f"{payer}_loss_fen"].sum()]
        )
    return told
