"""Whole assets of a small market: the best there is, so that no looser mandate ever places less."""

import itertools
from datetime import date

import numpy as np
import pandas as pd
import pytest

from credit.errors import BadInput
from credit.exact_allotment import Rounding
from credit.funding import match
from credit.funding_market import Floor
from credit.funding_program import Objective
from credit.mandates import ConcentrationLimit, Mandate, TermRange, Ticket

GRADES, REGIONS, PRODUCTS = ["A1", "A2", "B1", "B2", "C1"], ["GD", "ZJ", "SD"], ["purchase_loan", "machine_lease"]
LOOSER = {
    "capacity": lambda m: m.capacity * 1.3,
    "products": lambda m: "any",
    "grades": lambda m: "any",
    "regions": lambda m: "any",
    "term_days": lambda m: TermRange(least=1, most=3660),
    "ticket": lambda m: Ticket(most=1e9),
    "yield_minimum_annual": lambda m: 0.0,
    "retained_share_minimum": lambda m: 0.0,
    "obligor_share_most": lambda m: min(1.0, m.obligor_share_most * 1.5),
    "limits": lambda m: [each.model_copy(update={"share_most": min(1.0, each.share_most * 1.3)}) for each in m.limits],
    "minimum_lot": lambda m: m.minimum_lot / 2,
    "funding_cost_annual": lambda m: m.funding_cost_annual - 0.01,
}
"""Every criterion of a mandate, and one way to ask less of it."""


