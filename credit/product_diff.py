"""Two versions of a product on one book: what changed in the file, who flips and why, what it does to the totals.

Supply and demand are kept apart. In and out, and the totals, are what the product allows (`credit.product_verdicts`);
take-up is how many of those would want it (`credit.lifetime_value`). A dearer product never gains takers, yet it may
let in clients whose risk the old price did not pay for.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from credit.client_books import ClientBook
from credit.errors import BadInput, Problem
from credit.product_verdicts import Verdict, own_term_days, reference_amount_fen, verdicts
from credit.products import Product


@dataclass(frozen=True)
class FieldChange:
    """A field that differs between two product files.

    Attributes:
        field: its path, as `forms.open_account.day_rate.value`.
        old: its old value; None where it was not there.
        new: its new value; None where it is gone.
        unit: its unit; empty for words and days.
    """

    field: str
    old: Any
    new: Any
    unit: str


@dataclass(frozen=True)
class ClientDiff:
    """A client under both versions."""

    firm_id: str
    pd_annual: float
    amount_fen: int
    term_days: int
    old: Verdict
    new: Verdict

    @property
    def flip(self) -> str:
        """stays_in, stays_out, came_in or fell_out."""
        if self.old.is_in == self.new.is_in:
            return "stays_in" if self.new.is_in else "stays_out"
        return "came_in" if self.new.is_in else "fell_out"

    @property
    def flip_reasons(self) -> tuple[str, ...]:
        """What no longer holds a client out that came in, or now holds out one that fell out."""
        return {"came_in": self.old.reasons, "fell_out": self.new.reasons}.get(self.flip, ())


@dataclass(frozen=True)
class Totals:
    """The clients that are in, summed.

    Attributes:
        clients: how many.
        volume_fen: principal outstanding on average over their terms.
        expected_loss_fen: principal lost to default over their terms.
        margin_fen: what is left after every cost and the hurdle, over their terms.
        profit_fen: profit after tax, before the hurdle, over their terms.
        nominal_irr: mean all-in cost a year, weighted by volume; None without clients.
        effective_annual_rate: the same, compounded.
        takers: clients expected to take the offer.
        taken_volume_fen: the volume expected from them.
    """

    clients: int
    volume_fen: int
    expected_loss_fen: int
    margin_fen: int
    profit_fen: int
    nominal_irr: float | None
    effective_annual_rate: float | None
    takers: float
    taken_volume_fen: int


@dataclass(frozen=True)
class ProductDiff:
    """Everything that two versions of a product do to a book.

    Attributes:
        changes: fields that differ.
        clients: the book in its order.
        old: totals under the old version.
        new: totals under the new one.
        completed: clients whose amount or term the book did not name, taken from the old version's typical contract.
    """

    changes: tuple[FieldChange, ...]
    clients: tuple[ClientDiff, ...]
    old: Totals
    new: Totals
    completed: int

    @property
    def flips(self) -> dict[str, int]:
        """How many clients stay in, stay out, came in and fell out."""
        counted = Counter(client.flip for client in self.clients)
        return {flip: counted[flip] for flip in ("stays_in", "stays_out", "came_in", "fell_out")}


def product_diff(old: Product, new: Product, book: ClientBook) -> ProductDiff:
    """Put a book through two versions of a product.

    Raises:
        BadInput: the book asks for a form that neither version has, or a form has no single rate for a term.
    """
    _check_forms(old, new, book)
    whole, completed = _completed(old, new, book)
    before, after = verdicts(old, whole), verdicts(new, whole)
    asked = whole.clients
    clients = tuple(
        ClientDiff(str(firm), float(risk), int(amount), int(term), was, now)
        for firm, risk, amount, term, was, now in zip(
            asked["firm_id"], asked["pd_annual"], asked["amount_fen"], asked["term_days"], before, after, strict=True
        )
    )
    return ProductDiff(tuple(field_changes(old, new)), clients, totals(before), totals(after), completed)


def field_changes(old: Product, new: Product) -> Iterator[FieldChange]:
    """Every field that differs between two product files, in the order of the old one, additions last."""
    before, after = dict(_leaves(old.model_dump(mode="json"))), dict(_leaves(new.model_dump(mode="json")))
    for field in [*before, *(field for field in after if field not in before)]:
        was, now = before.get(field, (None, "")), after.get(field, (None, ""))
        if was != now:
            units = [unit for _, unit in (was, now) if unit]
            yield FieldChange(field, was[0], now[0], " -> ".join(dict.fromkeys(units)))


def _leaves(content: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, tuple[Any, str]]]:
    """Every value with its unit by path; what is not said is left out."""
    for name, value in content.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{path}{name}.")
        elif value is not None:
            has_unit = name in ("value", "values", "levels", "low", "high")
            yield f"{path}{name}", (value, str(content.get("unit", "")) if has_unit else "")


def _check_forms(old: Product, new: Product, book: ClientBook) -> None:
    known = [*old.forms, *(form for form in new.forms if form not in old.forms)]
    asked = book.clients["form"]
    problems = [
        Problem(f"must be one of the forms {', '.join(known)}", book.file, "form", str(form), row)
        for row, form in enumerate(asked, start=1)
        if isinstance(form, str) and form not in known
    ]
    if problems:
        raise BadInput(problems)


def _completed(old: Product, new: Product, book: ClientBook) -> tuple[ClientBook, int]:
    """The book with typical amounts and terms where it names none, the same for both versions."""
    clients = book.clients.copy()
    is_short = (clients["amount_fen"].isna() | clients["term_days"].isna()).to_numpy(dtype=bool)
    forms = []
    for asked in clients["form"]:
        name = asked if isinstance(asked, str) else old.first_form
        forms.append((old if name in old.forms else new).any_form(name))
    if is_short.any():
        for field, typical in (("amount_fen", reference_amount_fen), ("term_days", own_term_days)):
            usual = pd.Series([typical(form) for form in forms], dtype="Int64", index=clients.index)
            clients[field] = clients[field].astype("Int64").fillna(usual)
    return replace(book, clients=clients), int(is_short.sum())


def totals(told: list[Verdict]) -> Totals:
    """The clients that are in, summed to the fen."""
    held = [verdict for verdict in told if verdict.is_in]
    volume = sum(verdict.volume_fen for verdict in held)

    def mean(field: str) -> float | None:
        weighted = sum(getattr(verdict, field) * verdict.volume_fen for verdict in held)
        return weighted / volume if volume else None

    return Totals(
        clients=len(held),
        volume_fen=volume,
        expected_loss_fen=sum(verdict.expected_loss_fen for verdict in held),
        margin_fen=sum(verdict.margin_fen for verdict in held),
        profit_fen=sum(verdict.profit_fen for verdict in held),
        nominal_irr=mean("nominal_irr"),
        effective_annual_rate=mean("effective_annual_rate"),
        takers=sum(verdict.take_up or 0.0 for verdict in held),
        taken_volume_fen=round(sum((verdict.take_up or 0.0) * verdict.volume_fen for verdict in held)),
    )
