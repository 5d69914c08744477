"""`creditlab ladder explain`: a refusal with its way out on one page, and wrong calls with exit code 2."""

import json
from datetime import timedelta

import pytest
from synthetic_platform import START, platform_tables

from credit.files import DATA
from credit.overrides import Override, Verdict, append
from credit.tables import read_tables, write_tables

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
        (("--policy", "single", "--product", "machine_lease"), "no such product"),
    ],
)
def test_the_page_says_it_in_words(command, words, says):
    result = command("ladder", "explain", NEWCOMER, *words)
    assert result.exit_code == 0
    assert says in " ".join(result.stdout.split())


def test_an_unknown_policy_is_told_the_names_that_there_are(command):
    told = command("ladder", "explain", NEWCOMER, "--policy", "blnid")
    assert told.exit_code == 2
    assert "must be one of: ladder, bank, single, blind, or a policy file" in " ".join(told.stderr.split())


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
    assert told["application"]["product"] == "purchase_loan.goods_controlled"


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


def test_overrides_are_counted_from_log_and_tables(command, tmp_path):
    write_tables(platform_tables(firms=8, days=400, seed=2), tmp_path / "tables")
    decisions, log = read_tables(tmp_path / "tables")["decisions"], tmp_path / "log.jsonl"
    if decisions.empty:
        pytest.fail("the made-up platform must decide something")
    first = decisions.sort_values("decided_on").iloc[0]
    append(log, Override(
        decision_id=first["decision_id"], firm_id=first["firm_id"], product=first["product"],
        decided_on=first["decided_on"].date(), role="credit_committee", reason="strategic_client",
        model_version=first["model_version"], pd_annual=0.2,
        model_said=Verdict(outcome="refused", limit_fen=0, term_days=0),
        decided=Verdict(outcome="offered", limit_fen=1_000_000, term_days=30),
    ))  # fmt: skip
    words = ("ladder", "overrides", log, "--tables", tmp_path / "tables", "--as-of", "2030-01-01")
    told = json.loads(command(*words, "--json").stdout)
    assert (told["logged"], told["overrides"], told["decisions"]) == (1, 1, len(decisions))
    assert [group["name"] for group in told["groups"]] == ["model_followed", "overridden", "strategic_client"]
    assert "no experiment" in " ".join(command(*words).stdout.split())
    before = json.loads(command("ladder", "overrides", log, *words[3:6], "2015-01-01", "--json").stdout)
    assert (before["logged"], before["decisions"], before["override_rate"]) == (0, 0, None)
    log.write_text("{}\n", encoding="utf-8")
    damaged = command(*words)
    assert damaged.exit_code == 2
    assert "row 1" in damaged.stderr
