"""The closed loop in a lived market: what decisions rested on, when a label may be used, who is in force."""

import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from credit.default_model import ARREARS, DefaultModel
from credit.errors import BadInput
from credit.feature_specs import FEATURES, names_of
from credit.features import as_of
from credit.firm_months import firm_months
from credit.tables import visible
from sim.arms.arm import SIMULATE, arm_named, market_of, underwriter_of
from sim.arms.worlds import INFORMATIVE
from sim.books.ledger import CASH
from sim.books.recorders import MISSING
from sim.desk.underwriting import ExpertRule
from sim.learning.exploration import EXPLORATION, explored_facilities
from sim.learning.loop import Learning
from sim.learning.versions import CHAMPION, NOT_FITTED, REJECTED, write_versions
from sim.market import Market
from sim.runs.checkpoint import resume, save
from sim.runs.provenance import provenance
from sim.runs.run import Run, damage, live
from sim.scenarios.scenario import load_scenario
from sim.settings import Settings

CALM = load_scenario("baseline")
HARD = replace(Settings.on(CALM.starts_on), burn_in_days=60, sudden_stop_ppm=400_000, controller_injection_ppm=0)
"""Two firms in five stop within a year: enough defaults to learn from in a small market."""
EASY = {"judged_defaults": 3, "promotion_chance": 0.45, "level_low": 0.1, "level_high": 10.0}
"""A rule that lets challengers through on little evidence, so that the machinery is seen at work."""


class Watched(Learning):
    """A loop that keeps what it was shown and what it learnt from."""

    def after_review(self, features, judgements):
        told = super().after_review(features, judgements)
        self.shown = getattr(self, "shown", {}) | {self.stage.date: (features.copy(), list(told))}
        return told

    def _fit(self, lessons, today):
        self.learnt = getattr(self, "learnt", {}) | {today: lessons}
        super()._fit(lessons, today)


def lived(firms=130, days=1200, arm=None, seed=5, settings=HARD, **rule) -> Market:
    policy = None if arm is None else arm_named(arm)
    judge = ExpertRule() if arm is None else underwriter_of(policy, INFORMATIVE)
    market = Market(firms, days, seed, CALM, policy=policy, underwriter=judge, settings=settings, learns=True)
    learning = Watched(market, market.learning.groups, replace(market.learning.settings, **rule))
    market.learning = market.platform.learning = learning
    for _ in range(settings.burn_in_days + days):
        market.step()
    return market


@pytest.fixture(scope="module")
def long_lived() -> Market:
    return lived(seed=11, exploration_budget_share=0.5, exploration_share=0.5, exploration_reach=8.0, **EASY)


@pytest.fixture(scope="module")
def laddered() -> Market:
    return lived(70, 250, "ladder", exploration_budget_share=0.5, exploration_share=0.5, exploration_reach=8.0)


@pytest.fixture(scope="module", params=["long_lived", "laddered"])
def market(request) -> Market:
    return request.getfixturevalue(request.param)


def test_what_decisions_rested_on_is_what_the_offline_table_says(market):
    """Online features are offline features: on several days, for every firm, value by value."""
    tables, shown = market.observed.tables(), market.learning.shown
    for day in list(shown)[1:8] + list(shown)[-3:]:
        online = shown[day][0]
        cut = visible(tables, day)
        offline = as_of(cut, day)
        assert list(online.index) == list(offline.index)
        pd.testing.assert_frame_equal(online, offline, check_exact=True, check_index_type=False)


