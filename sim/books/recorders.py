"""What happened: a row of whole numbers a day, and the events that make up the observable tables.

A recorder changes no balance and decides nothing. Events are appended as tuples of whole numbers; what happens to a row
later (a payment, a closing) stands beside it, so that the frames can be built at any day without touching the market.
"""

from array import array
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

MISSING = -100_000
"""No day, no facility, no amount."""

DAILY_COLUMNS = (
    "day", "date", "resin_price_fen_per_tonne", "active_firms", "founded_firms", "closed_firms", "failed_firms",
    "failed_buyers", "failed_suppliers",
    "failed_lenders", "applications", "approvals", "refusals_platform", "refusals_lender", "declined_by_firm",
    "supplier_refusals", "disbursed_fen", "repaid_fen", "outstanding_fen", "overdue_fen", "obligors_with_credit",
    "new_defaults", "exposure_at_default_fen", "recovered_deposit_fen", "recovered_goods_fen",
    "recovered_guarantee_fen", "recovered_cash_fen", "lender_loss_fen", "platform_loss_fen", "supplier_loss_fen",
    "sme_receivable_loss_fen", "margin_calls", "custody_value_fen", "lender_liquidity_fen", "lender_equity_fen",
    "platform_cash_fen", "sme_cash_fen", "sme_receivables_fen", "buyer_cash_fen", "mean_payment_delay_days",
    "sales_fen", "resin_bought_g", "output_g", "forced_sales", "expected_fen", "tailored_loans",
    "nonperforming_fen", "sme_payables_fen", "sme_liabilities_fen", "refinanced_fen", "run_fen",
)  # fmt: skip
"""The columns of `Outcome.daily`, in order: flows of the day, states at its end; whole but for the mean delay."""

FLOWS = (
    "drawn", "rolled_in", "capitalised", "repaid", "rolled_out", "interest", "service", "fee",
    "deposit_in", "deposit_set_off", "deposit_back", "deposit_forfeited",
    "recovered_deposit", "recovered_goods", "recovered_guarantee", "recovered_cash", "written_down", "first_loss",
    "defaulted",
)  # fmt: skip
"""What may happen to a facility in money; the number in the table of flows is the position here.

`drawn`, `rolled_in` and `capitalised` raise the claim, `repaid`, `rolled_out` and what is recovered lower it; interest,
service, fee and deposits pass beside it; `written_down` is the loss that the lender recognises (negative: takes back),
`first_loss` what the platform makes good of it. `defaulted` moves nothing: it notes the claim on the day of default.
"""
(
    DRAWN, ROLLED_IN, CAPITALISED, REPAID, ROLLED_OUT, INTEREST, SERVICE, FEE,
    DEPOSIT_IN, DEPOSIT_SET_OFF, DEPOSIT_BACK, DEPOSIT_FORFEITED,
    BY_DEPOSIT, BY_GOODS, BY_GUARANTEE, BY_CASH, WRITTEN_DOWN, FIRST_LOSS, IN_DEFAULT,
) = range(19)  # fmt: skip
BUREAU_KINDS = (
    "enquiry", "new_loan", "lawsuit", "enforcement", "delinquency", "guarantee", "legal_rep_change", "equity_change",
    "phone_change",
)  # fmt: skip
"""What a register may tell of a firm or its controller; the number in the table of events is the position here."""
(
    ENQUIRY, NEW_LOAN, LAWSUIT, ENFORCEMENT, DELINQUENCY, GUARANTEE, LEGAL_REP_CHANGE, EQUITY_CHANGE, PHONE_CHANGE,
) = range(9)  # fmt: skip
DEPARTMENTS = ("finance", "business", "sales", "risk")
PARTIES = ("world", "platform", "suppliers", "buyers", "firms", "controllers")
"""Who has a balance sheet in the table of balances; lenders follow, each by itself."""

ROWS_THAT_WAIT = 256
"""A row is told cheapest cell by cell and kept cheapest in columns, to which it moves before it is out of the cache."""

TIMINGS = ("firm_days_per_second", "peak_memory_mb")
"""Keys of a summary that differ between two equal runs; nothing that is hashed may hold them."""


