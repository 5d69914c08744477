"""`creditlab product diff`: what a change of a product does to a book, client by client and in all."""

from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING

from rich.box import SIMPLE
from rich.markup import escape
from rich.table import Table

from credit.client_books import ClientBook, read_book
from credit.product_diff import ClientDiff, ProductDiff, Totals, product_diff
from credit.product_verdicts import PRICE_REASONS, Verdict
from credit.products import Product, load_product
from lab.output import give
from lab.product_answers import (
    ChangedField,
    DiffAnswer,
    DiffedClient,
    DiffTotals,
    MovedAmount,
    MovedNumber,
    VersionVerdict,
)

if TYPE_CHECKING:
    from rich.console import Console

_MOST_SHOWN = 20
_FLIPS = {"stays_in": "stay in", "stays_out": "stay out", "came_in": "come in", "fell_out": "fall out"}


def run(old_file: Path, new_file: Path, book_file: Path, *, as_json: bool) -> None:
    """Compare two versions of a product on a book and print the answer.

    Args:
        old_file: the product as it is.
        new_file: the product as it might be.
        book_file: a CSV or Parquet file of clients, or a folder of observable tables.
        as_json: print one JSON object instead of the page.

    Raises:
        BadInput: a product or the book is not sound.
    """
    old, new, book = load_product(old_file), load_product(new_file), read_book(book_file)
    answer = diff_answer(old, new, book, product_diff(old, new, book))
    give(answer, as_json, lambda console: _show(console, answer))


def diff_answer(old: Product, new: Product, book: ClientBook, diff: ProductDiff) -> DiffAnswer:
    """A comparison as the command answers it."""
    in_both = [client for client in diff.clients if client.flip == "stays_in"]
    moves = [(client.new.take_up or 0.0) - (client.old.take_up or 0.0) for client in in_both]
    return DiffAnswer(
        old_product=old.name,
        old_hash=old.hash,
        new_product=new.name,
        new_hash=new.hash,
        book=book.source,
        unknown_facts=list(book.unknown_facts),
        completed_clients=diff.completed,
        changes=[ChangedField(**asdict(change)) for change in diff.changes],
        flips=diff.flips,
        came_in_by_price=sum(
            client.flip == "came_in" and set(client.flip_reasons) <= set(PRICE_REASONS) for client in diff.clients
        ),
        take_up_rises=sum(move > 0.0 for move in moves),
        take_up_falls=sum(move < 0.0 for move in moves),
        totals=_totals(diff.old, diff.new),
        clients=[_client(client) for client in diff.clients],
    )


def _client(client: ClientDiff) -> DiffedClient:
    return DiffedClient(
        firm_id=client.firm_id,
        pd_annual=client.pd_annual,
        amount_fen=client.amount_fen,
        term_days=client.term_days,
        flip=client.flip,
        flip_reasons=list(client.flip_reasons),
        old=_verdict(client.old),
        new=_verdict(client.new),
    )


def _verdict(verdict: Verdict) -> VersionVerdict:
    return VersionVerdict(is_in=verdict.is_in, **asdict(verdict) | {"reasons": list(verdict.reasons)})


def _totals(old: Totals, new: Totals) -> DiffTotals:
    moved: dict[str, MovedAmount | MovedNumber] = {}
    for field in fields(Totals):
        was, now = getattr(old, field.name), getattr(new, field.name)
        change = None if was is None or now is None else now - was
        kind = MovedAmount if DiffTotals.model_fields[field.name].annotation is MovedAmount else MovedNumber
        moved[field.name] = kind(old=was, new=now, difference=change)
    return DiffTotals.model_validate(moved)


