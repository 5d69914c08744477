"""Matching never beats its bound, never breaks a mandate, and a looser mandate never lowers the fill."""

import itertools
import json
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credit.allotment import priorities
from credit.errors import BadInput
from credit.funding import Matching, match
from credit.funding_market import NET_YIELD_STEP, Floor
from credit.funding_program import Objective
from credit.mandates import (
    MANDATES,
    ConcentrationLimit,
    Fit,
    Mandate,
    TermRange,
    Ticket,
    load_mandate,
    load_mandates,
    mandate_schema,
)
from credit.rating import load_master_scale
from credit.shelf import PRODUCTS as SHELF
from credit.shelf import shelf_of

SCALE = load_master_scale()
PRODUCTS, REGIONS = ["purchase_loan", "machine_lease"], ["GD", "ZJ", "SD"]


def mandate(**change):
    fields = {
        "name": "funder",
        "title": "A funder",
        "as_of": date(2026, 1, 1),
        "source": "test",
        "confidence": "assumption",
        "capacity": 1_000_000.0,
        "funding_cost_annual": 0.05,
        "yield_minimum_annual": 0.0,
        "products": "any",
        "grades": "any",
        "regions": "any",
        "term_days": TermRange(least=1, most=3660),
        "ticket": Ticket(most=1e9),
        "obligor_share_most": 1.0,
    }
    return Mandate(**(fields | change))


def asset(number, **change):
    fields = {
        "asset_id": f"a{number}",
        "firm_id": f"f{number}",
        "product": "purchase_loan",
        "grade": "B1",
        "region": "GD",
        "term_days": 45,
        "amount_fen": 10_000_000,
        "rate_annual": 0.12,
        "expected_loss_annual": 0.01,
        "retained_share": 0.0,
        "first_loss_share": 0.0,
        "first_loss_form": "none",
    }
    return fields | change


def drawn(count, seed, firms=None):
    draws = np.random.default_rng(seed)
    loss = draws.uniform(0.0, 0.03, count)
    return pd.DataFrame(
        [
            asset(
                i,
                firm_id=f"f{draws.integers(0, firms or count)}",
                product=str(draws.choice(PRODUCTS)),
                grade=str(draws.choice(SCALE.names[:-1])),
                region=str(draws.choice(REGIONS)),
                term_days=int(draws.integers(7, 400)),
                amount_fen=int(draws.integers(1, 60)) * 500_000,
                rate_annual=float(0.06 + 0.08 * draws.random()),
                expected_loss_annual=float(loss[i]),
                retained_share=float(draws.choice([0.0, 0.3])),
            )
            for i in range(count)
        ]
    )


