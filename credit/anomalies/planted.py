"""Fraud planted into honest tables, with the truth beside it: how detectors are measured before cases are known.

A planted firm keeps its history; what is added or changed lies within the three months before the day (DOMAIN section
6.7: rings build up over three months). The schemes vary in how well they hide: recall on them is no promise about
frauds that somebody will think of tomorrow.
"""

from collections.abc import Callable, Mapping
from datetime import date

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.tables import conform

BUILD_UP_DAYS = 90
SOURCE = "planted"
Tables = dict[str, pd.DataFrame]
Scheme = Callable[[Tables, list[str], pd.Timestamp, np.random.Generator], None]
"""Changes the tables of some firms, with the day and the draws it needs."""


def plant(
    tables: Mapping[str, pd.DataFrame],
    day: date,
    seed: int = 0,
    firms_a_scheme: int = 4,
    schemes: "Mapping[str, Scheme] | None" = None,
) -> tuple[Tables, pd.DataFrame]:
    """Plant schemes into firms that traded in the three months before a day, each firm one scheme.

    Args:
        tables: honest tables; they stay as they are.
        day: the day of the application.
        seed: of every draw.
        firms_a_scheme: firms of each scheme; they form one ring where a scheme needs one.
        schemes: which; SCHEMES (all frauds) when absent, LOOKALIKES for what only looks like fraud.

    Returns:
        The tables with fraud in them, and `scheme` by `firm_id` for the planted firms.

    Raises:
        BadInput: too few firms traded.
    """
    draw = np.random.Generator(np.random.Philox(key=seed))
    schemes = SCHEMES if schemes is None else schemes
    planted = {name: table.copy() for name, table in tables.items()}
    now = pd.Timestamp(day)
    start = now - pd.Timedelta(BUILD_UP_DAYS, unit="D")
    known = planted["orders"]["placed_on"].between(start, now)
    sold = planted["invoices"]["issued_on"].between(start, now)
    active = sorted(set(planted["orders"].loc[known, "firm_id"]) & set(planted["invoices"].loc[sold, "firm_id"]))
    needed = firms_a_scheme * len(schemes)
    if len(active) < needed:
        raise BadInput(
            Problem(f"at least {needed} firms must have traded in 90 days", field="tables", value=len(active))
        )
    chosen = draw.permutation(np.array(active, dtype=object))[:needed].reshape(len(schemes), firms_a_scheme)
    truth: dict[str, str] = {}
    for (scheme, disguise), firms in zip(schemes.items(), chosen, strict=True):
        disguise(planted, [str(firm) for firm in firms], now, draw)
        truth |= {str(firm): scheme for firm in firms}
    told = pd.DataFrame({"scheme": pd.Series(truth)}).rename_axis("firm_id").sort_index()
    return {name: conform(name, table) for name, table in planted.items()}, told


def _lately(table: pd.DataFrame, column: str, firm: str, now: pd.Timestamp) -> pd.Series:
    start = now - pd.Timedelta(BUILD_UP_DAYS, unit="D")
    return (table["firm_id"] == firm) & table[column].between(start, now)


def _day(now: pd.Timestamp, draw: np.random.Generator, least: int = 1, most: int = BUILD_UP_DAYS) -> pd.Timestamp:
    return now - pd.Timedelta(int(draw.integers(least, most)), unit="D")


def _fake_papers(tables: Tables, firms: list[str], now: pd.Timestamp, draw: np.random.Generator) -> None:
    """Orders whose papers agree as badly as those of frauds do: Beta(6, 3), DOMAIN section 3."""
    orders = tables["orders"]
    for firm in firms:
        rows = (orders["firm_id"] == firm) & (orders["delivered_on"] > now - pd.Timedelta(180, unit="D"))
        orders.loc[rows, "match_share"] = draw.beta(6, 3, int(rows.sum()))


def _fake_prices(tables: Tables, firms: list[str], now: pd.Timestamp, draw: np.random.Generator) -> None:
    """Resin far above the price of the day: the difference flows back."""
    orders = tables["orders"]
    for firm in firms:
        rows = (orders["firm_id"] == firm) & orders["placed_on"].between(now - pd.Timedelta(180, unit="D"), now)
        above = draw.uniform(1.04, 1.2, int(rows.sum()))
        orders.loc[rows, "price_fen_per_tonne"] = (
            (orders.loc[rows, "price_fen_per_tonne"] * above).round().astype("int64")
        )


