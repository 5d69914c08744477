"""Ten million orders to the firm-month table of 100,000 firms, beside pandas month by month on a sample.

Run with `.venv/bin/python benchmarks/features.py`, or with a number of firms to measure something smaller. The data are
random rows with the shapes, gaps and sizes of a real export, made by DuckDB. The peer is `credit.features.as_of` on the
whole tables in memory, which is what a user would loop over; it is run on a fiftieth of the firms. Memory is that of
this process and its workers together.
"""

# ruff: noqa: E501 - the tables are made by statements that read best unbroken
from __future__ import annotations

import os
import resource
import sys
import tempfile
import threading
import time
from datetime import date, timedelta
from pathlib import Path

import duckdb
import psutil  # type: ignore[import-untyped]

from credit.features import as_of, firm_month_table
from credit.features.at_scale import write_firm_months
from credit.table_specs import TABLES
from credit.tables import read_tables

FIRMS, MONTHS, WORKERS, SAMPLED = 100_000, 36, 4, 50
ORDERS_A_FIRM = 100
FIRST, DAYS = date(2022, 1, 1), 1461

_FIRM = "'F' || lpad((hash({n}, 1) % {firms})::VARCHAR, 6, '0')"
_DAY = "DATE '2022-01-01' + (hash({n}, 2) % 1461)::INTEGER"


def _chance(n: str, of: int) -> str:
    return f"(hash({n}, {of}) % 1000000)::DOUBLE / 1000000"


def generate(folder: Path, firms: int) -> None:
    """Write the eleven tables of a made-up platform."""
    orders, invoices, facilities = firms * ORDERS_A_FIRM, firms * 40, firms * 10
    firm, day = _FIRM.format(n="i", firms=firms), _DAY.format(n="i")
    person = firm.replace("'F'", "'C'")
    spread = "* (0.5 + " + _chance("i", 3) + ")"
    made = {
        "firms": f"""SELECT 'F' || lpad(i::VARCHAR, 6, '0') AS firm_id, DATE '2010-01-01' + (hash(i, 4) % 3000)::INTEGER
            AS registered_on, DATE '2020-01-01' + (hash(i, 5) % 1400)::INTEGER AS platform_since, 'film' AS process,
            '44' AS region, (5 + hash(i, 6) % 80)::BIGINT AS employees, (350000000 {spread})::BIGINT AS
            annual_revenue_fen, (200000000 {spread})::BIGINT AS total_assets_fen, (90000000 {spread})::BIGINT AS
            total_debt_fen, substr('ABMCD', 1 + (hash(i, 7) % 5)::INTEGER, 1) AS tax_grade FROM range({firms}) t(i)""",
        "controllers": f"""SELECT 'C' || lpad(i::VARCHAR, 6, '0') AS controller_id, 'F' || lpad(i::VARCHAR, 6, '0') AS
            firm_id, (1955 + hash(i, 8) % 35)::BIGINT AS birth_year, 2005::BIGINT AS industry_since, hash(i, 9) % 4 > 0 AS
            owns_home, (200000000 {spread})::BIGINT AS net_assets_fen, 0::BIGINT AS worst_dpd_24m, (hash(i, 10) %
            5)::BIGINT AS enquiries_3m, false AS is_court_listed, 1::BIGINT AS related_firms, 0.6 AS equity_share,
            CASE WHEN hash(i, 11) % 10 > 0 THEN DATE '2024-01-01' + (hash(i, 12) % 1000)::INTEGER END AS consent_until
            FROM range({firms}) t(i)""",
        "orders": f"""SELECT 'O' || i AS order_id, {firm} AS firm_id, 'S' || hash(i, 13) % 40 AS supplier_id,
            {day} AS placed_on, {day} + (2 + hash(i, 14) % 8)::INTEGER AS delivered_on, 'LLDPE' AS grade,
            round(15000 {spread}, 3) AS quantity_kg, (900000 {spread})::BIGINT AS price_fen_per_tonne,
            CASE WHEN hash(i, 15) % 2 = 0 THEN 'cash' ELSE 'facility' END AS paid_by,
            round({_chance("i", 16)}, 4) AS match_share FROM range({orders}) t(i)""",
        "invoices": f"""SELECT 'I' || i AS invoice_id, {firm} AS firm_id, 'B' || hash(i, 17) % {firms // 10 + 1} AS
            buyer_id, {day} AS issued_on, {day} + 60 AS due_on, (3000000 {spread})::BIGINT AS amount_fen,
            CASE WHEN hash(i, 18) % 20 > 0 THEN {day} + (30 + hash(i, 19) % 90)::INTEGER END AS paid_on,
            CASE WHEN hash(i, 18) % 20 > 0 THEN (3000000 {spread})::BIGINT ELSE 0 END AS paid_fen, 0::BIGINT AS
            dilution_fen FROM range({invoices}) t(i)""",
        "operations": f"""SELECT 'F' || lpad((i // 48)::VARCHAR, 6, '0') AS firm_id, DATE '2022-01-01' +
            to_months((i % 48)::INTEGER) AS month, (hash(i, 20) % 30)::BIGINT AS logins, (hash(i, 21) % 8)::BIGINT AS
            quotes FROM range({firms * 48}) t(i)""",
        "facilities": f"""SELECT 'K' || i AS facility_id, {firm} AS firm_id, 'purchase_loan' AS product, 'credit_sale' AS
            wrapper, 'L1' AS lender_id, {day} AS opened_on, {day} + 45 AS due_on, (10000000 {spread})::BIGINT AS
            principal_fen, 0.146 AS rate_annual, 0::BIGINT AS fee_fen, 0::BIGINT AS deposit_fen, 'none' AS collateral,
            CASE WHEN hash(i, 22) % 200 = 0 THEN 'defaulted' ELSE 'repaid' END AS status, {day} + (40 + hash(i, 23) %
            30)::INTEGER AS closed_on FROM range({facilities}) t(i)""",
        "payments": f"""SELECT 'P' || i AS payment_id, 'K' || i AS facility_id, {day} + 45 AS due_on, (10000000
            {spread})::BIGINT AS due_fen, CASE WHEN hash(i, 22) % 200 > 0 THEN {day} + (40 + hash(i, 23) % 30)::INTEGER END
            AS paid_on, CASE WHEN hash(i, 22) % 200 > 0 THEN (10000000 {spread})::BIGINT ELSE 0 END AS paid_fen
            FROM range({facilities}) t(i)""",
        "bureau": f"""SELECT 'E' || i AS event_id, CASE WHEN hash(i, 24) % 2 = 0 THEN {firm} END AS firm_id,
            CASE WHEN hash(i, 24) % 2 = 1 OR hash(i, 25) % 9 = 0 THEN {person} END AS controller_id, {day} AS happened_on,
            {day} + 3 AS known_on, (['enquiry', 'new_loan', 'guarantee', 'lawsuit', 'phone_change'])[1 + (hash(i, 26) %
            5)::INTEGER] AS kind FROM range({firms * 5}) t(i)""",
        "visits": f"""SELECT 'V' || i AS visit_id, {firm} AS firm_id, {day} AS visited_on, (['fine', 'fine', 'concern',
            'alarm'])[1 + (hash(i, 27) % 4)::INTEGER] AS finding, 60000::BIGINT AS cost_fen FROM range({firms * 4}) t(i)""",
        "decisions": f"""SELECT 'D' || i AS decision_id, {firm} AS firm_id, {day} AS decided_on, 'purchase_loan' AS
            product, 'accepted' AS outcome, (20000000 {spread})::BIGINT AS limit_fen, 45::BIGINT AS term_days, 0.146 AS
            rate_annual, 0.035 AS pd_annual, 'made up' AS model_version, false AS is_override
            FROM range({facilities}) t(i)""",
        "resin_prices": f"""SELECT DATE '2022-01-01' + i::INTEGER AS date, 'LLDPE' AS grade, (900000 {spread})::BIGINT AS
            price_fen_per_tonne FROM range({DAYS}) t(i)""",
    }  # fmt: skip
    with duckdb.connect(config={"memory_limit": "2GB"}) as connection:
        connection.execute("SET preserve_insertion_order = false")
        for name in TABLES:
            target = folder / f"{name}.parquet"
            connection.execute(
                f"COPY (SELECT *, 'made up' AS source FROM ({made[name]})) TO '{target}' (FORMAT parquet)"
            )


