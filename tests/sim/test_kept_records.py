"""A run's folder alone tells every fen: to the laboratory's auditor, and to SQL that shares no line with it."""

import json
import shutil

import duckdb
import numpy as np
import pandas as pd
import pytest

from sim.arms.arm import arm_named, live_arm
from sim.books.kept_events import write_run
from sim.books.kept_records import RECORDS, TABLES, read_records
from sim.books.records import records_of
from sim.books.records_audit import audit

FATE = {"sudden_stop_ppm": 200_000, "without_surety_ppm": 200_000, "platform_first_loss_ppm": 50_000}
"""Enough misfortune that a small market has defaults, losses and a platform that bears some."""
CLAIM = """sum(case when kind in ('drawn', 'rolled_in', 'capitalised') then amount
                    when kind in ('repaid', 'rolled_out') or starts_with(kind, 'recovered_') then -amount
                    else 0 end)"""
DISAGREE = {
    "what is open follows from movements": f"""
        with moved as (select facility, {CLAIM} as claim from flows group by facility)
        select facility from positions left join moved using (facility) where open <> coalesce(claim, 0)""",
    "instalments paid are movements": """
        with paid as (select facility, sum(greatest(paid, 0)) as paid from payments group by facility),
             came as (select facility, sum(amount) as came from flows
                      where kind in ('repaid', 'interest', 'service') or starts_with(kind, 'recovered_')
                      group by facility)
        select facility from facilities left join paid using (facility) left join came using (facility)
        where product not in ('turnover_revolver', 'receivables_advance') and coalesce(paid, 0) <> coalesce(came, 0)""",
    "the books of a party balance": "select day, party from balances group by day, party having sum(amount) <> 0",
    "a claim is somebody's debt": """
        select day from balances group by day
        having sum(amount) filter (account in ('loans', 'debts')) <> 0
            or sum(amount) filter (account in ('receivables', 'payables')) <> 0
            or sum(amount) filter (account in ('deposits_placed', 'deposits_held')) <> 0""",
    "cash is neither made nor lost": """
        select 1 from (select distinct sum(amount) from balances where account = 'cash' group by day)
        having count(*) > 1""",
    "the loans of lenders are the claims": f"""
        with sheets as (select day, sum(amount) as loans from balances
                        where account = 'loans' and starts_with(party, 'lender') group by day)
        select sheets.day from sheets left join flows on flows.day <= sheets.day
        group by sheets.day, loans having loans <> coalesce({CLAIM}, 0)""",
    "channels sum to the loss": """
        select 1 where (select coalesce(sum(loss_fen), 0) from losses where payer <> 'supplier')
            <> (select sum(lender_loss_fen + platform_loss_fen) from daily)""",
    "a decision rests on what was known": """
        select decision_id from decisions left join decision_inputs using (decision_id)
        where judged_on is null or judged_on > decided_on or model_version is null""",
}
"""What must hold, each with a question whose answer is then empty."""


@pytest.fixture(scope="module")
def market(make_market):
    return make_market(firms=60, days=300, seed=4, scenario="resin_crash_2008", policy=arm_named("ladder"), **FATE)


