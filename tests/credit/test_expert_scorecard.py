"""A card made of YAML: checked before it scores, the same everywhere, blended with outcomes as they come in."""

import json

import duckdb
import numpy as np
import pandas as pd
import pytest
import yaml

from credit.errors import BadInput
from credit.feature_specs import FEATURES
from credit.files import canonical_json, read_text
from credit.scorers.base import points_of
from credit.scorers.expert_form import SCORECARDS, expert_schema, read_form
from credit.scorers.expert_scorecard import ExpertScorecard
from sim.desk.underwriting import ExpertRule

CARDS = sorted(path.stem for path in SCORECARDS.glob("*.yaml"))


@pytest.fixture(scope="module")
def purchase():
    return ExpertScorecard.read("purchase_expert")


def clients(rows: int = 3000, seed: int = 3) -> pd.DataFrame:
    """Firm-months as they come, gaps included; features the card does not use left out by the caller."""
    rng = np.random.default_rng(seed)
    is_late = rng.random(rows) < 0.2
    worst = np.where(is_late, rng.geometric(0.08, rows), 0).astype(float)
    X = pd.DataFrame(
        {
            "worst_dpd_180d_days": worst,
            "current_dpd_days": np.where(rng.random(rows) < 0.3, worst, 0.0),
            "overdue_receivables_share": rng.beta(1, 6, rows),
            "sales_trend": rng.normal(0, 0.4, rows),
            "adverse_events_365d": rng.poisson(0.2, rows).astype(float),
            "is_court_listed": (rng.random(rows) < 0.01).astype(float),
            "private_worst_dpd_24m_days": np.where(rng.random(rows) < 0.85, 0.0, rng.geometric(0.05, rows)),
            "utilisation": rng.beta(3, 2, rows),
            "firm_age_years": rng.weibull(1.5, rows) * 8,
            "industry_years": rng.gamma(2, 5, rows),
            "debt_to_assets": rng.beta(5, 4, rows),
            "tax_grade_rank": rng.choice(5, rows, p=[0.1, 0.45, 0.35, 0.07, 0.03]).astype(float),
            "top_buyer_share": rng.beta(3, 6, rows),
            "match_share": rng.beta(30, 1.5, rows),
            "visit_concern": rng.choice([0.0, 1.0, 2.0, np.nan], rows, p=[0.3, 0.05, 0.01, 0.64]),
        }
    )
    return X.mask(rng.random(X.shape) < 0.03)


@pytest.mark.parametrize("name", CARDS)
def test_every_shipped_card_is_sound_and_says_what_each_line_rests_on(name):
    form = read_form(name)
    for feature in form.features:
        for attribute in feature.attributes:
            assert "[A]" in attribute.source or "http" in attribute.source or "DOMAIN" in attribute.source
    told = ExpertScorecard.read(name).table_.table()
    assert list(told.columns) == ["feature", "attribute", "points", "meaning"]
    assert told["meaning"].str.len().min() > 3
    known = FEATURES if form.columns == "firm_months" else form.columns
    assert set(told["feature"]) <= set(known)


def test_the_schema_for_editors_is_that_of_the_code():
    assert json.loads(read_text(SCORECARDS / "schema.json")) == expert_schema()


def test_it_judges_clients_as_the_markets_own_rule_does(purchase):
    X = clients()
    pds, _ = ExpertRule().judge(X.reindex(columns=list(FEATURES)))
    told = purchase.predict_pd(X)
    assert pd.Series(told).corr(pd.Series(pds), method="spearman") > 0.6
    assert 0.5 < told.mean() / np.mean(pds) < 2.0
    assert told[X["worst_dpd_180d_days"] > 30].mean() > 4 * told[X["worst_dpd_180d_days"] == 0].mean()


def test_a_firm_of_which_nothing_speaks_has_the_neutral_pd(purchase):
    nothing = pd.DataFrame({name: [np.nan] for name in purchase.features_})
    missing = sum(feature.points[-1] for feature in purchase.table_.features)
    assert purchase.points(nothing)[0] == round(float(points_of(np.log(0.028 / 0.972)))) + missing


def test_json_and_sql_score_as_the_file_does(purchase):
    X = clients()
    again = ExpertScorecard.from_json(json.loads(canonical_json(purchase.to_json())))
    assert (again.points(X) == purchase.points(X)).all()
    assert canonical_json(again.to_json()) == canonical_json(purchase.to_json())
    with duckdb.connect() as base:
        base.register("firms", X.assign(row=range(len(X))))
        told = base.execute(purchase.to_sql("firms", "everything")).df().sort_values("row")
    assert (told["points"].to_numpy() == purchase.points(X)).all()
    assert (purchase.contributions(X).sum(axis=1) + purchase.table_.base_points == purchase.points(X)).all()