def test_a_fit_learns_what_was_known_on_its_day_and_nothing_later(market):
    """The whole history, cut to the day of a fit, gives the very rows, labels and features that the fit had."""
    tables, learnt = market.observed.tables(), market.learning.learnt
    for day in list(learnt)[:: max(len(learnt) // 4, 1)]:
        lessons = learnt[day].months
        told = firm_months(visible(tables, day))
        oldest = lessons.snapshot_on.min()
        newest = lessons.snapshot_on.max()
        keep = (told.snapshot_on >= oldest) & (told.snapshot_on <= newest)
        names = market.profiles.firms["firm_id"].to_numpy(dtype=object)
        assert np.array_equal(told.firm_id[keep], names[learnt[day].firm])
        assert np.array_equal(told.is_default[keep], lessons.is_default)
        assert np.array_equal(told.months[keep], lessons.months)
        assert np.array_equal(told.has_left[keep], lessons.has_left)
        pd.testing.assert_frame_equal(
            told.features[keep].reset_index(drop=True), lessons.features, check_exact=True, check_column_type=False
        )


def test_a_label_is_used_only_once_it_has_matured(long_lived):
    """Whoever is judged on has been followed for the whole horizon, and nobody in arrears is among them."""
    learning = long_lived.learning
    for day, lessons in learning.learnt.items():
        for since in (date(2000, 1, 1), day - timedelta(days=400)):
            unseen = learning.unseen(lessons, since, day)
            if len(unseen):
                ends = unseen.months.snapshot_on.max().astype("datetime64[D]").astype(object)
                assert (day - ends).days >= learning.settings.judged_months * 30
                assert unseen.months.snapshot_on.min().astype("datetime64[D]").astype(object) > since
                assert (unseen.months.features[ARREARS].fillna(0) < 1).all()


def test_a_matured_label_never_changes(long_lived):
    """What a firm-month was judged by on one day is what any later day says of it."""
    learning, known, compared = long_lived.learning, {}, 0
    for day, lessons in learning.learnt.items():
        unseen = learning.unseen(lessons, date(2000, 1, 1), day)
        outcome = unseen.defaulted_within(learning.settings.judged_months)
        for firm, at, hit in zip(unseen.firm.tolist(), unseen.day.tolist(), outcome.tolist(), strict=True):
            assert known.setdefault((firm, at), hit) == hit
            compared += 1
    assert compared > 2 * len(known)
    assert 0 < sum(known.values()) < len(known)


def test_versions_follow_one_another_without_gap_and_the_table_of_decisions_names_them(long_lived):
    tables = long_lived.learning.tables()
    models = tables["models"]
    promoted = models[models["in_force_from"].notna()].sort_values("in_force_from")
    assert len(promoted) >= 2  # the rule of this test lets some through
    assert promoted["in_force_to"].iloc[:-1].tolist() == promoted["in_force_from"].iloc[1:].tolist()
    assert promoted["replaced"].iloc[1:].tolist() == promoted["version"].iloc[:-1].tolist()
    assert promoted["replaced_by"].iloc[:-1].tolist() == promoted["version"].iloc[1:].tolist()
    assert promoted["status"].iloc[-1] == CHAMPION
    assert (models["judged_on"].dropna() > models.loc[models["judged_on"].notna(), "fitted_on"]).all()
    decisions = long_lived.observed.tables()["decisions"]
    for row in promoted.to_dict("records"):
        until = row["in_force_to"] if pd.notna(row["in_force_to"]) else pd.Timestamp.max
        own = decisions[(decisions["decided_on"] > row["in_force_from"]) & (decisions["decided_on"] <= until)]
        assert set(own["model_version"]) <= {row["version"]}  # the review of a month's last day comes after its orders
    assert decisions["model_version"].nunique() >= 2


def test_a_verdict_that_does_not_promote_leaves_the_champion(long_lived):
    models = long_lived.learning.tables()["models"]
    judged = models[models["is_promoted"].notna()]
    assert (judged.loc[judged["is_promoted"], "verdict"] == "better").all()
    beaten = judged[~judged["is_promoted"].astype(bool)]
    assert (beaten["status"] == REJECTED).all()
    assert beaten["in_force_from"].isna().all()


def test_a_version_is_its_json_and_the_file_judges_as_the_platform_did(long_lived, tmp_path):
    learning = long_lived.learning
    models = learning.tables()["models"]
    written = write_versions(models, tmp_path)
    assert len(written) == (models["status"] != NOT_FITTED).sum()
    day = max(learning.shown)
    features, judgements = learning.shown[day]
    content = json.loads((tmp_path / f"{learning.register.champion.name}.json").read_text())
    again = DefaultModel.from_json(content["model"])
    assert again.version == content["card"]["version"]
    told = np.rint(again.pd_annual(features) * 1e6).astype(int).tolist()
    assert told == [one.pd_ppm for one in judgements]
    assert content["card"]["data_hash"] == again.data_hash


# --- exploration


@pytest.fixture(scope="module", params=["long_lived", "laddered"])
def exploring(request) -> Market:
    return request.getfixturevalue(request.param)


def test_the_explored_are_just_refused_marked_small_and_dear(exploring):
    learning = exploring.learning
    settings, rounds = learning.settings, {one.month_end: one for one in learning.exploration.rounds}
    seen = 0
    for day, (_, judgements) in learning.shown.items():
        explored = [one for one in judgements if one.reasons == EXPLORATION]
        dearest = max((one.offer.day_rate_ppm for one in judgements if one.offer.forms), default=0)
        assert len(explored) == (rounds[day].explored if day in rounds else 0)
        for one in explored:
            assert rounds[day].cut_off < one.pd_ppm / 1e6 <= rounds[day].cut_off * settings.exploration_reach
            assert one.offer.limit_fen <= settings.exploration_limit_yuan * 100
            assert one.offer.day_rate_ppm == dearest
            assert one.offer.forms == ("goods_controlled",)
        seen += len(explored)
    assert seen > 0


def test_exploration_stays_within_its_budget_on_average_and_its_chance_is_the_one_noted(long_lived):
    rounds = [one for one in long_lived.learning.exploration.rounds if one.eligible]
    drawn, eligible = sum(one.explored for one in rounds), [one.eligible * one.propensity for one in rounds]
    spread = sum(one.eligible * one.propensity * (1 - one.propensity) for one in rounds) ** 0.5
    assert abs(drawn - sum(eligible)) <= 3 * spread
    tight = replace(long_lived.learning.settings, exploration_budget_share=1e-9)
    assert Learning(long_lived, "CBTPX", tight).exploration.rounds == []


def test_every_explored_loan_is_marked_in_decisions_and_no_other_is(long_lived):
    tables = long_lived.observed.tables()
    decisions = tables["decisions"]
    marked = decisions[decisions["reasons"].fillna("").eq(EXPLORATION) & decisions["outcome"].eq("accepted")]
    facilities = explored_facilities(long_lived)
    assert len(facilities) == len(marked) > 0
    cut = long_lived.platform.policy.bands[-1].pd_annual_up_to.value
    accepted = decisions[decisions["outcome"].eq("accepted")]
    assert (accepted.loc[accepted["pd_annual"] > cut, "reasons"] == EXPLORATION).all()
    assert all(one.is_controlled for one in facilities)


def test_the_cost_of_exploration_adds_up(long_lived):
    cost, facilities = long_lived.learning.cost(), explored_facilities(long_lived)
    assert cost.principal_fen == sum(one.principal_fen for one in facilities)
    assert cost.net_fen == cost.lost_fen - cost.earned_fen
    assert 0 <= cost.lost_fen <= cost.principal_fen
    assert cost.earned_fen >= sum(one.contract.fee_fen for one in facilities)


def test_explored_rows_weigh_by_the_inverse_of_their_chance(long_lived):
    lessons = list(long_lived.learning.learnt.values())[-1]
    chances = {one.propensity for one in long_lived.learning.exploration.rounds if one.explored}
    assert set(np.unique(lessons.propensity)) <= chances | {1.0}
    assert (lessons.propensity < 1).any()


def test_who_was_let_in_by_lot_keeps_its_chance_for_as_long_as_the_debt_stands(long_lived):
    """A month end in the middle of an explored loan is seen by the same lot as its first one."""
    rounds = {one.month_end: one.propensity for one in long_lived.learning.exploration.rounds}
    seen = {
        (firm, day): chance
        for lessons in long_lived.learning.learnt.values()
        for firm, day, chance in zip(
            lessons.firm.tolist(), lessons.day.tolist(), lessons.propensity.tolist(), strict=True
        )
    }
    epoch, later, contracts = date(1970, 1, 1), 0, long_lived.log.facilities.columns()
    for one in explored_facilities(long_lived):
        opened, closed = (int(contracts[name][one.number]) for name in ("opened_on", "closed_on"))
        let_in_on = max(day for day in rounds if day < long_lived.date_of(opened))
        ends = long_lived.date_of(long_lived.day if closed == MISSING else closed)
        for month_end in (day for day in rounds if long_lived.date_of(opened) < day < ends):
            if (key := (one.obligor.row, (month_end - epoch).days)) in seen:
                assert seen[key] == rounds[let_in_on] < 1
                later += 1
    assert later > 0


# --- arms, chance, books


def test_each_arm_learns_on_its_own_eyes_and_a_bank_does_not():
    with pytest.raises(BadInput, match="bank"):
        arm_named("bank+learning")
    assert market_of(20, 10, 3, CALM, "bank", learns=True).learning is None
    assert market_of(20, 10, 3, CALM, "single+learning").learning is not None
    blind = Market(20, 10, 3, CALM, policy=arm_named("blind"), settings=HARD, learns=True)
    assert not {FEATURES[name].group for name in names_of(*blind.learning.groups)} & {"T", "P"}
    assert set(Market(20, 10, 3, CALM, policy=arm_named("ladder"), settings=HARD, learns=True).learning.groups) > {"T"}


def test_data_accrue_only_where_products_are_used(laddered):
    """A firm that never drew has no lateness, no use of a line, no repaid contract: nothing is known."""
    tables, learning = laddered.observed.tables(), laddered.learning
    day = max(learning.shown)
    features = learning.shown[day][0]
    facilities = visible(tables, day)["facilities"]
    used = features.index.isin(facilities["firm_id"].astype(str))
    assert used.any()
    assert not used.all()
    without = features[~used]
    assert without[["payment_lateness_days", "months_since_first_facility"]].isna().all().all()
    assert (without[["repaid_facilities", "open_facilities"]] == 0).all().all()
    assert features.loc[used, "months_since_first_facility"].notna().all()
    lines = facilities[facilities["product"] == "turnover_revolver"]["firm_id"]
    payments = tables["payments"].merge(tables["facilities"], on="facility_id")
    of_lines = payments[payments["product"] == "turnover_revolver"]
    assert set(of_lines["firm_id"]) <= set(tables["facilities"].query("product == 'turnover_revolver'")["firm_id"])
    assert lines.nunique() < len(features)


def test_the_same_seed_learns_the_same_and_money_is_conserved():
    one, other = (lived(60, 500, seed=6, **EASY) for _ in range(2))
    assert one.state_hash() == other.state_hash()
    for name, table in one.learning.tables().items():
        pd.testing.assert_frame_equal(table, other.learning.tables()[name])
    one.entries.assert_balanced()
    assert one.entries.fen.view[:, CASH].sum() == other.entries.fen.view[:, CASH].sum()


def test_a_run_keeps_its_versions_with_their_hashes(tmp_path):
    run = Run(CALM, 3, 30, 60, provenance(), SIMULATE, "ladder+learning")
    live(run, tmp_path)
    folder = tmp_path / run.id
    hashes = json.loads((folder / "manifest.json").read_text())["sha256"]
    assert {"models.parquet", "drift.parquet", "exploration.parquet"} <= set(hashes)
    assert damage(run, tmp_path) is None
    first = pd.read_parquet(folder / "models.parquet").iloc[0]
    content = json.loads(first["content"])
    assert DefaultModel.from_json(content["model"]).version == first["version"]
    assert run.id != replace(run, policy="ladder").id
    (folder / "models.parquet").write_bytes(b"other")
    assert damage(run, tmp_path) == "models.parquet is not what was written"


def test_a_market_put_aside_goes_on_learning_where_it_was(tmp_path):
    """Memory, versions and rounds are part of the state: what follows is what an uninterrupted market would learn."""
    market = Market(50, 700, 4, CALM, underwriter=ExpertRule(), settings=HARD, learns=True)
    for _ in range(600):
        market.step()
    save(market, tmp_path / "aside")
    again = resume(tmp_path / "aside")
    for one in (market, again):
        for _ in range(160):
            one.step()
    assert market.state_hash() == again.state_hash()
    for name, table in market.learning.tables().items():
        pd.testing.assert_frame_equal(table, again.learning.tables()[name])
    assert len(market.learning.tables()["models"]) > 2


def test_without_learning_the_market_is_what_it_was():
    plain, idle = (
        Market(40, 200, 8, CALM, underwriter=ExpertRule(), settings=HARD, learns=learns) for learns in (False, True)
    )
    idle.learning.exploration.choose = lambda features, judgements: (judgements, np.ones(len(judgements)))
    for market in (plain, idle):
        for _ in range(260):
            market.step()
    assert plain.learning is None
    plain_tables, idle_tables = plain.observed.tables(), idle.observed.tables()
    for name in plain_tables:
        pd.testing.assert_frame_equal(plain_tables[name], idle_tables[name])  # before a promotion it only watches


def test_drift_is_told_for_score_features_and_level(long_lived):
    drift = long_lived.learning.tables()["drift"]
    own = set(names_of(*long_lived.learning.groups))
    assert set(drift["measure"]) == own | {"score", "observed_over_expected"}
    assert not drift.duplicated(["day", "measure"]).any()
    indices = drift[drift["measure"] != "observed_over_expected"]
    assert (indices["value"] >= 0).all()
    assert (indices.loc[indices["is_alarm"], "value"] > indices.loc[indices["is_alarm"], "by_chance"]).all()