@pytest.fixture(scope="module")
def run(market, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "run"
    write_run(market, live_arm(market), folder, with_events=True)
    return folder


def broken(run) -> set[str]:
    """What does not hold, by SQL over the files."""
    base = duckdb.connect()
    for file in (*run.glob(f"{RECORDS}/*.parquet"), run / "events" / "losses.parquet", run / "decisions.parquet"):
        numbered = "row_number() over () - 1 as facility, " if file.stem in ("positions", "facilities") else ""
        if not (file.parent.name != RECORDS and file.stem == "facilities"):
            base.execute(f"create table {file.stem} as select {numbered}* from '{file}'")
    return {rule for rule, question in DISAGREE.items() if base.sql(question).fetchall()}


def moved_by_a_fen(run, tmp_path, table, column, row=-1):
    """A copy of the run in which one number is another."""
    other = tmp_path / "other"
    shutil.copytree(run, other)
    file = other / f"{table}.parquet"
    frame = pd.read_parquet(file)
    frame.loc[frame.index[row], column] += 1
    frame.to_parquet(file)
    return other


def test_by_sql_over_its_files_alone_every_fen_agrees(run):
    assert broken(run) == set()
    flows = pd.read_parquet(run / RECORDS / "flows.parquet")
    assert {"defaulted", "written_down", "first_loss", "recovered_goods"} <= set(flows["kind"])


@pytest.mark.parametrize(
    ("table", "column", "rules"),
    [
        ("records/flows", "amount", {"what is open follows from movements", "instalments paid are movements",
                                     "the loans of lenders are the claims"}),
        ("records/positions", "open", {"what is open follows from movements"}),
        ("records/balances", "amount", {"the books of a party balance"}),
        ("events/losses", "loss_fen", {"channels sum to the loss"}),
    ],
)  # fmt: skip
def test_a_fen_moved_in_a_file_is_found_by_sql_and_by_the_command(command, run, tmp_path, table, column, rules):
    row = -1
    if table == "records/flows":
        flows = pd.read_parquet(run / f"{table}.parquet")
        product = pd.read_parquet(run / RECORDS / "facilities.parquet")["product"].to_numpy()[flows["facility"]]
        row = int(flows.index[(flows["kind"] == "repaid") & (product == "purchase_loan")][-1])
    elif table == "events/losses":
        row = int(np.flatnonzero(pd.read_parquet(run / f"{table}.parquet")["payer"] == "lender")[0])
    other = moved_by_a_fen(run, tmp_path, table, column, row)
    assert rules <= broken(other)
    told = command("audit", other, "--json")
    assert told.exit_code == 1
    answer = json.loads(told.stdout)
    assert not answer["is_clean"]
    assert answer["discrepancies"]
    assert "do NOT agree" in " ".join(command("audit", other).stdout.split())


def test_the_command_finds_a_sound_run_sound_and_tells_who_paid(command, run):
    told = command("audit", run, "--json")
    assert told.exit_code == 0
    answer = json.loads(told.stdout)
    assert answer["is_clean"]
    assert answer["losses_by_channel"]
    whole = next(row for row in answer["waterfall"] if row["product"] == "all")
    assert whole.pop("exposure_fen") == sum(value for name, value in whole.items() if name != "product") > 0
    assert "agree to the fen" in " ".join(command("audit", run).stdout.split())


def test_files_are_the_records_and_read_back_they_pass_the_same_audit(market, run):
    records, about = read_records(run / RECORDS)
    original = records_of(market)
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(records, name), getattr(original, name))
    assert records.first_day == original.first_day
    assert audit(records, about.fee_ppm) == []
    assert any(about.fee_ppm.values())


def test_every_decision_has_the_very_inputs_that_the_platform_had(market, run):
    inputs = pd.read_parquet(run / RECORDS / "decision_inputs.parquet").set_index("decision_id")
    decisions, rests = pd.read_parquet(run / "decisions.parquet"), market.desk.decisions.rests_on
    assert list(inputs.index) == list(decisions["decision_id"])
    numbers = rests.columns()["decision"]
    for number in range(0, len(rests), 37):
        row = inputs.loc[f"D{numbers[number]:08d}"]
        told = market.desk.decisions.inputs_of(number)
        assert row["judged_on"].date() == market.date_of(told.pop("judged_on"))
        assert dict(row.drop("judged_on").dropna()) == told


def test_without_records_the_command_says_how_to_get_some(command, run, tmp_path):
    told = command("audit", tmp_path)
    assert told.exit_code == 2
    assert "simulate --out DIR --events" in " ".join(told.stderr.split())
    other = tmp_path / "other"
    shutil.copytree(run, other)
    (other / RECORDS / "flows.parquet").unlink()
    told = command("audit", other)
    assert told.exit_code == 2
    assert "flows.parquet" in "".join(told.stderr.split())
    (other / RECORDS / "about.json").write_text('{"first_day": -1, "fees": []}')
    assert "first_day" in command("audit", other).stderr
