"""The firm-month table: no look-ahead, no matter of order, and the same to the bit whether memory held it or not."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic_platform import START, platform_tables

from credit.errors import BadInput, WorkFailed
from credit.feature_specs import ALL_GROUPS, OWN_GROUPS, names_of
from credit.features import as_of, at_scale, firm_month_table
from credit.features.at_scale import read_firm_months, write_firm_months
from credit.features.network import comes_back
from credit.features.table import last_recorded, month_ends
from credit.tables import TABLES, conform, empty, read_tables, visible, write_tables


def linked_platform(seed: int = 5, firms: int = 24, days: int = 600) -> dict[str, pd.DataFrame]:
    """A platform with what makes pieces hard: persons who move, sureties for strangers, circles of trade, gaps."""
    tables = platform_tables(firms=firms, days=days, seed=seed)
    draw = np.random.default_rng(seed)
    ids = tables["firms"]["firm_id"].to_numpy(dtype=object)
    tables["orders"]["supplier_id"] = draw.choice(["S1", "S2", "S3", "B3", ids[0]], len(tables["orders"]))
    buyer = draw.random(len(tables["invoices"])) < 0.05
    tables["invoices"].loc[buyer, "buyer_id"] = draw.choice(ids, int(buyer.sum()))
    people = tables["controllers"]
    moved = people.iloc[:4].assign(firm_id=ids[-4:], valid_from=pd.Timestamp(START) + timedelta(days=300))
    tables["controllers"] = pd.concat([people.astype(object), moved.astype(object)], ignore_index=True)
    events = []
    for number in range(30):
        happened = pd.Timestamp(START) + timedelta(days=int(draw.integers(60, days)))
        events.append({
            "event_id": f"guarantee-{number}", "firm_id": str(draw.choice(ids)), "source": "made up",
            "controller_id": str(draw.choice(people["controller_id"].to_numpy(dtype=object))),
            "happened_on": happened, "known_on": happened, "kind": "guarantee",
        })  # fmt: skip
    tables["bureau"] = pd.concat([tables["bureau"], pd.DataFrame(events)], ignore_index=True)
    changed = (
        tables["firms"]
        .iloc[:6]
        .assign(valid_from=pd.Timestamp(START) + timedelta(days=350), annual_revenue_fen=7 * 10**8)
    )
    tables["firms"] = pd.concat([tables["firms"].astype(object), changed.astype(object)], ignore_index=True)
    return {name: conform(name, table) for name, table in tables.items()}


HISTORY = linked_platform()
DAYS = st.integers(30, 620).map(lambda days: START + timedelta(days=days))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("market") / "tables"
    write_tables(HISTORY, place)
    return place


@pytest.mark.parametrize(("pieces", "workers"), [(7, 1), (1000, 1), (9, 2)])
def test_a_folder_in_pieces_gives_what_as_of_gives_on_the_whole_feature_by_feature(folder, tmp_path, pieces, workers):
    out = tmp_path / "months.parquet"
    written = write_firm_months(folder, out, 12, workers=workers, firms_a_piece=pieces)
    told = pd.read_parquet(out)
    assert written.rows == len(told)
    tables = read_tables(folder)
    for end in written.months:
        rows = told[pd.to_datetime(told["month"]) == pd.Timestamp(end)].set_index("firm_id")
        whole = as_of(tables, end, ALL_GROUPS)
        assert list(rows.index) == list(whole.index)
        for feature in whole:
            np.testing.assert_array_equal(rows[feature].to_numpy(), whole[feature].to_numpy(), err_msg=feature)
    assert all(told[name].notna().any() for name in names_of("N"))


def test_memory_and_folder_give_the_same_table(folder):
    pd.testing.assert_frame_equal(
        firm_month_table(HISTORY, 7), read_firm_months(folder, 7).reset_index(drop=True), check_exact=True
    )


@settings(max_examples=8)
@given(day=DAYS)
def test_network_features_need_no_more_than_what_was_visible(day):
    pd.testing.assert_frame_equal(as_of(HISTORY, day, "N"), as_of(visible(HISTORY, day), day, "N"), check_exact=True)


@settings(max_examples=8)
@given(day=DAYS, shift=st.integers(1, 300), seed=st.integers(0, 99))
def test_a_future_moved_changed_or_added_to_changes_no_row_of_the_past(day, shift, seed):
    now, draw = pd.Timestamp(day), np.random.default_rng(seed)
    later = {name: table.copy() for name, table in HISTORY.items()}
    stranger = str(draw.choice(later["firms"]["firm_id"].to_numpy(dtype=object)))
    for name, column, other in (("orders", "placed_on", "supplier_id"), ("invoices", "issued_on", "buyer_id")):
        is_future = later[name][column] > now
        later[name].loc[is_future, column] += timedelta(days=shift)
        later[name].loc[is_future, other] = stranger  # circles and neighbours that nobody knows of yet
        key = TABLES[name].key[0]
        added = later[name][is_future].assign(**{key: later[name].loc[is_future, key] + "+"})
        later[name] = pd.concat([later[name], added], ignore_index=True)
    for name, column in {"orders": "delivered_on", "invoices": "paid_on", "payments": "paid_on"}.items():
        later[name].loc[later[name][column] > now, column] += timedelta(days=shift)
    later["bureau"].loc[later["bureau"]["known_on"] > now, "kind"] = "guarantee"
    moved = later["controllers"].iloc[:5].assign(firm_id=stranger, valid_from=now + timedelta(days=shift))
    later["controllers"] = conform(
        "controllers", pd.concat([later["controllers"], moved.drop_duplicates("controller_id")])
    )
    until = max(day, START + timedelta(days=31))
    before, after = (firm_month_table(tables, 3, until) for tables in (HISTORY, later))
    pd.testing.assert_frame_equal(before, after, check_exact=True)


def test_the_order_of_rows_changes_no_bit():
    shuffled = {name: table.sample(frac=1.0, random_state=4) for name, table in HISTORY.items()}
    pd.testing.assert_frame_equal(firm_month_table(HISTORY, 4), firm_month_table(shuffled, 4), check_exact=True)


def test_without_consent_no_c_feature_is_known_and_all_others_stay():
    withdrawn = dict(HISTORY, controllers=HISTORY["controllers"].assign(consent_until=pd.NaT))
    told, before = firm_month_table(withdrawn, 4), firm_month_table(HISTORY, 4)
    assert told[names_of("C")].isna().all(axis=None)
    assert before[names_of("C")].notna().any(axis=None)
    pd.testing.assert_frame_equal(told[names_of(*"BTPIN")], before[names_of(*"BTPIN")])


def test_the_month_ends_are_the_last_ones_on_record():
    assert month_ends(3, date(2024, 3, 30), None) == [date(2023, 12, 31), date(2024, 1, 31), date(2024, 2, 29)]
    assert month_ends(1, date(2024, 3, 31), None) == [date(2024, 3, 31)]
    assert month_ends(1, date(2024, 9, 9), date(2024, 3, 31)) == [date(2024, 3, 31)]


def test_no_month_end_lies_before_the_first_firm_came():
    assert month_ends(400, date(2024, 3, 30), None, date(2024, 1, 31)) == [date(2024, 1, 31), date(2024, 2, 29)]
    assert month_ends(9, date(2024, 3, 30), None, date(2024, 3, 9)) == [date(2024, 2, 29)]  # on which nobody has a row
    with pytest.raises(BadInput, match="when the first firm came"):
        month_ends(9, date(2024, 3, 30), date(2023, 12, 31), date(2024, 1, 31))


def test_more_months_than_were_lived_are_those_that_were_lived(folder):
    asked = firm_month_table(HISTORY, 400, groups="B")
    assert asked["month"].nunique() < 400
    pd.testing.assert_frame_equal(firm_month_table(folder, 400, groups="B"), asked)


# --- data stages, by hand


def stage_on(days: int, tables: dict[str, pd.DataFrame]) -> int:
    end = START + timedelta(days=days)
    told = firm_month_table(tables, 1, end)
    return int(told.set_index("firm_id").loc["F0000", "data_stage"])


def test_a_file_thickens_with_trade_and_not_with_time_alone():
    one = platform_tables(firms=1, days=1100, seed=1)
    joined = (one["firms"]["platform_since"].iloc[0] - pd.Timestamp(START)).days
    stages = [stage_on(days, one) for days in range(joined + 31, 1090, 30)]
    assert (np.diff(stages) >= 0).all()
    assert set(stages) == {1, 2, 3}
    silent = {name: table if name in ("firms", "resin_prices") else empty(name) for name, table in one.items()}
    assert {stage_on(days, silent) for days in (500, 800, 1000)} == {0}


def test_a_file_thins_again_when_a_firm_falls_silent():
    one = platform_tables(firms=1, days=1100, seed=1)
    stop = pd.Timestamp(START) + timedelta(days=700)
    known = {"orders": "placed_on", "invoices": "issued_on", "facilities": "opened_on"}
    quiet = {name: table[table[known[name]] <= stop] if name in known else table for name, table in one.items()}
    assert stage_on(1050, one) == 3
    assert stage_on(1050, quiet) == 1


def test_three_products_make_a_young_file_thick():
    one = platform_tables(firms=1, days=1100, seed=1)
    third = one["facilities"]["opened_on"].sort_values().iloc[2]
    day = (third - pd.Timestamp(START)).days + 31  # the month end after the third drawdown
    products = one["facilities"].assign(product=[f"product_{k % 3}" for k in range(len(one["facilities"]))])
    assert stage_on(day, one) == 1
    assert stage_on(day, dict(one, facilities=products)) == 3


# --- network, by hand


def test_circles_of_up_to_four_edges_are_found_and_longer_ones_are_not():
    def circle(length: int) -> tuple[np.ndarray, np.ndarray]:
        nodes = np.arange(length)
        return nodes, (nodes + 1) % length

    for length in (1, 2, 3, 4, 5, 6):
        source, target = circle(length)
        assert comes_back(source, target, length).tolist() == [length <= 4] * length
    source, target = circle(4)  # with a way in and a way out, which lie on no circle
    found = comes_back(np.append(source, [4, 0]), np.append(target, [0, 5]), 6)
    assert found.tolist() == [True] * 4 + [False] * 2


@settings(max_examples=30)
@given(edges=st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), min_size=1, max_size=25, unique=True))
def test_circles_agree_with_an_exhaustive_search(edges):
    import networkx

    graph = networkx.DiGraph(edges)
    on_circle = set()
    for cycle in networkx.simple_cycles(graph, length_bound=4):
        on_circle |= set(zip(cycle, [*cycle[1:], cycle[0]], strict=True))
    source, target = np.array(edges).T
    assert comes_back(source, target, 8).tolist() == [edge in on_circle for edge in edges]


def test_a_firm_learns_from_what_befalls_others_and_not_from_itself():
    """Two firms sell to one buyer, who leaves only the first unpaid: the second is warned, the first is not."""
    tables = platform_tables(firms=2, days=200, seed=2)
    invoices = tables["invoices"].assign(buyer_id="one")
    is_first = invoices["firm_id"] == "F0000"
    invoices.loc[is_first, ["paid_on", "paid_fen"]] = [pd.NaT, 0]
    invoices["due_on"] = invoices["issued_on"] + timedelta(days=1)
    told = as_of(dict(tables, invoices=conform("invoices", invoices)), START + timedelta(days=190), "N")
    assert told.loc["F0001", "buyer_stress"] > 0.9
    assert told.loc["F0000", "buyer_stress"] <= told.loc["F0001", "buyer_stress"]
    paid = invoices.assign(paid_on=invoices["issued_on"] + timedelta(days=1), paid_fen=invoices["amount_fen"])
    calm = as_of(dict(tables, invoices=conform("invoices", paid)), START + timedelta(days=190), "N")
    assert not (calm["buyer_stress"] > 0.5).any()


def three_firms() -> dict[str, pd.DataFrame]:
    """Firms without events but one instalment of the first, 40 days past due on day 200."""
    tables = {name: empty(name) for name in TABLES}
    made = platform_tables(firms=3, days=200, seed=2)
    since = pd.Timestamp(START)
    tables |= {"firms": made["firms"].assign(platform_since=since), "controllers": made["controllers"]}
    loan = made["facilities"].head(1).assign(
        facility_id="K", firm_id="F0000", opened_on=since + timedelta(days=115), due_on=since + timedelta(days=160),
        status="open", closed_on=pd.NaT,
    )  # fmt: skip
    late = (
        made["payments"]
        .head(1)
        .assign(facility_id="K", due_on=since + timedelta(days=160), paid_on=pd.NaT, paid_fen=0, due_fen=1000)
    )
    return tables | {"facilities": conform("facilities", loan), "payments": conform("payments", late)}


def test_a_person_behind_two_firms_ties_them_and_trouble_of_one_shows_in_the_other():
    tables = three_firms()
    day = START + timedelta(days=200)
    alone = as_of(tables, day, "N")
    assert (alone["shared_identities"] == 0).all()
    assert alone["linked_stress"].isna().all()
    people = tables["controllers"].astype(object)
    taken = people[people["firm_id"] == "F0000"].assign(
        firm_id="F0001", valid_from=pd.Timestamp(START) + timedelta(days=90)
    )
    tied = dict(tables, controllers=conform("controllers", pd.concat([people, taken])))
    told = as_of(tied, day, "N")
    assert told["shared_identities"].tolist() == [1, 1, 0]
    assert told["linked_stress"].tolist()[:2] == [0.0, 1.0]  # the first is in trouble, the second only next to it
    before = as_of(tied, START + timedelta(days=89), "N")
    assert (before["shared_identities"] == 0).all()


def test_a_guarantee_for_a_stranger_ties_two_firms():
    tables = three_firms()
    surety = str(tables["controllers"].set_index("firm_id").loc["F0002", "controller_id"])
    given_on = pd.Timestamp(START) + timedelta(days=150)
    event = {"event_id": "G", "firm_id": "F0000", "controller_id": surety, "kind": "guarantee", "source": "by hand"}
    event |= {"happened_on": given_on, "known_on": given_on}
    told = as_of(dict(tables, bureau=conform("bureau", pd.DataFrame([event]))), START + timedelta(days=200), "N")
    assert told.loc["F0002", "linked_stress"] == 1.0  # it answers for a firm in arrears
    assert told.loc["F0000", "linked_stress"] == 0.0
    assert np.isnan(told.loc["F0001", "linked_stress"])
    assert (told["shared_identities"] == 0).all()  # surety is no identity


def test_clients_of_one_supplier_share_its_troubled_clients():
    tables = three_firms()
    order = {
        "supplier_id": "S", "placed_on": pd.Timestamp(START) + timedelta(days=180), "grade": "PP", "paid_by": "cash",
        "price_fen_per_tonne": 800_000, "source": "by hand",
    }  # fmt: skip
    masses = {"F0000": 3000.0, "F0001": 1000.0, "F0002": 6000.0}
    rows = [order | {"order_id": f"O-{firm}", "firm_id": firm, "quantity_kg": kg} for firm, kg in masses.items()]
    told = as_of(dict(tables, orders=conform("orders", pd.DataFrame(rows))), START + timedelta(days=200), "N")
    assert told["supplier_stress"].tolist() == [0.0, 3000 / 9000, 3000 / 4000]


def test_the_name_of_an_entity_says_nothing_and_rank_is_a_mean_of_one():
    day = START + timedelta(days=500)
    renamed = dict(HISTORY, orders=HISTORY["orders"].assign(supplier_id="x" + HISTORY["orders"]["supplier_id"]))
    told = as_of(renamed, day, "N")
    assert set(told.columns) == set(names_of("N"))
    rank = np.exp(told["log_trade_centrality"].dropna())
    assert 0.1 < rank.mean() < 10.0


# --- what is refused


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: {**t, "orders": t["orders"].drop(columns="quantity_kg")}, "quantity_kg"),
        (lambda t: {**t, "orders": t["orders"].assign(quantity_kg=np.inf)}, "quantity_kg"),
        (lambda t: {**t, "invoices": t["invoices"].assign(amount_fen="much")}, "amount_fen"),
        (lambda t: {**t, "orders": pd.concat([t["orders"], t["orders"].head(1)])}, "key stands twice"),
        (lambda t: {**t, "orders": t["orders"].assign(paid_by="barter")}, "paid_by.*must be one of: cash, facility"),
        (lambda t: {**t, "orders": t["orders"].assign(match_share=1.5)}, "match_share"),
        (lambda t: {**t, "invoices": t["invoices"].assign(amount_fen=-1)}, "amount_fen"),
        (lambda t: {**t, "wages": t["orders"]}, "wages"),
        (lambda t: {"orders": t["orders"]}, "firms"),
        (lambda t: {"firms": t["firms"]}, "nothing is recorded"),
    ],
)
def test_bad_tables_are_refused_by_name(change, said):
    with pytest.raises(BadInput, match=said):
        firm_month_table(change(HISTORY), 2)


def test_bad_arguments_are_refused_by_name(folder, tmp_path):
    with pytest.raises(BadInput, match="months"):
        firm_month_table(HISTORY, 0)
    with pytest.raises(BadInput, match="until"):
        firm_month_table(HISTORY, 2, last_recorded(HISTORY) + timedelta(days=1))
    with pytest.raises(BadInput, match="groups"):
        firm_month_table(HISTORY, 2, groups="CBQ")
    with pytest.raises(BadInput, match="parquet"):
        write_firm_months(folder, tmp_path / "months.csv", 2)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda place: (place / "visits.parquet").unlink(), "visits.parquet"),
        (lambda place: (place / "orders.parquet").write_bytes(b"not parquet"), "orders.parquet"),
        (lambda place: HISTORY["orders"].drop(columns="placed_on").to_parquet(place / "orders.parquet"), "placed_on"),
        (
            lambda place: HISTORY["orders"].assign(quantity_kg=np.nan).to_parquet(place / "orders.parquet"),
            "quantity_kg: must not be empty",
        ),
        (
            lambda place: HISTORY["orders"].assign(quantity_kg=np.inf).to_parquet(place / "orders.parquet"),
            "quantity_kg: must be a finite number",
        ),
        (
            lambda place: HISTORY["orders"].assign(placed_on="soon").to_parquet(place / "orders.parquet"),
            "orders.parquet: a cell has another type",
        ),
        (
            lambda place: pd.concat([HISTORY["orders"]] * 2).to_parquet(place / "orders.parquet"),
            "order_id: the key stands twice",
        ),
        (
            lambda place: HISTORY["orders"].assign(paid_by="barter").to_parquet(place / "orders.parquet"),
            "paid_by: must be one of: cash, facility",
        ),
        (
            lambda place: HISTORY["orders"].assign(quantity_kg=-1.0).to_parquet(place / "orders.parquet"),
            "quantity_kg: must be >= 0.001",
        ),
        (lambda place: HISTORY["orders"].assign(mood="good").to_parquet(place / "orders.parquet"), "mood"),
    ],
)
def test_a_spoilt_folder_is_refused_and_nothing_is_written(tmp_path, spoil, said):
    place, out = tmp_path / "tables", tmp_path / "out"
    write_tables(HISTORY, place)
    spoil(place)
    with pytest.raises(BadInput, match=said):
        write_firm_months(place, out / "months.parquet", 2)
    assert not out.exists() or list(out.iterdir()) == []


def test_work_that_is_cut_short_leaves_the_old_file_and_nothing_else(folder, tmp_path, monkeypatch):
    out = tmp_path / "months.parquet"
    write_firm_months(folder, out, 2)
    before = out.read_bytes()

    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_firm_months(folder, out, 3, on_step=interrupted)

    def exhausted(*_: object) -> None:
        raise MemoryError("no memory is left")

    monkeypatch.setattr(at_scale, "_rows_of_piece", exhausted)
    with pytest.raises(WorkFailed, match="no memory is left"):
        write_firm_months(folder, out, 3)
    assert out.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["months.parquet"]


def test_equal_tables_give_equal_files_whatever_the_pieces(folder, tmp_path):
    one, two = tmp_path / "one.parquet", tmp_path / "two.parquet"
    write_firm_months(folder, one, 2, firms_a_piece=100)
    write_firm_months(folder, two, 2, firms_a_piece=100, workers=2)
    assert one.read_bytes() == two.read_bytes()


def test_a_platform_without_firms_gives_a_table_without_rows(tmp_path):
    nobody = {name: table if name == "resin_prices" else empty(name) for name, table in HISTORY.items()}
    assert len(firm_month_table(nobody, 2)) == 0
    write_tables(nobody, tmp_path / "tables")
    written = write_firm_months(tmp_path / "tables", tmp_path / "months.parquet", 2)
    assert written.rows == 0
    assert list(pd.read_parquet(tmp_path / "months.parquet"))[3:] == names_of(*ALL_GROUPS)


def test_rows_of_unknown_firms_are_left_out(tmp_path):
    stranger = HISTORY["orders"].head(5).assign(firm_id="nobody", order_id=[f"x{k}" for k in range(5)])
    more = dict(HISTORY, orders=conform("orders", pd.concat([HISTORY["orders"], stranger])))
    told = firm_month_table(more, 3)
    pd.testing.assert_frame_equal(told, firm_month_table(HISTORY, 3), check_exact=True)
    write_tables(more, tmp_path / "tables")
    pd.testing.assert_frame_equal(told, firm_month_table(str(tmp_path / "tables"), 3), check_exact=True)


def test_three_rows_are_enough_to_begin_with():
    few = {name: table.head(3) for name, table in platform_tables(firms=3, days=120, seed=1).items()}
    told = firm_month_table(few, 2, groups=OWN_GROUPS)
    assert told["data_stage"].isin([0, 1]).all()


def test_the_command_writes_what_the_function_gives(command, folder, tmp_path):
    import json

    out = tmp_path / "months.parquet"
    told = command("features", folder, "--months", 3, "--out", out, "--workers", 1, "--json")
    assert told.exit_code == 0, told.output
    answer = json.loads(told.stdout)
    assert answer["rows"] == len(pd.read_parquet(out)) == len(firm_month_table(HISTORY, 3))
    assert sum(answer["data_stages"].values()) == answer["firms"]
    page = command("features", folder, "--months", 1, "--out", out, "--workers", 1)
    assert "data stage" in page.output
    refused = command("features", tmp_path / "nowhere", "--out", out)
    assert refused.exit_code == 2
    assert "does not exist" in refused.stderr
