"""The model that judges clients was taught by a market of its own, and can be taught again."""

import json

import pytest

from credit.tables import hash_of_tables
from sim.market import MODEL, simulate
from sim.prehistory import Recipe, fitted_on, provenance, tables_of
from sim.scenario import load_scenario

SMALL = Recipe(firms=900, days=650, seed=99)
TINY = Recipe(firms=40, days=30, seed=99)


@pytest.fixture(scope="module")
def small_tables():
    return tables_of(SMALL)


def test_the_stored_model_belongs_to_the_parameters_product_and_policy_of_today():
    """Otherwise: python -m sim.prehistory data/models/purchase_pd.json."""
    stored = json.loads(MODEL.with_suffix(".recipe.json").read_text())
    assert {key: stored[key] for key in provenance(Recipe())} == provenance(Recipe())
    assert stored["data_hash"] == json.loads(MODEL.read_text())["data_hash"]


def test_the_same_recipe_gives_the_same_tables_and_the_same_tables_the_same_model(small_tables):
    assert hash_of_tables(tables_of(TINY)) == hash_of_tables(tables_of(TINY))
    first, again = fitted_on(small_tables), fitted_on(small_tables)
    assert first.model.to_json() == again.model.to_json()
    assert first.model.data_hash == hash_of_tables(small_tables)


def test_the_model_orders_firms_it_has_not_seen_better_than_chance(small_tables):
    assert fitted_on(small_tables).auc.low > 0.55


def test_an_expert_decides_in_the_prehistory_and_the_model_in_the_market(small_tables):
    assert set(small_tables["decisions"]["model_version"]) == {"expert-1"}
    decided = simulate(20, 40, 3, load_scenario("baseline")).tables["decisions"]["model_version"]
    assert len(set(decided)) == 1
    assert decided.iloc[0].startswith("default_model-")


def test_the_market_is_not_judged_by_the_draws_it_was_taught_with():
    assert Recipe().seed > 10**6  # runs use small seeds
    assert Recipe().starts_on < load_scenario("baseline").starts_on
