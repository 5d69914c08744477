"""From the event log to the observable tables: whole, for files and models; the review reads `sim.books.log_view`."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from credit.tables import TABLES, conform, empty
from sim.books.facilities import KINDS, STATUSES
from sim.books.log_tables import FINDINGS, PPM, Declared
from sim.books.log_view import REVIEW_DAYS, Cast, LogView
from sim.books.recorders import BUREAU_KINDS, MISSING, Events
from sim.economy.resin import GRADES
from sim.stage import Stage

PRICE_DAYS = 120
"""How far back the review reads prices: the longest window of any feature is 91 days."""
OUTCOMES = ("refused", "offered", "accepted", "declined")
DAY_NS = 86_400_000_000_000
SOURCE = "simulation"


def names(prefix: str, width: int, count: int) -> np.ndarray:
    """Identifiers of entities by row: F00000, F00001, ..."""
    return np.array([f"{prefix}{row:0{width}d}" for row in range(count)], dtype=object)


class Observed:
    """Builds frames from a stage's log.

    Attributes:
        profiles: what firms and controllers declared when they joined.
        shown_under: the firm row under whose name each firm's trade, behaviour and visits are seen (`sim.arms.worlds`).
    """

    def __init__(
        self, stage: Stage, profiles: Any, prices: tuple[tuple[int, ...], ...], shown_under: np.ndarray | None = None
    ) -> None:
        self.stage = stage
        self.profiles = profiles
        self.prices = prices
        self._origin_ns = int(np.datetime64(stage.first_day, "ns").view(np.int64))
        self._firms = profiles.firms["firm_id"].to_numpy(dtype=object)
        self.shown_under = np.arange(len(self._firms))
        if shown_under is not None:
            self.shown_under[: len(shown_under)] = shown_under
        self._seen = self._firms[self.shown_under]
        # whoever sells resin: suppliers, behind them buyers, which sell only on paper (`sim.economy.fraud`)
        self._sellers = np.concatenate([names("S", 2, stage.settings.suppliers), profiles.buyer_ids])
        self._people = np.concatenate([profiles.controllers["controller_id"].to_numpy(dtype=object), [None]])
        self._lenders = names("L", 2, stage.settings.lenders)
        self._cast = Cast.of(
            profiles.firms, profiles.controllers, stage.first_day, self.shown_under, self._sellers, profiles.buyer_ids
        )

    def today(self) -> LogView:
        """What the features of a review read: the log itself, seen from today."""
        prices = self._resin_prices(max(self.stage.day - PRICE_DAYS, 0))
        return LogView(self.stage, self._cast, Declared.read(prices, self.stage.first_day))

    def output_of(self, firms: np.ndarray) -> pd.DataFrame:
        """What some firms, by row, have made month by month in the days of a review: columns of `operations`."""
        log = self.stage.log.operations
        table = log.columns(log.first_from("month_day", self.stage.day - REVIEW_DAYS))
        rows = np.flatnonzero(np.isin(self.shown_under[table["firm"]], firms))
        month = self._days(table["month_day"][rows]).astype("datetime64[M]").astype("datetime64[ns]")
        told = {"firm_id": self._seen[table["firm"][rows]], "month": month, "output_kg": table["output_g"][rows] / 1000}
        return pd.DataFrame(told, copy=False)

    def contracts(self) -> dict[str, pd.DataFrame]:
        """Facilities and their instalments as they are known today, firms by row: what outcomes are read from."""
        told, paid = self.stage.log.facilities.columns(), self.stage.log.payments.columns()
        facilities = {
            "facility_id": np.arange(len(told["firm"])),
            "firm_id": told["firm"],
            "opened_on": self._days(told["opened_on"]),
            "closed_on": self._days(told["closed_on"]),
            "status": np.array(STATUSES, dtype=object)[np.maximum(told["status"], 0)],
        }
        payments = {
            "facility_id": paid["facility"],
            "due_on": self._days(paid["due_on"]),
            "due_fen": paid["due"],
            "paid_on": self._days(paid["paid_on"]),
            "paid_fen": np.maximum(paid["paid"], 0),
        }
        return {"facilities": pd.DataFrame(facilities, copy=False), "payments": pd.DataFrame(payments, copy=False)}

    def tables(self) -> dict[str, pd.DataFrame]:
        """All eleven tables, whole and in canonical form."""
        frames = {name: build() for name, build in self._builders().items()}
        founded = self.profiles.firms["platform_since"] <= pd.Timestamp(self.stage.date)
        firms = self.profiles.firms[founded].reset_index(drop=True)
        people = self.profiles.controllers
        frames |= {
            "firms": firms,
            "controllers": people[people["firm_id"].isin(firms["firm_id"])].reset_index(drop=True),
        }
        frames["resin_prices"] = self._resin_prices()
        return {name: conform(name, frames[name]) if len(frames[name]) else empty(name) for name in TABLES}

    def _builders(self) -> dict[str, Callable[[], pd.DataFrame]]:
        return {
            "orders": self._orders,
            "invoices": self._invoices,
            "operations": self._operations,
            "facilities": self._facilities,
            "payments": self._payments,
            "bureau": self._bureau,
            "visits": self._visits,
            "decisions": self._decisions,
        }

    # --- one table each

    def _orders(self) -> pd.DataFrame:
        rows, table = _rows(self.stage.log.orders)
        facility = table["facility"]
        return _frame(
            order_id=_numbered("O", 8, rows),
            firm_id=self._seen[table["firm"]],
            supplier_id=self._sellers[table["supplier"]],
            placed_on=self._days(table["placed_on"]),
            delivered_on=self._days(table["delivered_on"]),
            grade=np.array(GRADES, dtype=object)[table["grade"]],
            quantity_kg=table["quantity_g"] / 1000.0,
            price_fen_per_tonne=table["price"],
            paid_by=np.where(facility == MISSING, "cash", "facility").astype(object),
            facility_id=_blank(_numbered("C", 7, facility), facility == MISSING),
            match_share=table["match_ppm"] / PPM,
        )

    def _invoices(self) -> pd.DataFrame:
        rows, table = _rows(self.stage.log.invoices)
        return _frame(
            invoice_id=_numbered("I", 8, rows),
            firm_id=self._seen[table["firm"]],
            buyer_id=self.profiles.buyer_ids[table["buyer"]],
            issued_on=self._days(table["issued_on"]),
            due_on=self._days(table["due_on"]),
            amount_fen=table["amount"],
            paid_on=self._days(table["paid_on"]),
            paid_fen=np.maximum(table["paid"], 0),
            dilution_fen=np.maximum(table["dilution"], 0),
            assigned_facility_id=_blank(_numbered("C", 7, table["assigned"]), table["assigned"] == MISSING),
        )

    def _operations(self) -> pd.DataFrame:
        _, table = _rows(self.stage.log.operations)
        return _frame(
            firm_id=self._seen[table["firm"]],
            month=self._days(table["month_day"]).astype("datetime64[M]").astype("datetime64[ns]"),
            output_kg=table["output_g"] / 1000.0,
            energy_kwh=table["energy_kwh"].astype(float),
            logins=table["logins"],
            quotes=table["quotes"],
            headcount=table["headcount"],
        )

    def _facilities(self) -> pd.DataFrame:
        rows, table = _rows(self.stage.log.facilities)
        return _frame(
            facility_id=_numbered("C", 7, rows),
            firm_id=self._firms[table["firm"]],
            product=np.array([kind.product for kind in KINDS], dtype=object)[table["kind"]],
            wrapper=np.array([kind.wrapper for kind in KINDS], dtype=object)[table["kind"]],
            lender_id=self._lenders[table["lender"]],
            opened_on=self._days(table["opened_on"]),
            due_on=self._days(table["due_on"]),
            principal_fen=table["principal"],
            rate_annual=table["rate_ppm"] / PPM,
            fee_fen=table["fee"],
            deposit_fen=table["deposit"],
            collateral=np.array([kind.collateral for kind in KINDS], dtype=object)[table["kind"]],
            collateral_value_fen=table["collateral_value"],
            status=np.array(STATUSES, dtype=object)[np.maximum(table["status"], 0)],
            closed_on=self._days(table["closed_on"]),
        )

    def _payments(self) -> pd.DataFrame:
        rows, table = _rows(self.stage.log.payments)
        return _frame(
            payment_id=_numbered("P", 8, rows),
            facility_id=_numbered("C", 7, table["facility"]),
            due_on=self._days(table["due_on"]),
            due_fen=table["due"],
            paid_on=self._days(table["paid_on"]),
            paid_fen=np.maximum(table["paid"], 0),
        )

    def _bureau(self) -> pd.DataFrame:
        rows, table = _rows(self.stage.log.bureau)
        amount = table["amount"]
        return _frame(
            event_id=_numbered("E", 8, rows),
            firm_id=self._firms[table["firm"]],
            controller_id=self._people[np.maximum(table["controller"], -1)],
            happened_on=self._days(table["happened_on"]),
            known_on=self._days(table["known_on"]),
            kind=np.array(BUREAU_KINDS, dtype=object)[table["kind"]],
            amount_fen=pd.arrays.IntegerArray(amount.copy(), amount == MISSING),
        )

    def _visits(self) -> pd.DataFrame:
        rows, table = _rows(self.stage.log.visits)
        return _frame(
            visit_id=_numbered("V", 8, rows),
            firm_id=self._seen[table["firm"]],
            visited_on=self._days(table["visited_on"]),
            finding=np.array(FINDINGS, dtype=object)[table["finding"]],
            machines_running=table["machines"],
            stock_kg=table["stock_g"] / 1000.0,
            cost_fen=table["cost"],
        )

    def _decisions(self) -> pd.DataFrame:
        log = self.stage.log
        rows, table = _rows(log.decisions)
        reasons = np.array([*log.reason_sets, ""], dtype=object)
        reasons = _blank(reasons, reasons == "")
        versions = np.array([*log.versions, ""], dtype=object)
        return _frame(
            decision_id=_numbered("D", 8, rows),
            firm_id=self._firms[table["firm"]],
            decided_on=self._days(table["decided_on"]),
            product=np.array([*log.products, ""], dtype=object)[table["product"]],
            outcome=np.array(OUTCOMES, dtype=object)[table["outcome"]],
            limit_fen=table["limit"],
            term_days=table["term_days"],
            rate_annual=table["rate_ppm_year"] / PPM,
            pd_annual=table["pd_ppm"] / PPM,
            model_version=versions[table["version"]],
            reasons=reasons[table["reasons"]],
            is_override=table["override"] > 0,
            override_reason=np.array([None, "sales: a client of long standing"], dtype=object)[table["override"]],
        )

    def _resin_prices(self, first: int = 0) -> pd.DataFrame:
        until = min(self.stage.day + 1, len(self.prices[0]))  # after the last day there is no price
        days = np.arange(first, until)
        return _frame(
            date=np.tile(self._days(days), len(GRADES)),
            grade=np.repeat(np.array(GRADES, dtype=object), len(days)),
            price_fen_per_tonne=np.concatenate([np.array(path[first:until], dtype=np.int64) for path in self.prices]),
        )

    # --- shared

    def _days(self, days: np.ndarray) -> np.ndarray:
        dates = (days * DAY_NS + self._origin_ns).view("datetime64[ns]")
        if len(days) and days.min() == MISSING:
            dates[days == MISSING] = np.datetime64("NaT", "ns")
        return dates


def _rows(events: Events) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Row numbers and columns."""
    return np.arange(len(events)), events.columns()


def _frame(**columns: Any) -> pd.DataFrame:
    """A frame of columns; the source of each row is always the same."""
    return pd.DataFrame(columns | {"source": SOURCE}, copy=False)


def _numbered(prefix: str, width: int, rows: np.ndarray) -> np.ndarray:
    """Identifiers as texts."""
    return np.array([f"{prefix}{row:0{width}d}" for row in rows.tolist()], dtype=object)


def _blank(texts: np.ndarray, is_missing: np.ndarray) -> np.ndarray:
    """Texts with None where there is nothing to say."""
    told = texts.astype(object)
    told[is_missing] = None
    return told