@st.composite
def markets(draw, with_lots=False):
    """A few dozen assets, two to four mandates, and the same mandates with one of them loosened."""
    assets = drawn(draw(st.integers(10, 40)), draw(st.integers(0, 10**6)), firms=draw(st.integers(3, 30)))
    total = float(assets["amount_fen"].sum() / 100)
    wanted = []
    for number in range(draw(st.integers(2, 4))):
        capacity = round(total * draw(st.floats(0.05, 0.6)))
        wanted.append(
            mandate(
                name=f"m{number}",
                capacity=float(capacity),
                minimum_lot=float(capacity // 2) if with_lots and draw(st.booleans()) else 0.0,
                products=draw(st.sampled_from(["any", PRODUCTS[:1], PRODUCTS[1:]])),
                grades=draw(st.sampled_from(["any", SCALE.names[:4]])),
                yield_minimum_annual=draw(st.sampled_from([0.0, 0.08, 0.10])),
                funding_cost_annual=draw(st.sampled_from([0.03, 0.05, 0.07])),
                term_days=TermRange(least=1, most=draw(st.sampled_from([60, 200, 3660]))),
                retained_share_minimum=draw(st.sampled_from([0.0, 0.3])),
                obligor_share_most=draw(st.sampled_from([0.2, 1.0])),
                limits=draw(
                    st.sampled_from([[], [ConcentrationLimit(by="region", share_most=0.4)],
                                     [ConcentrationLimit(by="grade", among=["B1", "C1"], share_most=0.2)]])
                ),
            )
        )  # fmt: skip
    first = wanted[0]
    looser = draw(
        st.sampled_from(
            [
                {"capacity": first.capacity * 1.5},
                {"products": "any", "grades": "any"},
                {"yield_minimum_annual": 0.0},
                {"term_days": TermRange(least=1, most=3660)},
                {"retained_share_minimum": 0.0},
                {"obligor_share_most": 1.0},
                {"limits": []},
                {"minimum_lot": 0.0},
                {"funding_cost_annual": 0.01},
            ]
        )
    )
    return assets, wanted, [first.model_copy(update=looser), *wanted[1:]]


def check_account(told: Matching, assets: pd.DataFrame, wanted: list[Mandate]) -> None:
    """Whole assets, once each, within every mandate and limit; the rest has a reason."""
    joined = told.placements.merge(assets.drop(columns="amount_fen"), on="asset_id")
    assert joined["asset_id"].tolist() == assets["asset_id"].tolist()
    for each in wanted:
        own = joined[joined["funder"] == each.name]
        assert own["amount_fen"].sum() <= each.capacity_fen
        assert own.groupby("firm_id")["amount_fen"].sum().max() <= each.obligor_cap_fen or own.empty
        assert not each.misses(own).any()
        assert own.empty or own["amount_fen"].sum() >= each.minimum_lot * 100
    caps = told.limits[told.limits["kind"] != "floor"]
    assert (caps["placed_fen"] <= caps["amount_fen"]).all()
    assert told.placed_fen + told.unmatched["amount_fen"].sum() == told.offered_fen
    assert set(told.unmatched["asset_id"]) == set(joined.loc[joined["funder"].isna(), "asset_id"])
    assert told.unmatched["nearest"].isin([each.name for each in wanted]).all()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(markets())
def test_a_looser_mandate_never_lowers_the_programme_and_nothing_beats_the_bound(market):
    assets, wanted, looser = market
    for objective in Objective:
        tight, loose = (match(assets, m, key="k", objective=objective) for m in (wanted, looser))
        assert loose.programme_value >= tight.programme_value * (1 - 1e-7) - 1e-6
        for told, mandates in ((tight, wanted), (loose, looser)):
            check_account(told, assets, mandates)
            assert told.value <= told.bound * (1 + 1e-7) + 1e-6


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(markets(with_lots=True))
def test_minimum_lots_are_kept_and_looser_ones_never_lower_the_programme(market):
    assets, wanted, looser = market
    tight, loose = (match(assets, m, key="k", objective=Objective.FILL) for m in (wanted, looser))
    assert loose.programme_value >= tight.programme_value * (1 - 1e-7) - 1e-6
    check_account(tight, assets, wanted)
    check_account(loose, assets, looser)


def test_an_unmatched_asset_could_go_nowhere():
    """Swap-free optimality: no unmatched asset fits with any funder that still has room."""
    assets = drawn(300, 5, firms=40)
    wanted = [mandate(name="m0", capacity=1.2e7, grades=SCALE.names[:5], obligor_share_most=0.1),
              mandate(name="m1", capacity=0.8e7, limits=[ConcentrationLimit(by="region", share_most=0.3)])]  # fmt: skip
    told = match(assets, wanted, key="k")
    admitted = told.unmatched[told.unmatched["reason"] != "no_mandate"]
    assert len(admitted) > 20
    assert (admitted["short_fen"] > 0).all()
    assert told.gap_share < 0.03


def test_two_funders_by_hand():
    # The cheap funder may take only A grades and has room for one; the dear one takes anything.
    assets = pd.DataFrame(
        [
            asset(1, grade="A1", rate_annual=0.10, expected_loss_annual=0.0),
            asset(2, grade="A1", rate_annual=0.10, expected_loss_annual=0.0),
            asset(3, grade="B1", rate_annual=0.12, expected_loss_annual=0.01),
        ]
    )
    cheap = mandate(name="cheap", capacity=100_000.0, grades=["A1"], funding_cost_annual=0.04)
    dear = mandate(name="dear", capacity=200_000.0, funding_cost_annual=0.06)
    told = match(assets, [cheap, dear], key="k")
    assert told.fill_rate == 1.0
    assert told.funders["assets"].tolist() == [1, 2]
    assert told.placements["funder"].iloc[2] == "dear"
    assert told.value == pytest.approx(100_000 * (0.06 + 0.04 + 0.05))
    prices = told.limits.set_index("limit")["shadow_price"]
    # One more yuan of the cheap funder moves one from the dear one: it is worth the difference of their costs.
    assert prices["cheap: capacity"] + prices["cheap: obligors at their most"] == pytest.approx(0.02, abs=1e-6)


def test_a_shadow_price_is_what_one_more_yuan_is_worth():
    assets = drawn(400, 11)
    base = [mandate(name="m0", capacity=1e7, limits=[ConcentrationLimit(by="region", share_most=0.3)]),
            mandate(name="m1", capacity=8e6, funding_cost_annual=0.06, grades=SCALE.names[:4])]  # fmt: skip
    told = match(assets, base, key="k")
    price = told.limits.set_index("limit").loc["m1: capacity", "shadow_price"]
    more = match(assets, [base[0], base[1].model_copy(update={"capacity": 8e6 + 1000.0})], key="k")
    assert price > 0.0
    assert more.programme_value - told.programme_value == pytest.approx(price * 1000.0, rel=0.05)


def test_turns_depend_on_key_and_name_alone():
    names = [f"a{i}" for i in range(500)]
    turn = priorities(names, "key")
    assert priorities(names[::-1], "key").tolist() == turn[::-1].tolist()
    assert priorities(["a7"], "key")[0] == turn[7]
    assert np.corrcoef(np.argsort(np.argsort(turn)), np.argsort(np.argsort(priorities(names, "other"))))[0, 1] < 0.15


def test_the_order_of_rows_changes_nothing_and_the_key_only_turns():
    assets = drawn(200, 3)
    wanted = [mandate(name="m0", capacity=6e6), mandate(name="m1", capacity=4e6, products=PRODUCTS[:1])]
    told = match(assets, wanted, key="k")
    shuffled = match(assets.sample(frac=1.0, random_state=1), wanted, key="k")
    pd.testing.assert_frame_equal(
        told.placements.sort_values("asset_id", ignore_index=True),
        shuffled.placements.sort_values("asset_id", ignore_index=True),
    )
    other = match(assets, wanted, key="another")
    assert other.programme_value == pytest.approx(told.programme_value)
    assert (other.placements["funder"] != told.placements["funder"]).any()


def test_margins_decide_to_the_step_of_a_cell():
    assets = pd.DataFrame([asset(i, rate_annual=0.10 + i * NET_YIELD_STEP) for i in range(20)])
    told = match(assets, [mandate(capacity=500_000.0)], key="k")
    placed = told.placements["funder"].notna().to_numpy()
    assert placed.tolist() == [False] * 15 + [True] * 5


# --- fairness ---


def poor_and_rich():
    rows = [asset(i, region="GD", rate_annual=0.14) for i in range(10)]
    rows += [asset(10 + i, region="ZJ", rate_annual=0.10) for i in range(10)]
    return pd.DataFrame(rows)


def test_a_floor_serves_the_group_that_margin_would_leave_out_and_has_its_price():
    one = [mandate(capacity=1_000_000.0)]
    assert match(poor_and_rich(), one, key="k").fill_by("region").loc["ZJ", "fill_rate"] == 0.0
    fair = match(poor_and_rich(), one, key="k", floor=Floor("region", 0.4))
    assert fair.fill_by("region")["fill_rate"].tolist() == [0.6, 0.4]
    assert fair.limits.set_index("limit").loc["floor: region ZJ", "shadow_price"] == pytest.approx(0.04)
    assert fair.value <= fair.bound * (1 + 1e-9)


def test_a_floor_that_cannot_be_met_is_refused_with_the_largest_that_can():
    with pytest.raises(BadInput, match=r"largest share that every group can have is 50\.0%"):
        match(poor_and_rich(), [mandate(capacity=1_000_000.0)], key="k", floor=Floor("region", 0.6))
    with pytest.raises(BadInput, match="no mandate admits any asset of this group"):
        match(poor_and_rich(), [mandate(regions=["GD"])], key="k", floor=Floor("region", 0.1))
    with pytest.raises(BadInput, match=r"floor\.by"):
        match(poor_and_rich(), [mandate()], key="k", floor=Floor("colour", 0.1))


# --- reasons ---


def test_a_mandate_that_excludes_everything_is_an_answer_not_an_error():
    told = match(drawn(30, 1), [mandate(yield_minimum_annual=0.5), mandate(name="b", regions=["XJ"])], key="k")
    assert told.fill_rate == 0.0
    assert told.funders["excludes_most"].tolist() == ["yield", "region"]
    assert set(told.unmatched["reason"]) == {"no_mandate"}
    assert set(told.unmatched["misses"]) <= {"yield", "region"}


def test_why_names_the_nearest_mandate_and_what_would_have_to_change():
    assets = pd.DataFrame(
        [asset(1, grade="C1", term_days=200), asset(2, amount_fen=90_000_000), asset(3, amount_fen=30_000_000)]
    )
    near = mandate(name="near", grades=["A1", "B1"], capacity=1_000_000.0)
    far = mandate(name="far", grades=["A1"], term_days=TermRange(least=7, most=90), yield_minimum_annual=0.2)
    told = match(assets, [near, far], key="k", objective=Objective.FILL)
    first = told.unmatched.set_index("asset_id").loc["a1"]
    assert (first["reason"], first["nearest"], first["misses"]) == ("no_mandate", "near", "grade")
    assert told.why("a1") == [
        "near: grade C1: must be one of A1, B1",
        "far: grade C1: must be one of A1; term 200 days: must lie from 7 to 90; rate 12.00%: must be at least 20.00%",
    ]
    blocked = told.unmatched.set_index("asset_id").loc["a3"]
    assert (blocked["reason"], blocked["nearest"], blocked["short_fen"]) == ("capacity", "near", 20_000_000)
    assert told.why("a3")[0] == "near: capacity is 200,000 yuan short"
    assert told.why("a2") == []


def test_a_mandate_below_its_minimum_lot_takes_nothing_and_says_so():
    assets = pd.DataFrame([asset(i) for i in range(3)])
    told = match(assets, [mandate(minimum_lot=500_000.0)], key="k")
    assert told.fill_rate == 0.0
    assert set(told.unmatched["reason"]) == {"minimum_lot"}
    assert not told.funders["takes_part"].any()
    both = match(assets, [mandate(minimum_lot=200_000.0), mandate(name="b", minimum_lot=200_000.0)], key="k")
    assert sorted(both.funders["assets"]) == [0, 3]  # apart neither would reach its lot


def test_first_loss_counts_only_in_an_accepted_form():
    wants = mandate(first_loss_share_minimum=0.1, first_loss_forms=["subordinated_tranche"])
    assets = pd.DataFrame(
        [
            asset(1, first_loss_share=0.1, first_loss_form="subordinated_tranche"),
            asset(2, first_loss_share=0.1, first_loss_form="licensed_guarantor"),
            asset(3, first_loss_share=0.05, first_loss_form="subordinated_tranche"),
        ]
    )
    assert wants.misses(assets).tolist() == [0, Fit.FIRST_LOSS, Fit.FIRST_LOSS]


# --- files ---


def test_the_mandates_of_the_house_read_and_stand_on_the_scale():
    assert len(load_mandates(scale=SCALE)) >= 4


def test_every_mandate_of_the_house_admits_some_asset_of_a_shelf_in_which_nothing_is_exotic():
    """A mandate that speaks of products nobody makes, or asks what nobody gives, would wait for ever."""
    pool = pd.DataFrame(
        [
            asset(
                number, product=product, grade=grade, term_days=term, amount_fen=amount, retained_share=kept,
                rate_annual=0.16, expected_loss_annual=0.01, first_loss_share=cover, first_loss_form=form,
            )
            for number, (product, grade, (term, amount), kept, (cover, form)) in enumerate(
                itertools.product(
                    sorted(shelf_of()), ["A2", "B2"], [(60, 30_000_000), (720, 60_000_000)], [0.0, 0.3],
                    [(0.0, "none"), (0.1, "subordinated_tranche")],
                )
            )
        ]
    )  # fmt: skip
    for mandate in load_mandates(scale=SCALE):
        admitted = set(pool.loc[mandate.misses(pool) == 0, "product"])
        wanted = sorted(shelf_of()) if mandate.products == "any" else mandate.products
        assert admitted == set(wanted), f"{mandate.name} admits {admitted}, and says that it wants {wanted}"


def test_a_mandate_speaks_of_products_on_the_shelf_and_a_new_file_is_enough_to_be_there(tmp_path):
    text = (MANDATES / "city_bank.yaml").read_text(encoding="utf-8").replace("turnover_revolver", "bridge_loan")
    path = tmp_path / "mandates" / "city_bank.yaml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match="turnover_revolver") as refused:
        load_mandate(path, SCALE)
    assert [problem.field for problem in refused.value.problems] == ["products.2", "limits.2.among.0"]
    assert {problem.value for problem in refused.value.problems} == {"bridge_loan"}
    shelf = tmp_path / "products"
    shelf.mkdir()
    revolver = (SHELF / "turnover_revolver.yaml").read_text(encoding="utf-8")
    (shelf / "anything.yaml").write_text(revolver.replace("turnover_revolver", "bridge_loan", 1), encoding="utf-8")
    assert "bridge_loan" in load_mandate(path, SCALE).products


def test_editors_know_the_fields_of_a_mandate():
    assert json.loads((MANDATES / "schema.json").read_text(encoding="utf-8")) == mandate_schema()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("capacity: 400000000", "capacity: -1", "capacity"),
        ("capacity: 400000000", "capacity: 400000000\ncapcity: 3", "capcity"),
        ("least: 15, most: 180", "least: 200, most: 180", "term_days.most: 180: must not be below least, 200"),
        ("minimum_lot: 20000000", "minimum_lot: 900000000", "minimum_lot: 900000000: must not exceed capacity"),
        ("grades: [A1,", "grades: [AAA,", "must be one of A1"),
        ("products: [purchase_loan, receivables_advance, turnover_revolver]", "products: []", "products"),
        ("retained_share_minimum: 0.30", "first_loss_share_minimum: 0.30", "first_loss_forms.*excludes everything"),
        ("ticket: {least: 100000,", "ticket: {least: 9000000,", "obligor_share_most: 0.02: .*excludes everything"),
        ("share_most: 0.40", "share_most: 40", "share_most"),
    ],
)
def test_broken_mandates_are_refused(tmp_path, old, new, told):
    text = (MANDATES / "city_bank.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "city_bank.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput, match=told):
        load_mandate(path, SCALE)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda a: a.drop(columns="grade"), "needs this column"),
        (lambda a: a.assign(asset_id="x"), "must stand once"),
        (lambda a: a.assign(amount_fen=0), "whole fen > 0"),
        (lambda a: a.assign(rate_annual=-0.1), "rate_annual"),
        (lambda a: a.assign(rate_annual=np.nan), "rate_annual"),
        (lambda a: a.head(0), "at least one asset"),
    ],
)
def test_broken_assets_are_refused(change, told):
    with pytest.raises(BadInput, match=told):
        match(change(drawn(5, 0)), [mandate()], key="k")


def test_mandates_must_exist_and_differ_in_name():
    with pytest.raises(BadInput, match="at least one mandate"):
        match(drawn(5, 0), [], key="k")
    with pytest.raises(BadInput, match="must stand once"):
        match(drawn(5, 0), [mandate(), mandate()], key="k")