def test_an_explanation_reads_as_a_letter_would(purchase):
    firm = clients().iloc[[0]].assign(worst_dpd_180d_days=40.0, current_dpd_days=0.0, sales_trend=np.nan)
    told = purchase.explanation(firm)
    assert told.loc[0, ["feature", "attribute", "points"]].tolist() == [
        "worst_dpd_180d_days", "more than a month late", -46,
    ]  # fmt: skip
    assert told["points"].is_monotonic_increasing
    assert "sales are not on the platform" in told["attribute"].tolist()


def card(**changes) -> dict:
    """A small sound card, with changes."""
    lines = [
        {"below": 2.0, "points": -5, "meaning": "young", "source": "[A]"},
        {"at_least": 2.0, "points": 5, "meaning": "older", "source": "[A]"},
        {"is_missing": True, "points": 0, "meaning": "unknown", "source": "[A]"},
    ]
    share = {"value": 0.1, "unit": "share", "as_of": "2026-01-01", "confidence": "assumption", "source": "[A]"}
    sound = {
        "name": "small",
        "title": "A small card",
        "as_of": "2026-01-01",
        "columns": "firm_months",
        "neutral_pd": share,
        "features": [{"feature": "firm_age_years", "attributes": lines}],
    }
    return {**sound, **changes}


def written(folder, content: dict):
    path = folder / "card.yaml"
    text = yaml.safe_dump(content).replace("'2026-01-01'", "2026-01-01")
    path.write_text(text, encoding="utf-8")
    return path


def lines_of(*changes: tuple[int, dict]) -> list[dict]:
    features = card()["features"]
    for place, change in changes:
        features[0]["attributes"][place] |= change
    return features


WRONG = {
    "an unknown feature": (
        {"features": [{**card()["features"][0], "feature": "firm_age"}]},
        r"features\.0\.feature: 'firm_age': must be a feature .* \(did you mean firm_age_years\?\)",
    ),
    "a gap": (
        {"features": lines_of((1, {"at_least": 3.0}))},
        r"attributes\.1\.at_least: 3\.0: firm_age_years: leaves a gap to .* below 2 \(begin at 2\)",
    ),
    "an overlap": (
        {"features": lines_of((1, {"at_least": 1.0}))},
        r"attributes\.1\.at_least: 1\.0: firm_age_years: overlaps .* \(begin at 2\)",
    ),
    "an open end": (
        {"features": lines_of((1, {"below": 9.0}))},
        r"attributes\.1\.below: 9\.0: firm_age_years: values from there on have no points \(leave below out\)",
    ),
    "a reward for risk": (
        {"features": lines_of((0, {"points": 9}))},
        r"attributes\.1\.points: 5: firm_age_years: more of it is safer by policy, .* must not fall from 9",
    ),
    "no line for missing": (
        {"features": [{"feature": "firm_age_years", "attributes": card()["features"][0]["attributes"][:2]}]},
        r"features\.0\.attributes: 'firm_age_years': must say once what a firm gets whose value is not known",
    ),
    "half a point": ({"features": lines_of((0, {"points": -4.5}))}, r"attributes\.0\.points: -4\.5: "),
    "no source": ({"features": lines_of((0, {"source": ""}))}, r"attributes\.0\.source: '': .*at least 3 characters"),
    "an unknown field": ({"features": lines_of((0, {"weight": 2}))}, r"attributes\.0\.weight: "),
    "two kinds in one line": (
        {"features": lines_of((0, {"code": -1.0}))},
        r"attributes\.0: 'firm_age_years': must say exactly one of an interval",
    ),
    "the same feature twice": (
        {"features": card()["features"] + card()["features"]},
        r"features\.1\.feature: .*may stand once",
    ),
    "certainty": ({"neutral_pd": {**card()["neutral_pd"], "value": 0.0}}, r"neutral_pd\.value: 0\.0: must lie above 0"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_with_a_card_is_told_by_file_field_value_rule_and_remedy(tmp_path, case):
    changes, told = WRONG[case]
    with pytest.raises(BadInput, match=told) as refused:
        ExpertScorecard.read(written(tmp_path, card(**changes)))
    assert all(problem.file and problem.field for problem in refused.value.problems)


def test_words_need_a_place_for_those_not_named(tmp_path):
    column = {"trade": {"direction": 0, "unit": "word", "meaning": "what it makes"}}
    lines = [
        {"categories": ["film"], "points": 5, "meaning": "film", "source": "[A]"},
        {"categories": ["pipe", "film"], "points": 0, "meaning": "pipe", "source": "[A]"},
        {"is_missing": True, "points": 0, "meaning": "unknown", "source": "[A]"},
    ]
    content = card(columns=column, features=[{"feature": "trade", "attributes": lines}])
    with pytest.raises(BadInput) as refused:
        ExpertScorecard.read(written(tmp_path, content))
    assert "whose word no attribute names (write one attribute with is_other: true)" in str(refused.value)
    assert "attributes.1, 'film'" in str(refused.value).replace(": 'film'", ", 'film'")


def test_a_column_that_the_card_needs_is_named(purchase):
    with pytest.raises(BadInput, match="match_share: the model needs this column"):
        purchase.points(clients().drop(columns="match_share"))