@dataclass(slots=True)
class Counters:
    """The flows of one day: phases add to it, the day's end reads it."""

    surety_fen: int = 0
    refinanced_fen: int = 0
    run_fen: int = 0
    frauds: int = 0
    founded_firms: int = 0
    closed_firms: int = 0
    failed_firms: int = 0
    failed_buyers: int = 0
    failed_suppliers: int = 0
    failed_lenders: int = 0
    applications: int = 0
    approvals: int = 0
    refusals_platform: int = 0
    refusals_lender: int = 0
    declined_by_firm: int = 0
    supplier_refusals: int = 0
    disbursed_fen: int = 0
    repaid_fen: int = 0
    new_defaults: int = 0
    exposure_at_default_fen: int = 0
    recovered_deposit_fen: int = 0
    recovered_goods_fen: int = 0
    recovered_guarantee_fen: int = 0
    recovered_cash_fen: int = 0
    lender_loss_fen: int = 0
    platform_loss_fen: int = 0
    supplier_loss_fen: int = 0
    sme_receivable_loss_fen: int = 0
    margin_calls: int = 0
    sales_fen: int = 0
    resin_bought_g: int = 0
    output_g: int = 0
    loans: int = 0
    forced_sales: int = 0
    purchases_fen: int = 0
    financed_purchases_fen: int = 0
    invoices_paid: int = 0
    delay_days: int = 0