def drawn_market(seed, assets=(8, 41), funders=(2, 7), step_fen=500_000):
    """Assets and mandates with caps, concentration limits and, now and then, a minimum lot."""
    draws = np.random.default_rng(seed)
    count = int(draws.integers(*assets))
    offered = pd.DataFrame(
        {
            "asset_id": [f"a{number}" for number in range(count)],
            "firm_id": [f"f{number}" for number in draws.integers(0, max(count // 2, 2), count)],
            "product": draws.choice(PRODUCTS, count),
            "grade": draws.choice(GRADES, count),
            "region": draws.choice(REGIONS, count),
            "term_days": draws.integers(7, 400, count),
            "amount_fen": draws.integers(1, 30_000_000 // step_fen + 1, count) * step_fen,
            "rate_annual": draws.uniform(0.06, 0.14, count),
            "expected_loss_annual": draws.uniform(0.0, 0.03, count),
            "retained_share": draws.choice([0.0, 0.3], count),
            "first_loss_share": 0.0,
            "first_loss_form": "none",
        }
    )
    total = offered["amount_fen"].sum() / 100
    wanted = []
    for number in range(int(draws.integers(*funders))):
        capacity = float(round(total * draws.uniform(0.05, 0.5)))
        wanted.append(
            Mandate(
                name=f"m{number}",
                title="Drawn mandate",
                as_of=date(2026, 1, 1),
                source="drawn for the test",
                confidence="assumption",
                capacity=capacity,
                minimum_lot=float(round(capacity * 0.6)) if draws.random() < 0.2 else 0.0,
                funding_cost_annual=float(draws.uniform(0.03, 0.07)),
                yield_minimum_annual=float(draws.choice([0.0, 0.08])),
                products="any" if draws.random() < 0.6 else PRODUCTS[: int(draws.integers(1, 3))],
                grades=GRADES[: int(draws.integers(2, 6))],
                regions="any" if draws.random() < 0.6 else REGIONS[: int(draws.integers(1, 4))],
                term_days=TermRange(least=1, most=int(draws.integers(90, 400))),
                ticket=Ticket(most=float(draws.choice([200_000.0, 1e9]))),
                retained_share_minimum=float(draws.choice([0.0, 0.0, 0.3])),
                obligor_share_most=float(draws.uniform(0.2, 1.0)),
                limits=[ConcentrationLimit(by="region", share_most=float(draws.uniform(0.3, 0.8)))]
                if draws.random() < 0.5
                else [],
            )
        )
    return offered, wanted


def loosened(wanted, seed):
    """The mandates with one criterion of one of them loosened."""
    draws = np.random.default_rng(seed)
    who, what = int(draws.integers(len(wanted))), list(LOOSER)[seed % len(LOOSER)]
    return [m.model_copy(update={what: LOOSER[what](m)}) if n == who else m for n, m in enumerate(wanted)]


def is_kept(told, assets, wanted):
    """Every limit of every mandate in whole fen, counted from the placements alone."""
    joined = told.placements.merge(assets.drop(columns="amount_fen"), on="asset_id")
    for each in wanted:
        own = joined[joined["funder"] == each.name]
        placed = own["amount_fen"].sum()
        most = [own.groupby(limit.by)["amount_fen"].sum().max() <= int(each.capacity_fen * limit.share_most)
                for limit in each.limits]  # fmt: skip
        if own.empty:
            continue
        if not (
            round(each.minimum_lot * 100) <= placed <= each.capacity_fen
            and own.groupby("firm_id")["amount_fen"].sum().max() <= each.obligor_cap_fen
            and not each.misses(own).any()
            and all(most)
        ):
            return False
    return True


def best_by_trying_everything(assets, wanted):
    """Largest (fen placed, margin then) and largest margin over every placement that keeps every limit."""
    names = [None, *(each.name for each in wanted)]
    admits = [[None, *(each.name for each in wanted if each.misses(assets.iloc[[row]])[0] == 0)]
              for row in range(len(assets))]  # fmt: skip
    margin = {each.name: each.margin_annual(assets) * assets["amount_fen"].to_numpy() / 100 for each in wanted}
    amount, firm, region = (assets[name].to_numpy() for name in ("amount_fen", "firm_id", "region"))
    best_fill, best_margin = (0, 0.0), 0.0
    for choice in itertools.product(*admits):
        taken = np.array([names.index(name) for name in choice])
        for number, each in enumerate(wanted, start=1):
            own = taken == number
            placed = amount[own].sum()
            if not own.any():
                continue
            if not round(each.minimum_lot * 100) <= placed <= each.capacity_fen:
                break
            if max(amount[own & (firm == one)].sum() for one in set(firm[own])) > each.obligor_cap_fen:
                break
            if any(amount[own & (region == one)].sum() > int(each.capacity_fen * limit.share_most)
                   for limit in each.limits for one in set(region[own])):  # fmt: skip
                break
        else:
            earned = sum(margin[name][row] for row, name in enumerate(choice) if name is not None)
            best_fill = max(best_fill, (int(amount[taken > 0].sum()), earned))
            best_margin = max(best_margin, earned)
    return best_fill, best_margin


@pytest.mark.parametrize("seed", range(72))
def test_a_looser_mandate_never_places_less_and_never_earns_less(seed):
    # With amounts in steps of 5,000 yuan the search ends in these; the next test has amounts to the fen.
    assets, wanted = drawn_market(seed)
    looser = loosened(wanted, seed)
    for objective in Objective:
        tight, loose = (match(assets, m, key="k", objective=objective) for m in (wanted, looser))
        assert is_kept(tight, assets, wanted)
        assert is_kept(loose, assets, looser)
        assert {tight.rounding, loose.rounding} <= {Rounding.EXACT, Rounding.EXACT_FIRST}
        if objective is Objective.FILL:
            assert loose.placed_fen >= tight.placed_fen
            assert loose.fill_loss_most_fen == 0
        else:
            assert loose.value >= tight.value * (1 - 1e-8) - 1e-6
            assert loose.fill_loss_most_fen is None
        assert tight.value <= tight.bound * (1 + 1e-7) + 1e-6


@pytest.mark.parametrize("seed", range(12))
def test_amounts_to_the_fen_fall_by_no_more_than_the_answer_says(seed):
    assets, wanted = drawn_market(seed, step_fen=1)
    looser = loosened(wanted, seed)
    tight, loose = (match(assets, m, key="k", objective=Objective.FILL, exact_nodes_most=300) for m in (wanted, looser))
    assert is_kept(tight, assets, wanted)
    assert is_kept(loose, assets, looser)
    assert tight.placed_fen - loose.placed_fen <= loose.fill_loss_most_fen
    assert (loose.fill_loss_most_fen > 0) <= (loose.rounding is Rounding.NODE_LIMIT)
    assert loose.fill_loss_most_fen < 0.002 * loose.offered_fen


@pytest.mark.parametrize("seed", range(15))
def test_nothing_is_better_than_the_exact_placement(seed):
    assets, wanted = drawn_market(seed, assets=(4, 7), funders=(2, 4), step_fen=1 if seed % 2 else 500_000)
    (fill, earned), margin = best_by_trying_everything(assets, wanted)
    told = match(assets, wanted, key="k", objective=Objective.FILL)
    assert told.rounding is Rounding.EXACT
    assert (told.placed_fen, told.margin_yuan_a_year) == (fill, pytest.approx(earned, rel=1e-9))
    assert match(assets, wanted, key="k").value == pytest.approx(margin, rel=1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_a_looser_mandate_never_places_less_beside_a_floor(seed):
    assets, wanted = drawn_market(seed, assets=(20, 41))
    wanted = [each.model_copy(update={"regions": "any", "minimum_lot": 0.0}) for each in wanted]
    floor = Floor("region", 0.1)
    try:
        tight = match(assets, wanted, key="k", objective=Objective.FILL, floor=floor)
    except BadInput:
        return  # nothing is promised of a market that cannot meet its floor
    loose = match(assets, loosened(wanted, seed), key="k", objective=Objective.FILL, floor=floor)
    assert loose.placed_fen >= tight.placed_fen
    assert (tight.fill_by("region")["fill_rate"] >= 0.1 - 1e-9).all()


def one_large_asset():
    rows = drawn_market(3)[0].head(2).assign(region=["GD", "ZJ"], amount_fen=[10_000_000, 90_000_000], rate_annual=0.14)
    wanted = drawn_market(3)[1][0].model_copy(
        update={"capacity": 550_000.0, "products": "any", "grades": "any", "regions": "any", "limits": [],
                "term_days": TermRange(least=1, most=3660), "ticket": Ticket(most=1e9), "minimum_lot": 0.0,
                "retained_share_minimum": 0.0, "yield_minimum_annual": 0.0, "obligor_share_most": 1.0}
    )  # fmt: skip
    half = rows.iloc[[1, 1]].assign(asset_id=["b0", "b1"], amount_fen=45_000_000)
    return pd.concat([rows.iloc[[0]], half], ignore_index=True), wanted


def test_a_floor_that_only_parts_of_assets_could_meet_is_refused_by_name():
    assets, wanted = one_large_asset()
    assert match(assets, [wanted], key="k", floor=Floor("region", 0.4)).fill_by("region").loc["ZJ", "fill_rate"] == 0.5
    with pytest.raises(BadInput, match=r"floor\.share_least.*cannot be met with whole assets"):
        match(assets, [wanted.model_copy(update={"capacity": 520_000.0})], key="k", floor=Floor("region", 0.4))


def test_a_search_that_gives_up_says_so_and_keeps_every_limit():
    assets, wanted = drawn_market(21, assets=(38, 41), funders=(5, 6), step_fen=1)
    told = [match(assets, wanted, key="k", objective=Objective.FILL, exact_nodes_most=1) for _ in range(2)]
    allotted = match(assets, wanted, key="k", objective=Objective.FILL, exact_pairs_most=0)
    assert told[0].rounding is Rounding.NODE_LIMIT
    assert allotted.rounding is Rounding.LARGE_MARKET
    assert is_kept(told[0], assets, wanted)
    assert is_kept(allotted, assets, wanted)
    assert told[0].value >= allotted.value
    assert told[0].fill_loss_most_fen > 0
    pd.testing.assert_frame_equal(told[0].placements, told[1].placements)


@pytest.mark.parametrize("seed", range(20))
def test_without_the_search_fill_falls_by_at_most_an_asset_a_cell_and_funder(seed):
    assets, wanted = drawn_market(seed, assets=(60, 300), step_fen=1)
    wanted = [each.model_copy(update={"minimum_lot": 0.0}) for each in wanted]
    tight, loose = (
        match(assets, m, key="k", objective=Objective.FILL, exact_pairs_most=0)
        for m in (wanted, loosened(wanted, seed))
    )
    assert tight.placed_fen - loose.placed_fen <= loose.fill_loss_most_fen
    assert loose.fill_loss_most_fen <= loose.rounding_loss_most_fen
