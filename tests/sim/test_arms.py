"""Arms: each with the model of its eyes, the same market under all of them, and a record that agrees with the books."""

import os
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from credit.default_model import ARREARS, DefaultModel
from credit.errors import BadInput
from credit.feature_specs import FEATURES
from credit.features import as_of
from credit.ladder_models import LIVE, stored_model, unseen_features, without_live_data
from sim.arms.arm import ARMS, SIMULATE, arm_named, simulate, underwriter_of
from sim.arms.arm_measures import ARM_MEASURES, REFUSED, auc_added, measured_arms
from sim.arms.worlds import INFORMATIVE, World
from sim.desk.underwriting import load_underwriter
from sim.runs.provenance import provenance
from sim.runs.run import FIRMS, FinishedRun, Run, damage, live, read
from sim.scenarios.scenario import load_scenario

FIRMS_HERE, DAYS, SEED = 50, 60, 9  # a seed on which firms are founded before the first observed day and after
CALM = load_scenario("baseline")


@pytest.fixture(scope="module")
def outcomes():
    return {arm: simulate(FIRMS_HERE, DAYS, SEED, CALM, policy=arm) for arm in ("ladder", "bank")}


def test_an_arm_without_live_data_has_a_model_that_never_saw_any():
    for name in ARMS:
        policy = arm_named(name)
        own = DefaultModel.load(stored_model(policy))
        assert unseen_features(policy, own) == []
        is_blind = not LIVE & set(policy.evidence)
        groups = {FEATURES[feature].group for feature in own.features if feature != ARREARS}
        assert (not LIVE & groups) == is_blind
        assert underwriter_of(policy, INFORMATIVE).version == own.version


def test_an_arm_learnt_where_the_like_of_it_was_on_offer():
    told = {name: stored_model(arm_named(name)).stem for name in ARMS}
    assert told == {
        "ladder": "ladder_pd", "blind": "blind_ladder_pd", "single": "purchase_pd", "bank": "purchase_pd_blind",
    }  # fmt: skip


def test_a_platform_weighs_its_two_models_by_how_clearly_it_sees(outcomes):
    features = as_of(outcomes["ladder"].tables, CALM.starts_on)
    ladder = arm_named("ladder")
    judged = {
        share: np.array(underwriter_of(ladder, World.of_share(share)).judge(features)[0]) for share in (0, 0.25, 1)
    }
    blind = np.array(load_underwriter(without_live_data(stored_model(ladder))).judge(features)[0])
    np.testing.assert_allclose(judged[0], blind)
    np.testing.assert_allclose(judged[0.25], 0.25 * judged[1] + 0.75 * judged[0])
    assert not np.allclose(judged[1], blind)


@pytest.mark.parametrize("arm", ["ladder", "bank"])
def test_the_record_of_firms_agrees_with_the_day_book(outcomes, arm):
    outcome = outcomes[arm]
    record = outcome.firms
    firms = outcome.tables["firms"]
    assert len(record) == len(firms)
    assert record["is_sound"].iloc[FIRMS_HERE:].any()  # founded before anybody looked: a firm like the others
    is_later = (firms["registered_on"] > pd.Timestamp(CALM.starts_on)).to_numpy()
    assert is_later.any()
    assert not record.loc[is_later, "is_sound"].any()  # founded later: counts in no share of firms
    assert record["decisions"].sum() == len(
        outcome.tables["decisions"].query("decided_on >= @pd.Timestamp(@CALM.starts_on)")
    )
    assert (record["cost_fen"] >= 0).all()
    assert ((record["cost_fen"] > 0) == (record["principal_fen"] > 0)).all()
    yearly = record["cost_fen"].sum() / max(record["fen_years"].sum(), 1)
    assert yearly < 0.36  # no licensed lender may ask more
    if arm == "ladder":
        assert 0.5 < record["principal_fen"].sum() / outcome.summary["disbursed_fen"] < 1.5


def test_an_arm_s_run_is_kept_whole_with_its_firms(tmp_path):
    run = Run(CALM, 1, 5, 10, provenance(), SIMULATE, "single", "noise", 1)
    live(run, tmp_path)
    assert damage(run, tmp_path) is None
    assert len(read(tmp_path / run.id).firms) == 5
    os.truncate(tmp_path / run.id / FIRMS, 50)
    assert damage(run, tmp_path) == f"{FIRMS} is not what was written"


def test_no_such_arm():
    with pytest.raises(BadInput, match="policy"):
        arm_named("usurer")


def told(arm: str, served: list[int], seed: int = 1, **summary: float) -> FinishedRun:
    """A finished run of ten firms that was never lived."""
    firms = pd.DataFrame(
        {
            "firm": range(10),
            "is_sound": [True] * 9 + [False],
            "decisions": 1,
            "is_served": [firm in served for firm in range(10)],
            "principal_fen": [1000 * (firm in served) for firm in range(10)],
            "cost_fen": [20 * (firm in served) for firm in range(10)],
            "fen_years": [100 * (firm in served) for firm in range(10)],
            "grief_day": [400 if firm < 3 else -1 for firm in range(10)],
            "pd_full_0": 0.5,
            "pd_blind_0": 0.5,
            "pd_full_1": np.linspace(0.9, 0.1, 10),
            "pd_blind_1": 0.5,
        }
    )
    zero = dict.fromkeys(
        (
            "disbursed_fen",
            "lender_loss_fen",
            "platform_loss_fen",
            "supplier_loss_fen",
            "sme_receivable_loss_fen",
            "recovered_guarantee_fen",
        ),
        0,
    )
    daily = pd.DataFrame({"day": [0], "outstanding_fen": 1000, **zero})
    figures = {
        "default_rate_annual": 0.02, "obligor_years": 1.0, "joint_profit_fen": 1000,
        "capital_fen_years": 5000, "tax_share": 0.25, "decision_cost_fen": 500, "decision_days": 1,
    }  # fmt: skip
    return FinishedRun("baseline", seed, figures | summary, daily, firms, policy=arm)


def test_access_counts_sound_firms_and_those_whom_the_bank_leaves_out():
    table = measured_arms([told("ladder", [0, 1, 2, 3, 9]), told("bank", [0, 8])])
    ladder, bank = table.loc[("ladder", 0, 1)], table.loc[("bank", 0, 1)]
    assert ladder["access_share"] == pytest.approx(4 / 9)  # firm 9 was in trouble before anybody looked
    assert bank["access_share"] == pytest.approx(2 / 9)
    assert ladder[REFUSED[0]] == pytest.approx(3 / 7)
    assert bank[REFUSED[0]] == 0.0
    assert ladder["all_in_cost_annual"] == pytest.approx(0.2)
    assert ladder["raroc_annual"] == pytest.approx(0.75 * 1000 / 5000)
    assert np.isnan(measured_arms([told("ladder", [0])])[REFUSED[0]]).all()
    assert len(table.columns) == len(ARM_MEASURES) + 1


def test_what_live_data_add_is_the_difference_of_two_areas_and_nothing_in_noise():
    runs = [told("ladder", [0])]
    added = auc_added(runs, INFORMATIVE)
    assert added.value == pytest.approx(0.5)  # perfect order against none
    assert auc_added(runs, World.named("noise")).value == 0.0
    nobody = replace(runs[0], firms=runs[0].firms.assign(grief_day=-1))
    assert auc_added([nobody], INFORMATIVE) is None
