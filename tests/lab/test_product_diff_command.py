"""`creditlab product diff`: a change of a file, told on a book."""

import json
from datetime import date

import pandas as pd
import pytest

from credit.files import DATA
from credit.tables import conform, write_tables

LOAN, BOOK = DATA / "products" / "purchase_loan.yaml", DATA / "books" / "example.csv"


@pytest.fixture
def dearer(tmp_path):
    path = tmp_path / "dearer.yaml"
    path.write_text(LOAN.read_text(encoding="utf-8").replace("{value: 0.0004,", "{value: 0.0005,"), encoding="utf-8")
    return path


@pytest.fixture
def told(command):
    def answer(*words):
        result = command("product", "diff", *words, "--json")
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    return answer


def differences(totals):
    return {name: moved["difference"] for name, moved in totals.items()}


def test_the_same_file_has_no_flips_and_differences_of_zero(told, command):
    answer = told(LOAN, LOAN, "--book", BOOK)
    assert answer["changes"] == []
    assert answer["old_hash"] == answer["new_hash"]
    assert set(differences(answer["totals"]).values()) == {0}
    assert not any(client["flip_reasons"] for client in answer["clients"])
    assert "The files say the same." in command("product", "diff", LOAN, LOAN, "--book", BOOK).stdout


def test_a_dearer_file_tells_price_cover_and_demand_apart(told, dearer):
    answer = told(LOAN, dearer, "--book", BOOK)
    assert {(change["old"], change["new"], change["unit"]) for change in answer["changes"]} == {
        (0.0004, 0.0005, "share per day")
    }
    moved = differences(answer["totals"])
    assert answer["flips"]["came_in"] == answer["came_in_by_price"] == moved["clients"] > 0
    assert answer["take_up_rises"] == 0 < answer["take_up_falls"]
    assert moved["takers"] < 0 < moved["margin_fen"]
    for name in ("volume_fen", "expected_loss_fen", "margin_fen", "profit_fen"):
        for version in ("old", "new"):
            assert answer["totals"][name][version] == sum(client[version][name] for client in answer["clients"])
    back = told(dearer, LOAN, "--book", BOOK)
    assert back["flips"]["fell_out"] == answer["flips"]["came_in"]
    assert differences(back["totals"]) == pytest.approx({name: -value for name, value in moved.items()})


def test_the_page_names_changes_totals_and_everybody_who_flips(command, told, dearer):
    page = command("product", "diff", LOAN, dearer, "--book", BOOK).stdout
    for words in (
        "What changed",
        "Clients that are in",
        "expected loss",
        "the old one did not",
        "likelier to take",
        "Who flips",
    ):
        assert words in page
    for client in told(LOAN, dearer, "--book", BOOK)["clients"]:
        assert (client["firm_id"] in page) == bool(client["flip_reasons"])


def test_a_folder_of_tables_is_the_book_of_its_last_decisions(told, dearer, tmp_path):
    days = [date(2025, 3, 1), date(2025, 5, 1), date(2025, 4, 1)]
    decisions = conform(
        "decisions",
        pd.DataFrame(
            {
                "decision_id": ["D1", "D2", "D3"], "firm_id": ["F1", "F1", "F2"], "decided_on": days,
                "product": "purchase_loan", "outcome": ["accepted", "accepted", "refused"],
                "limit_fen": [10_000_000, 20_000_000, 0], "term_days": [30, 60, 0], "rate_annual": [0.146, 0.146, 0.0],
                "pd_annual": [0.02, 0.03, 0.05], "model_version": "m", "is_override": False, "source": "test",
            }
        ),
    )  # fmt: skip
    write_tables({"decisions": decisions}, tmp_path / "tables")
    answer = told(LOAN, dearer, "--book", tmp_path / "tables")
    asked = [(c["firm_id"], c["pd_annual"], c["amount_fen"], c["term_days"]) for c in answer["clients"]]
    assert asked == [("F1", 0.03, 20_000_000, 60), ("F2", 0.05, 28_800_000, 30)]
    assert answer["completed_clients"] == 1
    assert "months_on_platform" in answer["unknown_facts"]


def test_a_bad_book_ends_with_two_and_names_row_column_value_and_rule(command, tmp_path):
    bad = tmp_path / "book.csv"
    bad.write_text("firm_id,pd_annual,amount_yuan,term_days\nA,0.02,1000,30\nB,1.5,1000,30\n", encoding="utf-8")
    result = command("product", "diff", LOAN, LOAN, "--book", bad)
    assert result.exit_code == 2
    assert result.stdout == ""
    said = " ".join(result.stderr.split())
    assert "row 2, pd_annual: '1.5': must be from 0 to below 1" in said
    assert command("product", "diff", LOAN, LOAN, "--book", tmp_path / "none.csv").exit_code == 2