class Events:
    """One table as it grows: rows of whole numbers, and columns whose cells are filled in later.

    Attributes:
        names: the columns of a row.
        later: the columns that start as MISSING (or a given value) and may change.
    """

    def __init__(self, names: str, later: str = "") -> None:
        self.names = names.split()
        self.later = {name: array("q") for name in later.split()}
        self._new: list[int] = []  # rows, one behind the other, wait until they are many, or somebody asks for columns
        self._store = np.zeros((len(self.names), 0), dtype=np.int64)
        self._stored = 0
        self._length = 0
        self._full = ROWS_THAT_WAIT * len(self.names)

    def add(self, *row: int) -> int:
        """Append a row; its number is the answer."""
        number, new = self._length, self._new
        new += row
        self._length = number + 1
        if len(new) == self._full:
            self._keep()
        return number

    def add_many(self, *columns: "int | np.ndarray", count: int) -> int:
        """Append so many rows, told column by column (one number where all have the same); the first's number."""
        self._keep()
        first, after = self._length, self._length + count
        self._make_room(after)
        for place, column in zip(self._store, columns, strict=True):
            place[first:after] = column
        self._stored = self._length = after
        return first

    def set(self, name: str, row: int, value: int) -> None:
        """Fill in a cell that comes later."""
        column = self.later[name]
        if row >= len(column):
            self._extend(column)
        column[row] = value

    def raise_by(self, name: str, row: int, amount: int) -> None:
        """Add to a cell that comes later; it begins at 0."""
        column = self.later[name]
        if row >= len(column):
            self._extend(column)
        column[row] = amount if column[row] == MISSING else column[row] + amount

    def set_many(self, name: str, rows: np.ndarray, values: "int | np.ndarray") -> None:
        """Fill in cells of many rows."""
        if len(rows):
            column = self.later[name]
            if int(rows.max()) >= len(column):
                self._extend(column)
            np.frombuffer(column, dtype=np.int64)[rows] = values

    def get(self, name: str, row: int) -> int:
        """A cell that comes later, MISSING before it is filled in."""
        column = self.later[name]
        return column[row] if row < len(column) else MISSING

    def _extend(self, column: "array[int]") -> None:
        column.extend(array("q", [MISSING]) * (self._length - len(column)))

    def __len__(self) -> int:
        return self._length

    def cells(self, rows: np.ndarray, *names: str) -> list[np.ndarray]:
        """Some rows of columns that never change."""
        self._keep()
        return [self._store[self.names.index(name)][rows] for name in names]

    def cells_so_far(self, name: str, rows: np.ndarray) -> np.ndarray:
        """Some rows of a column that comes later, MISSING where it has not come."""
        column = self.later[name]
        self._extend(column)
        return np.frombuffer(column, dtype=np.int64)[rows]

    def cell(self, name: str, row: int) -> int:
        """One cell that never changes."""
        position = self.names.index(name)
        if row < self._stored:
            return int(self._store[position, row])
        return self._new[(row - self._stored) * len(self.names) + position]

    def first_from(self, name: str, least: int) -> int:
        """The first row whose cell is at least so much, in a column that never falls."""
        self._keep()
        return int(np.searchsorted(self._store[self.names.index(name), : self._stored], least))

    def column(self, name: str, first: int = 0) -> np.ndarray:
        """One column as int64 from a row on. Cells that come later are copied, the others a view of what stands."""
        self._keep()
        if name not in self.later:
            return self._store[self.names.index(name), first : self._stored]
        self._extend(self.later[name])
        return np.array(memoryview(self.later[name])[first:], dtype=np.int64)

    def columns(self, first: int = 0) -> dict[str, np.ndarray]:
        """Every column as int64 from a row on."""
        return {name: self.column(name, first) for name in (*self.names, *self.later)}

    def _keep(self) -> None:
        """Move new rows into the columns; views that somebody holds stay what they are."""
        if self._stored == self._length:
            return
        self._make_room(self._length)
        new = np.frombuffer(array("q", self._new), dtype=np.int64).reshape(-1, len(self.names))
        self._store[:, self._stored : self._length] = new.T
        self._new.clear()
        self._stored = self._length

    def _make_room(self, rows: int) -> None:
        if rows > self._store.shape[1]:
            wider = np.zeros((len(self.names), rows + rows // 4), dtype=np.int64)
            wider[:, : self._stored] = self._store[:, : self._stored]
            self._store = wider


class EventLog:
    """Everything the platform could have seen, table by table, in whole numbers (days are market days).

    Attributes:
        flows: every movement on a facility, kinds of FLOWS; none of the eleven tables, and what audits them.
        work: what each department of DEPARTMENTS had waiting and served in a round.
        balances: month ends of PARTIES and lenders, account by account (`sim.books.ledger.FEN_ACCOUNTS`).
    """

    def __init__(self) -> None:
        self.orders = Events("firm supplier placed_on grade quantity_g price facility match_ppm", "delivered_on")
        self.invoices = Events("firm buyer issued_on due_on amount", "paid_on paid dilution assigned")
        self.operations = Events("firm month_day output_g energy_kwh logins quotes headcount")
        self.facilities = Events(
            "firm lender kind opened_on due_on principal rate_ppm fee deposit collateral_value", "status closed_on"
        )
        self.payments = Events("facility due_on due", "paid_on paid")
        self.bureau = Events("firm happened_on known_on kind amount", "controller")
        self.visits = Events("firm visited_on finding machines stock_g cost")
        self.decisions = Events(
            "firm decided_on product outcome limit term_days rate_ppm_year pd_ppm reasons version override"
        )
        self.flows = Events("day facility kind amount")
        self.work = Events("day department waiting served")
        self.balances = Events("day party account amount")
        self.reason_sets: dict[str, int] = {}
        self.versions: dict[str, int] = {}
        self.products: dict[str, int] = {}

    def code(self, known: dict[str, int], text: str) -> int:
        """A text as a number, the same for the same text."""
        return known.setdefault(text, len(known))


@dataclass
class Outcome:
    """What one market did under one scenario.

    Attributes:
        summary: the keys of `creditlab simulate --json`, timings included (see TIMINGS).
        daily: one row an observed day, columns DAILY_COLUMNS.
        state_hash: SHA-256 over every whole number of the final state.
        build_tables: builds the eleven observable tables.
        firms: what became of each firm (`sim.runs.firm_record`), where somebody asked.
        hindsight: what nobody in the market could know (`sim.attribution.hindsight.Hindsight`).
        further: tables by name that a run keeps beside the daily one: `models`, `drift`, `exploration` where it learns.
    """

    summary: dict[str, int | float | bool | str]
    daily: pd.DataFrame
    state_hash: str
    build_tables: "Callable[[], dict[str, pd.DataFrame]]" = field(repr=False)
    firms: pd.DataFrame | None = None
    hindsight: Any = None
    further: dict[str, pd.DataFrame] = field(default_factory=dict)

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The eleven observable tables, burn-in included, built when first asked for."""
        return self.build_tables()


class DailyRecorder:
    """Collects one row a day."""

    def __init__(self) -> None:
        self._rows: list[tuple[Any, ...]] = []

    def add(self, row: dict[str, Any]) -> None:
        """Append the row of a day, keys DAILY_COLUMNS."""
        self._rows.append(tuple(row[name] for name in DAILY_COLUMNS))

    def frame(self) -> pd.DataFrame:
        """All rows so far."""
        frame = pd.DataFrame(self._rows, columns=list(DAILY_COLUMNS))
        whole = [name for name in DAILY_COLUMNS if name not in ("date", "mean_payment_delay_days")]
        frame[whole] = frame[whole].astype(np.int64)
        frame["date"] = pd.to_datetime(frame["date"]).astype("datetime64[ns]")
        frame["mean_payment_delay_days"] = frame["mean_payment_delay_days"].astype(float)
        return frame