def _round_sales(tables: Tables, firms: list[str], now: pd.Timestamp, draw: np.random.Generator) -> None:
    """Invoices written without goods, over amounts that people think of."""
    for firm in firms:
        rows = []
        for number in range(int(draw.integers(4, 14))):
            issued = _day(now, draw)
            rows.append(
                _invoice(f"{firm}-r{number}", firm, f"shell-{firm}", issued, int(draw.integers(5, 60)) * 1_000_000)
            )
        _add(tables, "invoices", rows)


def _impossible_volumes(tables: Tables, firms: list[str], now: pd.Timestamp, draw: np.random.Generator) -> None:
    """Sales that the plant never made, over odd amounts and months of them."""
    for firm in firms:
        own = tables["invoices"][tables["invoices"]["firm_id"] == firm]
        usual = float(own["amount_fen"].tail(20).mean())
        rows = []
        for number in range(60):
            amount = int(usual * draw.uniform(2.0, 6.0)) + int(draw.integers(1, 99))
            rows.append(_invoice(f"{firm}-v{number}", firm, f"shell-{firm}", _day(now, draw, 35, 200), amount))
        _add(tables, "invoices", rows)


def _circle(tables: Tables, firms: list[str], now: pd.Timestamp, draw: np.random.Generator) -> None:
    """Goods that go round a ring and lose a few per cent on each leg."""
    usual = float(tables["invoices"]["amount_fen"].mean())
    for number in range(5):
        value = usual * draw.uniform(3.0, 8.0)
        for leg, firm in enumerate(firms):
            buyer, issued = firms[(leg + 1) % len(firms)], _day(now, draw, 5, 85)
            value *= draw.uniform(0.93, 1.0)
            _add(tables, "invoices", [_invoice(f"{firm}-c{number}", firm, buyer, issued, int(value))])


def _copied_invoices(tables: Tables, firms: list[str], now: pd.Timestamp, draw: np.random.Generator) -> None:
    """An invoice that a second firm, or the same under a copied number, presents once more."""
    invoices = tables["invoices"]
    for place, firm in enumerate(firms):
        own = invoices[_lately(invoices, "issued_on", firm, now)].head(2)
        rows: list[dict[str, object]] = []
        for row in own.to_dict("records"):
            is_own = place % 2 == 0
            later = row["issued_on"] + pd.Timedelta(0 if is_own else int(draw.integers(0, 6)), unit="D")
            other = firm if is_own else firms[place - 1]
            name = f"{row['invoice_id']}-copy" if is_own else f"{other}-d{len(rows)}"
            rows.append(_invoice(name, other, row["buyer_id"], min(later, now), int(row["amount_fen"])))
        _add(tables, "invoices", rows)