def _show(console: "Console", answer: DiffAnswer) -> None:
    console.print(
        f"[bold]{answer.old_product} {answer.old_hash[:12]} -> {answer.new_product} {answer.new_hash[:12]}[/]"
    )
    console.print(f"On {answer.book}. All after VAT, over each client's term.", markup=False)
    if answer.unknown_facts:
        console.print(f"The book does not say {', '.join(answer.unknown_facts)}: nobody is refused for them.")
    if answer.completed_clients:
        told = f"{answer.completed_clients} clients name no amount or term: the old version's typical contract is used."
        console.print(told)
    console.print(_changes(answer) if answer.changes else "\nThe files say the same.")
    console.print(_totals_table(answer.totals))
    console.print("; ".join(f"{answer.flips[flip]} {words}" for flip, words in _FLIPS.items()) + ".")
    console.print(_demand(answer))
    flipped = [client for client in answer.clients if client.flip_reasons]
    if flipped:
        console.print(_flips(flipped[:_MOST_SHOWN]))
    if len(flipped) > _MOST_SHOWN:
        console.print(f"and {len(flipped) - _MOST_SHOWN} more; --json tells every client.")


def _changes(answer: DiffAnswer) -> Table:
    table = Table(box=SIMPLE, title="What changed", title_justify="left")
    for title in ("field", "old", "new", "unit"):
        table.add_column(title, overflow="fold")
    for change in answer.changes:
        table.add_row(change.field, _word(change.old), _word(change.new), change.unit)
    return table


def _word(value: object) -> str:
    return "-" if value is None else escape(str(value))


def _totals_table(totals: DiffTotals) -> Table:
    table = Table(box=SIMPLE, title="Clients that are in", title_justify="left")
    table.add_column("")
    for title in ("old", "new", "difference"):
        table.add_column(title, justify="right")
    rows = {
        "clients": "clients",
        "volume, yuan": "volume_fen",
        "expected loss, yuan": "expected_loss_fen",
        "margin after the hurdle, yuan": "margin_fen",
        "profit after tax, yuan": "profit_fen",
        "mean all-in rate, nominal": "nominal_irr",
        "mean all-in rate, effective": "effective_annual_rate",
        "expected to take it, clients": "takers",
        "volume expected from them, yuan": "taken_volume_fen",
    }
    for words, field in rows.items():
        moved = getattr(totals, field)
        difference = _figure(field, moved.difference).replace("%", " points")
        table.add_row(words, _figure(field, moved.old), _figure(field, moved.new), difference)
    return table


def _figure(field: str, value: float | None) -> str:
    if value is None:
        return "-"
    if field.endswith("_fen"):
        return f"{value / 100:,.0f}"
    return f"{value:.2%}" if field in ("nominal_irr", "effective_annual_rate") else f"{value:,.4g}"


def _demand(answer: DiffAnswer) -> str:
    """Supply and demand side by side: a dearer product gains no takers, yet may let clients in."""
    return (
        f"{answer.came_in_by_price} come in because the new price pays for them where the old one did not. "
        f"Of those who stay in, {answer.take_up_rises} are likelier to take the new version and "
        f"{answer.take_up_falls} less likely."
    )


def _flips(clients: list[DiffedClient]) -> Table:
    table = Table(box=SIMPLE, title="Who flips", title_justify="left")
    for title in ("client", "flip", "because"):
        table.add_column(title)
    for title in ("PD", "pays, old -> new", "must pay, old -> new"):
        table.add_column(title, justify="right")
    for client in clients:
        reasons = ", ".join(reason.replace("_", " ") for reason in client.flip_reasons)
        table.add_row(
            escape(client.firm_id),
            client.flip.replace("_", " "),
            f"no longer {reasons}" if client.flip == "came_in" else reasons,
            f"{client.pd_annual:.2%}",
            f"{_rate(client.old.nominal_irr)} -> {_rate(client.new.nominal_irr)}",
            f"{_rate(client.old.required_rate_annual)} -> {_rate(client.new.required_rate_annual)}",
        )
    return table


def _rate(share: float | None) -> str:
    return "-" if share is None else f"{share:.2%}"
