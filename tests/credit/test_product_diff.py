"""Two versions of a product on a book: sums, signs and who flips for which reason."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit.client_books import read_book, synthetic_book
from credit.errors import BadInput
from credit.files import DATA
from credit.product_diff import product_diff, totals
from credit.product_verdicts import PRICE_REASONS, verdicts
from credit.products import Product, load_product
from credit.tables import write_tables
from lab.commands.price import price

LOAN = load_product(DATA / "products" / "purchase_loan.yaml")
BOOK = read_book(DATA / "books" / "example.csv")
PRODUCTS = sorted((DATA / "products").glob("*.yaml"))
MONEY = ("volume_fen", "expected_loss_fen", "margin_fen", "profit_fen")


def with_numbers(product: Product, **values: float) -> Product:
    """The product with other values in all its forms."""
    content = product.model_dump()
    for form in content["forms"].values():
        for path, value in values.items():
            held = form
            for step in path.split("__"):
                held = held[step]
            held |= {"value": value, "low": None, "high": None}
    return Product.model_validate(content)


@pytest.mark.parametrize("path", PRODUCTS, ids=lambda path: path.stem)
def test_the_same_file_twice_changes_nothing(path):
    product = load_product(path)
    diff = product_diff(product, load_product(path), BOOK)
    assert diff.changes == ()
    assert diff.flips["came_in"] == diff.flips["fell_out"] == 0
    assert diff.old == diff.new
    assert all(client.old == client.new for client in diff.clients)


def test_totals_are_the_sum_over_the_clients_and_those_who_are_out_bring_nothing():
    diff = product_diff(LOAN, with_numbers(LOAN, day_rate=0.00033, deposit_share=0.25), BOOK)
    for told, version in ((diff.old, "old"), (diff.new, "new")):
        said = [getattr(client, version) for client in diff.clients]
        for field in MONEY:
            assert getattr(told, field) == sum(getattr(verdict, field) for verdict in said)
            assert all(getattr(verdict, field) == 0 for verdict in said if not verdict.is_in)
        assert told.clients == sum(verdict.is_in for verdict in said)
        held = [verdict for verdict in said if verdict.is_in]
        low, high = min(v.nominal_irr for v in held), max(v.nominal_irr for v in held)
        assert low <= told.nominal_irr <= high
    assert sum(diff.flips.values()) == len(BOOK.clients)


def test_in_means_that_the_price_covers_the_required_rate_which_is_a_pd_up_to_break_even():
    diff = product_diff(LOAN, with_numbers(LOAN, day_rate=0.00033), BOOK)
    for client in diff.clients:
        for verdict in (client.old, client.new):
            covers = verdict.nominal_irr >= verdict.required_rate_annual
            assert covers == (client.pd_annual <= verdict.break_even_pd)
            assert covers == (not set(verdict.reasons) & set(PRICE_REASONS))
            if verdict.is_in:
                assert verdict.margin_fen >= 0


@pytest.mark.parametrize(("path", "term"), [("purchase_loan", 45), ("machine_lease", 730), ("turnover_revolver", 365)])
def test_a_client_is_judged_on_the_numbers_that_the_price_command_tells(path, term):
    product = load_product(DATA / "products" / f"{path}.yaml")
    form = product.first_form
    least = product.forms[form].eligibility.months_on_platform_minimum.value
    clients = BOOK.clients.head(3).assign(term_days=term, months_on_platform=least, orders=50)
    for pd_annual, verdict in zip(clients["pd_annual"], verdicts(product, replace(BOOK, clients=clients)), strict=True):
        own_term = term if product.forms[form].term_unit == "days" else round(term * 12 / 365)
        told = price(product, form, float(pd_annual), None, own_term, None)
        assert verdict.nominal_irr == told.nominal_irr
        assert verdict.effective_annual_rate == told.effective_annual_rate
        assert verdict.required_rate_annual == pytest.approx(told.after_vat.required_rate_annual, rel=1e-12)
        assert verdict.break_even_pd == pytest.approx(told.after_vat.break_even_pd, rel=1e-12)


def test_a_bullet_loan_worked_by_hand():
    """300,000 yuan of goods, 15 % deposit: 255,000 owed for 30 days, again and again until the client leaves.

    Goods are sold by a trading company: VAT of 13 % and surcharges are in the price of time. One year on the platform
    leaves a quarter of the .8 % that never meant to pay.
    """
    clients = BOOK.clients.head(1).assign(
        pd_annual=0.03, amount_fen=30_000_000, term_days=30, months_on_platform=12, orders=9, match_share=1.0,
        days_past_due=0,
    )  # fmt: skip
    (verdict,) = verdicts(LOAN, replace(BOOK, clients=clients))
    years, fraud = 30 / 365, 0.008 / 4
    default = 1 - 0.97**years
    there = (1 - default) * 0.7**years / 1.055**years  # honest, not gone, discounted
    first = 1 + (1 - fraud) * there / (1 - there)  # cycles of money, the first counted once
    mean = (1 - there) / -np.log(there)  # over a cycle, of what falls evenly within it
    lgd = 0.25 * 0.55 + 0.75 * (1 - 0.2667) * (1 - 0.215 / (0.85 * 1.012))
    unpaid = (fraud + (1 - fraud) * default + (first - 1) * default) / first
    loss = (fraud * 0.9 / mean + ((1 - fraud) * default + (first - 1) * default) * lgd) / first
    rate = ((0.85 * (1 + 0.0004 * 30)) / (0.85 - 0.003) - 1) / years
    kept = rate * (1 - 0.13 / 1.13 * 1.12)
    assert verdict.volume_fen == 25_500_000
    assert verdict.expected_loss_fen == pytest.approx(25_500_000 * loss, abs=2)
    margin = kept * (1 - unpaid) - (1 - 0.07875) * 0.055 - 0.025 - loss / years - 0.07875 * 0.15 / 0.75
    assert verdict.margin_fen == pytest.approx(25_500_000 * years * margin, abs=2)


@settings(max_examples=25)
@given(st.floats(0.00025, 0.0008), st.floats(0.00025, 0.0008))
def test_dearer_gains_no_taker_and_lets_in_only_by_price_cover(one, other):
    cheap, dear = sorted(round(rate, 6) for rate in (one, other))
    late = {"overdue_day_rate": 0.001}
    diff = product_diff(with_numbers(LOAN, day_rate=cheap, **late), with_numbers(LOAN, day_rate=dear, **late), BOOK)
    for client in diff.clients:
        assert client.new.take_up <= client.old.take_up
        assert client.flip != "fell_out"
        if client.flip == "came_in":
            assert set(client.flip_reasons) <= set(PRICE_REASONS)
            assert client.new.nominal_irr >= client.new.required_rate_annual > client.old.nominal_irr


@settings(max_examples=25)
@given(st.floats(0.0, 1.0), st.sampled_from(PRODUCTS))
def test_a_riskier_book_is_never_more_profitable_at_equal_terms(step, path):
    product = load_product(path)
    form = product.forms[product.first_form]
    own = form.own_term.default.value
    days = own if form.term_unit == "days" else round(own * 365 / 12)
    clients = BOOK.clients.assign(term_days=days)
    safer = replace(BOOK, clients=clients)
    riskier = replace(BOOK, clients=clients.assign(pd_annual=clients["pd_annual"] * (1 - step) + 0.9 * step))
    safe, risky = (totals(verdicts(product, book)) for book in (safer, riskier))
    assert safe.clients > 0
    assert risky.margin_fen <= safe.margin_fen
    assert risky.profit_fen <= safe.profit_fen
    assert risky.clients <= safe.clients


def test_a_stricter_minimum_puts_out_whom_it_names_and_nobody_else():
    stricter = with_numbers(LOAN, eligibility__months_on_platform_minimum=12)
    diff = product_diff(LOAN, stricter, BOOK)
    assert {change.field.rsplit(".", 2)[-2] for change in diff.changes} == {"months_on_platform_minimum"}
    assert {(c.old, c.new, c.unit) for c in diff.changes if "open_account" in c.field} == {(3, 12, "count")}
    fell = {client.firm_id for client in diff.clients if client.flip == "fell_out"}
    young = BOOK.clients.loc[BOOK.clients["months_on_platform"] < 12, "firm_id"]
    was_in = {client.firm_id for client in diff.clients if client.old.is_in}
    assert fell == was_in & set(young)
    assert all(client.flip_reasons == ("too_new",) for client in diff.clients if client.flip == "fell_out")
    assert diff.flips["came_in"] == 0


def test_a_shorter_longest_term_puts_out_those_who_want_longer():
    diff = product_diff(LOAN, with_numbers(LOAN, term__longest=45), BOOK)
    for client in diff.clients:
        assert ("term_not_allowed" in client.new.reasons) == (client.term_days > 45)


def test_a_form_that_is_gone_puts_out_those_who_ask_for_it_and_an_unheard_one_is_refused():
    content = LOAN.model_dump()
    del content["forms"]["goods_controlled"]
    less = Product.model_validate(content)
    asked = replace(BOOK, clients=BOOK.clients.assign(form="goods_controlled"))
    diff = product_diff(LOAN, less, asked)
    assert diff.flips["fell_out"] == diff.old.clients > 0
    assert {client.new.reasons for client in diff.clients} == {("form_not_offered",)}
    assert all(change.new is None for change in diff.changes)
    assert diff.new.nominal_irr is None
    with pytest.raises(BadInput, match="must be one of the forms open_account, goods_controlled"):
        product_diff(LOAN, less, replace(BOOK, clients=BOOK.clients.assign(form="lease")))


def test_the_example_book_is_what_its_assumptions_draw():
    shipped = pd.read_csv(DATA / "books" / "example.csv")
    pd.testing.assert_frame_equal(shipped, synthetic_book(200, 7))
    assert set(shipped["source"]) == {"synthetic"}


def test_a_book_reads_the_same_from_csv_and_parquet_in_yuan_and_in_fen(tmp_path: Path):
    frame = pd.read_csv(DATA / "books" / "example.csv")
    in_fen = frame.rename(columns={"amount_yuan": "amount_fen"}).assign(amount_fen=frame["amount_yuan"] * 100)
    in_fen.to_parquet(tmp_path / "book.parquet")
    frame.to_parquet(tmp_path / "yuan.parquet")
    for name in ("book.parquet", "yuan.parquet"):
        pd.testing.assert_frame_equal(read_book(tmp_path / name).clients, BOOK.clients)


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("pd_annual", "1.0", "must be from 0 to below 1"),
        ("pd_annual", "3%", "must be a finite number"),
        ("pd_annual", "", "must not be missing"),
        ("amount_yuan", "-5", "must be above 0"),
        ("amount_yuan", "12.345", "must be an amount in yuan with at most two decimals"),
        ("term_days", "0", "must be from 1 to 3660"),
        ("match_share", "1.2", "must be from 0 to 1"),
        ("firm_id", "S0001", "stands in an earlier row already"),
    ],
)
def test_a_bad_cell_is_named_with_row_column_value_and_rule(tmp_path, column, value, rule):
    frame = pd.read_csv(DATA / "books" / "example.csv", dtype=str).head(5)
    frame.loc[3, column] = value
    path = tmp_path / "book.csv"
    frame.to_csv(path, index=False)
    with pytest.raises(BadInput) as caught:
        read_book(path)
    (problem,) = caught.value.problems
    assert (problem.row, problem.field, problem.value or "") == (4, column, value)
    assert rule in problem.rule


def test_unknown_missing_and_doubled_columns_and_an_empty_book_are_refused(tmp_path):
    frame = pd.read_csv(DATA / "books" / "example.csv").head(2)
    wrong = {
        "unknown column": frame.assign(name="Somebody"),
        "the column is missing": frame.drop(columns="term_days"),
        "must not stand beside amount_fen": frame.assign(amount_fen=1),
        "must hold at least one client": frame.head(0),
    }
    for rule, cells in wrong.items():
        cells.to_csv(tmp_path / "book.csv", index=False)
        with pytest.raises(BadInput, match=rule):
            read_book(tmp_path / "book.csv")


def test_money_scales_with_the_amount():
    twice = replace(BOOK, clients=BOOK.clients.assign(amount_fen=BOOK.clients["amount_fen"] * 2))
    for once, double in zip(verdicts(LOAN, BOOK), verdicts(LOAN, twice), strict=True):
        assert np.allclose([getattr(double, f) for f in MONEY], [2 * getattr(once, f) for f in MONEY], atol=2)


def test_a_certain_default_among_last_decisions_is_refused_with_its_row(tmp_path):
    decisions = pd.DataFrame(
        {
            "decision_id": ["D1", "D2"], "firm_id": ["F1", "F2"], "decided_on": [date(2025, 5, 1), date(2025, 3, 1)],
            "product": "purchase_loan", "outcome": "accepted", "limit_fen": 10_000_000, "term_days": 30,
            "rate_annual": 0.146, "pd_annual": [0.02, 1.0], "model_version": "m", "is_override": False, "source": "t",
        }
    )  # fmt: skip
    write_tables({"decisions": decisions}, tmp_path / "tables")
    with pytest.raises(BadInput) as caught:
        read_book(tmp_path / "tables")
    (problem,) = caught.value.problems
    assert (problem.row, problem.field, problem.value) == (2, "pd_annual", 1.0)
