"""Worlds cut the tie between what the platform sees of a client and the client, and nothing else."""

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from credit.errors import BadInput
from credit.feature_specs import names_of
from credit.features import features_of
from credit.metrics.order import auc
from credit.scorers.logistic import LogisticScorer
from sim.arms.worlds import INFORMATIVE, World
from sim.desk.underwriting import ExpertRule
from sim.market import Market
from sim.scenarios.scenario import load_scenario
from sim.settings import Settings
from sim.streams import Streams

NOISE = World.named("noise")
OWN_CONTRACTS = {
    "payment_lateness_days", "current_dpd_days", "worst_dpd_180d_days", "repaid_facilities", "open_facilities",
    "utilisation", "facility_share_of_purchases", "months_since_first_facility", "months_on_platform",
}  # fmt: skip
EYES = ("orders", "invoices", "operations", "visits")


def test_a_dimmer_world_mistakes_more_clients_and_all_whom_a_clearer_one_mistakes():
    mistaken = []
    for share in (1.0, 0.75, 0.5, 0.25, 0.0):
        shown = World.of_share(share).shown_under(Streams(3), 4000)
        assert sorted(shown) == list(range(4000))  # everybody is seen once
        mistaken.append(set(np.flatnonzero(shown != np.arange(4000))))
        assert len(mistaken[-1]) / 4000 == pytest.approx(1 - share, abs=0.03)
    assert all(clear <= dim for clear, dim in pairwise(mistaken))
    assert len(mistaken[-1]) == 4000


@pytest.mark.parametrize("name", ["loud", "-0.1", "1.1", "nan", ""])
def test_a_world_that_is_neither_known_nor_a_share_is_refused(name):
    with pytest.raises(BadInput, match="world"):
        World.named(name)


def begun(world: World, firms: int, days: int = 120, seed: int = 5) -> Market:
    story = load_scenario("baseline")
    settings = replace(Settings.on(story.starts_on), burn_in_days=60)
    return Market(firms, days, seed, story, underwriter=ExpertRule(), settings=settings, world=world)


def test_until_the_first_decision_only_what_passes_the_platforms_eyes_differs():
    clear, dim = begun(INFORMATIVE, 60), begun(NOISE, 60)
    while clear.platform.judgements == dim.platform.judgements:
        clear.step()
        dim.step()
        assert clear.day < 100
    assert clear.state_hash() == dim.state_hash()
    seen, mistaken = clear.observed.tables(), dim.observed.tables()
    for name, table in seen.items():
        if name not in EYES:
            pd.testing.assert_frame_equal(table, mistaken[name])
            continue
        if table.empty:  # the first review looks at invoices that firms bring along; the rest is yet to happen
            continue
        assert not table["firm_id"].equals(mistaken[name]["firm_id"])
        pd.testing.assert_frame_equal(table.drop(columns="firm_id"), mistaken[name].drop(columns="firm_id"))
        counts = [frame["firm_id"].value_counts().sort_values().tolist() for frame in (table, mistaken[name])]
        assert counts[0] == counts[1]  # the same histories, under other names
    assert len(seen["invoices"])
    for _ in range(60):
        clear.step()
        dim.step()
    assert clear.state_hash() != dim.state_hash()


@cache
def live_area(share: float) -> tuple[float, float, float]:
    """AUC of live data for hidden quality, on firms the score has not seen, with its 95 % interval.

    Quality is a lasting margin, told by nothing directly: it shows when it has strained a firm's cash, orders and
    visits. That takes more than a year. The weakest quarter is told from the strongest: whether a firm stands just
    below or just above the middle no year of trade can tell.
    """
    market = begun(World.of_share(share), 800, days=480, seed=1)
    for _ in range(480):
        market.step()
    features = features_of(market.observed.today())
    smes = market.smes[: len(features)]
    works = np.array([sme.is_active for sme in smes])
    live = features.loc[works, [name for name in names_of("T", "P") if name not in OWN_CONTRACTS]]
    quality = np.array([sme.factory.price_ppm for sme in smes])[works]
    low, high = np.quantile(quality, (0.25, 0.75))
    is_apart = (quality < low) | (quality >= high)
    live, is_weak = live[is_apart], (quality < low)[is_apart].astype(float)
    is_taught = np.arange(len(live)) % 2 == 0
    known = live.loc[:, live[is_taught].nunique() > 1]
    scorer = LogisticScorer(1.0, {}).fit(known[is_taught], is_weak[is_taught])
    found = auc(is_weak[~is_taught], -scorer.points(known[~is_taught]))  # more points are safer
    return found.value, found.low, found.high


def test_live_data_tell_of_the_hidden_truth_in_the_informative_world_and_of_nothing_in_noise():
    clear, noise = live_area(1.0), live_area(0.0)
    assert clear[1] > 0.5
    assert noise[1] < 0.5 < noise[2]
    assert clear[0] > noise[2]
