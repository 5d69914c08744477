"""`creditlab audit`: whether a run's money was conserved and its contracts kept, by its recorded tables alone."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer
from pydantic import Field

from credit.tables import read_parquet
from lab.answer import Answer
from lab.output import EXIT_FAILED, give, ruled
from sim.books.kept_events import EVENTS
from sim.books.kept_records import RECORDS, read_records
from sim.books.records_audit import audit, waterfall
from sim.books.records_losses import losses_by_channel
from sim.runs.run import HINDSIGHT

if TYPE_CHECKING:
    from rich.console import Console

    from sim.books.discrepancies import Discrepancy

FEN_A_MILLION = 100_000_000
HEADS = {
    "exposure_fen": "owed", "recovered_deposit_fen": "margin", "recovered_goods_fen": "goods",
    "recovered_guarantee_fen": "guarantees", "recovered_cash_fen": "obligors", "lender_loss_fen": "lenders",
    "platform_loss_fen": "platform", "still_open_fen": "still open",
}  # fmt: skip
SHOWN = 20


class DiscrepancyTold(Answer):
    """Two records that do not tell the same."""

    rule: str = Field(description="What should hold.")
    where: str = Field(description="Facility, party or market day.")
    found: int = Field(description="What one record says, fen.")
    expected: int = Field(description="What the other says, fen.")


class WaterfallRow(Answer):
    """Who paid for the defaults of a product, burn-in included."""

    product: str = Field(description="The product; `all` for the sum.")
    exposure_fen: int = Field(description="Claims on their day of default, fen; the sum of what follows.")
    recovered_deposit_fen: int = Field(description="Paid by margins and deposits, fen.")
    recovered_goods_fen: int = Field(description="Paid by goods, machines or invoices, fen.")
    recovered_guarantee_fen: int = Field(description="Paid by sureties, fen.")
    recovered_cash_fen: int = Field(description="Paid by obligors and estates, fen.")
    lender_loss_fen: int = Field(description="Lost by lenders, fen.")
    platform_loss_fen: int = Field(description="Made good by the platform, fen.")
    still_open_fen: int = Field(description="Still expected to come back, fen.")


class AuditAnswer(Answer):
    """What an auditor finds who has neither the book nor the ledgers, and shares no code with them."""

    is_clean: bool = Field(description="Everything agrees to the fen.")
    facilities: int = Field(description="Facilities whose every movement was followed, count.")
    movements: int = Field(description="Movements of money on them, count.")
    balances: int = Field(description="Accounts of balance sheets held against them, count.")
    sheets: int = Field(description="Days whose balance sheets are on record, count.")
    losses_by_channel: bool = Field(description="Losses by channel lay beside the records and were audited too.")
    discrepancies: list[DiscrepancyTold] = Field(description="Everything that does not agree; empty where all does.")
    waterfall: list[WaterfallRow] = Field(description="Who paid for defaults, by product and in all.")


def run(folder: Path, *, as_json: bool) -> None:
    """Audit a run's folder and print what does not agree; exit code 1 where anything does not.

    Raises:
        BadInput: the folder holds no records, or they cannot be read.
    """
    answer = audited(folder)
    give(answer, as_json, lambda console: _show(answer, console))
    if not answer.is_clean:
        raise typer.Exit(EXIT_FAILED)


def audited(folder: Path) -> AuditAnswer:
    """Audit a run's folder.

    Args:
        folder: of `creditlab simulate --out DIR --events`, or of a run that was kept with its events.

    Raises:
        BadInput: as `run`.
    """
    records, about = read_records(folder / RECORDS)
    told = audit(records, about.fee_ppm)
    name = HINDSIGHT["losses"]
    beside = next((path for path in (folder / EVENTS / name, folder / name) if path.is_file()), None)
    if beside is not None:
        told += losses_by_channel(records, read_parquet(beside))
    return AuditAnswer(
        is_clean=not told,
        facilities=len(records.facilities),
        movements=len(records.flows),
        balances=len(records.balances),
        sheets=int(records.balances["day"].nunique()),
        losses_by_channel=beside is not None,
        discrepancies=[_told(one) for one in told],
        waterfall=[
            WaterfallRow(product=str(product), **{f"{_key(name)}_fen": int(value) for name, value in row.items()})
            for product, row in waterfall(records).iterrows()
        ],
    )


def _key(column: object) -> str:
    return "still_open" if column == "expected" else str(column)


def _told(one: "Discrepancy") -> DiscrepancyTold:
    return DiscrepancyTold(rule=one.rule, where=one.where, found=one.found, expected=one.expected)


def _show(answer: AuditAnswer, console: "Console") -> None:
    scale = (
        f"{answer.movements:,} movements on {answer.facilities:,} facilities, {answer.balances:,} accounts of "
        f"{answer.sheets:,} balance sheets"
    )
    verdict = "agree to the fen" if answer.is_clean else f"do NOT agree, in {len(answer.discrepancies):,} places"
    console.print(f"[bold]{scale}: they {verdict}.[/]\n")
    if answer.discrepancies:
        table = ruled("what should hold", "where", "found, fen", "expected, fen", words=2)
        for one in answer.discrepancies[:SHOWN]:
            table.add_row(one.rule, one.where, f"{one.found:,}", f"{one.expected:,}")
        console.print(table)
        if len(answer.discrepancies) > SHOWN:
            console.print(f"... and {len(answer.discrepancies) - SHOWN:,} more (--json has all)")
    table = ruled("product", *HEADS.values(), title="Who paid for defaults, million yuan, burn-in included")
    for row in answer.waterfall:
        table.add_row(row.product.replace("_", " "), *(f"{getattr(row, name) / FEN_A_MILLION:,.2f}" for name in HEADS))
    console.print(table)
    console.print("Every default on record counts, from the first day; `simulate` tells the observed days alone.")
    if not answer.losses_by_channel:
        console.print("Losses by channel lie not beside these records and were not audited.")
