"""`creditlab ladder explain`: a refusal with its way out on one page, and wrong calls with exit code 2."""

import json
from datetime import timedelta

import pytest
from synthetic_platform import START, platform_tables

from credit.files import DATA
from credit.tables import write_tables

NEWCOMER = DATA / "firms" / "newcomer.yaml"


def explained(command, *words):
    result = command("ladder", "explain", *words, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_a_refusal_says_why_and_the_first_way_out_is_an_approval(command):
    told = explained(command, NEWCOMER)
    assert [reason["code"] for reason in told["reasons"]] == ["limit"]
    assert not told["is_approved"]
    assert told["is_within_reach"]
    first = told["changes"][0]["application"]
    again = explained(
        command, NEWCOMER, "--amount-yuan", first["amount_yuan"], "--term-days", first["term_days"],
        "--deposit-share", first["deposit_share"],
    )  # fmt: skip
    assert [lever["lever"] for lever in told["changes"][0]["levers"]] == ["amount"]
    assert again["is_approved"]
    assert again["reasons"] == again["changes"] == []
    assert again["price"] == told["changes"][0]["price"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "What would turn it"),
        (("--product", "growth_loan"), "Nothing within reach"),
        (("--amount-yuan", "100000"), "Yes."),
        (("--policy", "single_product", "--product", "machine_lease"), "no such product"),
    ],
)
def test_the_page_says_it_in_words(command, words, says):
    result = command("ladder", "explain", NEWCOMER, *words)
    assert result.exit_code == 0
    assert says in " ".join(result.stdout.split())


def test_the_arms_answer_the_same_question(command):
    ladder = explained(command, NEWCOMER, "--amount-yuan", 100_000)
    bank = explained(command, NEWCOMER, "--policy", "traditional_bank", "--product", "collateral_loan")
    assert bank["decision_days"] > ladder["decision_days"]
    assert bank["decision_cost_yuan"] > ladder["decision_cost_yuan"]
    assert all(fact["is_seen"] for fact in ladder["facts"])
    unseen = {fact["measure"] for fact in bank["facts"] if not fact["is_seen"]}
    assert {"orders_90d", "match_share", "logins_per_month"} <= unseen


def test_a_firm_from_tables(command, tmp_path):
    write_tables(platform_tables(firms=8, days=400, seed=2), tmp_path / "tables")
    day = START + timedelta(days=380)
    told = explained(command, "--tables", tmp_path / "tables", "--firm", "F0000", "--as-of", day.isoformat())
    assert (told["firm_id"], told["as_of"]) == ("F0000", day.isoformat())
    assert told["is_approved"] or told["reasons"]
    assert told["application"]["product"] == "purchase_goods_controlled"


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ((), "FIRM_YAML"),
        ((NEWCOMER, "--firm", "F1"), "--tables"),
        ((NEWCOMER, "--policy", "no_such_policy.yaml"), "no_such_policy.yaml"),
        ((NEWCOMER, "--amount-yuan", "-5"), "amount_yuan"),
        ((NEWCOMER, "--deposit-share", "1"), "deposit_share"),
        ((NEWCOMER, "--term-days", "0"), "term_days"),
    ],
)
def test_a_wrong_call_is_bad_input_and_names_it(command, words, field):
    result = command("ladder", "explain", *words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert field in "".join(result.stderr.split())