def _double_assignment(tables: Tables, firms: list[str], now: pd.Timestamp, draw: np.random.Generator) -> None:
    """One invoice under two numbers, each assigned to a facility of its own."""
    for firm in firms:
        opened = _day(now, draw, 10, 60)
        issued, amount = opened - pd.Timedelta(3, unit="D"), int(draw.integers(2_000_000, 40_000_000))
        names = [f"{firm}-assigned{k}" for k in (1, 2)]
        _add(tables, "facilities", [_facility(name, firm, opened, amount * 8 // 10) for name in names])
        rows = [_invoice(name, firm, "debtor", issued, amount) | {"assigned_facility_id": name} for name in names]
        _add(tables, "invoices", rows)


def _one_hand(tables: Tables, firms: list[str], now: pd.Timestamp, draw: np.random.Generator) -> None:
    """A person who took over a second firm within half a year and tells of none."""
    _take_over(tables, firms, now, draw, told=0)


def _take_over(tables: Tables, firms: list[str], now: pd.Timestamp, draw: np.random.Generator, told: int) -> None:
    for one, two in zip(firms[::2], firms[1::2], strict=False):
        people = tables["controllers"]
        moved_on = now - pd.Timedelta(int(draw.integers(30, 180)), unit="D")
        moved = people[people["firm_id"] == one].tail(1).assign(firm_id=two, valid_from=moved_on, related_firms=told)
        people = people.assign(related_firms=people["related_firms"].where(people["firm_id"] != one, told))
        tables["controllers"] = pd.concat([people.astype(object), moved.astype(object)], ignore_index=True)


# --- what only looks like fraud


def _standing_orders(tables: Tables, firms: list[str], now: pd.Timestamp, draw: np.random.Generator) -> None:
    """One buyer takes the same lorry load every week."""
    for firm in firms:
        amount = int(draw.integers(2_000_000, 40_000_000))
        weeks = [now - pd.Timedelta(7 * week, unit="D") for week in range(1, 12)]
        rows = [_invoice(f"{firm}-w{week}", firm, f"regular-{firm}", day, amount) for week, day in enumerate(weeks)]
        _add(tables, "invoices", rows)


def _two_lorries(tables: Tables, firms: list[str], now: pd.Timestamp, draw: np.random.Generator) -> None:
    """Two equal loads to one buyer on one day, invoiced one by one."""
    for firm in firms:
        amount, issued = int(draw.integers(2_000_000, 40_000_000)), _day(now, draw)
        _add(tables, "invoices", [_invoice(f"{firm}-l{k}", firm, "factory", issued, amount) for k in (1, 2)])


def _scrap_returned(tables: Tables, firms: list[str], now: pd.Timestamp, draw: np.random.Generator) -> None:
    """Scrap goes back to the supplier at a tenth of what resin costs."""
    orders = tables["orders"]
    for firm in firms:
        own = orders[_lately(orders, "placed_on", firm, now)].tail(1).iloc[0]
        value = float(own["quantity_kg"]) * float(own["price_fen_per_tonne"]) / 1000.0
        rows = [_invoice(f"{firm}-s", firm, own["supplier_id"], _day(now, draw), int(0.08 * value))]
        _add(tables, "invoices", rows)


def _declared_sister(tables: Tables, firms: list[str], now: pd.Timestamp, draw: np.random.Generator) -> None:
    """A person who controls two firms and says so."""
    _take_over(tables, firms, now, draw, told=1)


def _round_deposits(tables: Tables, firms: list[str], now: pd.Timestamp, draw: np.random.Generator) -> None:
    """One customer who pays deposits in round sums."""
    for firm in firms:
        rows = [_invoice(f"{firm}-p{k}", firm, "customer", _day(now, draw), 10_000_000 * (k + 1)) for k in range(2)]
        _add(tables, "invoices", rows)


SCHEMES: dict[str, Scheme] = {
    "fake_papers": _fake_papers,
    "fake_prices": _fake_prices,
    "round_sales": _round_sales,
    "impossible_volumes": _impossible_volumes,
    "circular_sales": _circle,
    "copied_invoices": _copied_invoices,
    "double_assignment": _double_assignment,
    "one_hand": _one_hand,
}
"""Every fraud by name."""

LOOKALIKES: dict[str, Scheme] = {
    "standing_orders": _standing_orders,
    "two_lorries": _two_lorries,
    "scrap_returned": _scrap_returned,
    "declared_sister": _declared_sister,
    "round_deposits": _round_deposits,
}
"""Honest habits that resemble a fraud, by name: false alarms are measured on them."""


def _invoice(name: str, firm: str, buyer: str, issued: pd.Timestamp, amount: int) -> dict[str, object]:
    due = issued + pd.Timedelta(60, unit="D")
    told = {"invoice_id": name, "firm_id": firm, "buyer_id": buyer, "issued_on": issued, "due_on": due}
    return told | {"amount_fen": amount, "paid_fen": 0, "dilution_fen": 0, "source": SOURCE}


def _facility(name: str, firm: str, opened: pd.Timestamp, principal: int) -> dict[str, object]:
    return {
        "facility_id": name, "firm_id": firm, "product": "receivables_advance", "wrapper": "assigned_receivable",
        "lender_id": "L1", "opened_on": opened, "due_on": opened + pd.Timedelta(90, unit="D"),
        "principal_fen": principal, "rate_annual": 0.1, "fee_fen": 0, "deposit_fen": 0, "collateral": "invoice",
        "status": "open", "source": SOURCE,
    }  # fmt: skip


def _add(tables: Tables, name: str, rows: list[dict[str, object]]) -> None:
    if rows:
        added = conform(name, pd.DataFrame(rows))
        tables[name] = pd.concat([tables[name].astype(object), added.astype(object)], ignore_index=True)