class Memory:
    """The largest resident memory of this process and its children together, bytes, sampled twenty times a second."""

    def __init__(self) -> None:
        self.peak, self._is_over = 0, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        me = psutil.Process()
        while not self._is_over.wait(0.05):
            held = 0
            for process in [me, *me.children(recursive=True)]:
                try:
                    held += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self.peak = max(self.peak, held)


def cpu_seconds() -> float:
    """Processor time of this process and of its children that have ended: what a busy machine stretches least."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def tell(what: str, rows: int, seconds: float, cpu: float, memory: Memory) -> None:
    """One line of the table."""
    speed, held = rows / seconds, f"{memory.peak / 1e9:.2f} GB"
    print(f"{what:<54}{rows:>10,} rows{seconds:>7.1f} s{cpu:>7.1f} CPU s{speed:>9,.0f} rows/s  {held}", flush=True)


def main(firms: int = FIRMS) -> None:
    """Measure and print."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        whole, sample = Path(name) / "whole", Path(name) / "sample"
        for folder, size in ((whole, firms), (sample, max(firms // SAMPLED, 50))):
            folder.mkdir()
            generate(folder, size)
        print(f"{firms * ORDERS_A_FIRM:,} orders of {firms:,} firms, {MONTHS} month ends, {WORKERS} processes")
        speeds = {}
        for groups in ("CBTPXI", "CBTPXIN"):
            started, cpu = time.perf_counter(), cpu_seconds()
            with Memory() as memory:
                rows = write_firm_months(whole, Path(name) / "out.parquet", MONTHS, groups=groups, workers=WORKERS).rows
            seconds = time.perf_counter() - started
            speeds[groups] = rows / seconds
            tell(f"DuckDB over Parquet, groups {groups}", rows, seconds, cpu_seconds() - cpu, memory)
        started, cpu = time.perf_counter(), cpu_seconds()
        with Memory() as memory:
            rows = len(firm_month_table(read_tables(sample), MONTHS))
        seconds = time.perf_counter() - started
        tell(f"pandas in memory, a {SAMPLED}th, groups CBTPXIN", rows, seconds, cpu_seconds() - cpu, memory)
        print(f"rows a second, ratio to pandas: {speeds['CBTPXIN'] / (rows / seconds):.1f}")
        one_day(Path(name) / "few")


def one_day(folder: Path, firms: int = 500) -> None:
    """What a daily review of a platform of some hundred firms costs: the best of fifteen days."""
    folder.mkdir()
    generate(folder, firms)
    tables = read_tables(folder)
    spent = []
    for day in range(15):
        started = time.perf_counter()
        as_of(tables, FIRST + timedelta(days=1000 + day))
        spent.append(time.perf_counter() - started)
    print(f"as_of, {firms} firms on one day: {1000 * min(spent):.1f} ms")


if __name__ == "__main__":
    main(*[int(word) for word in sys.argv[1:]])
