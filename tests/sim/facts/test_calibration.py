"""Calibration finds the parameters that made the facts it is shown, on seeds that it never saw."""

from datetime import date

import numpy as np
import pytest
from pretend_worlds import TRUE_LATE, TRUE_TERM, simulate

from credit.errors import BadInput
from sim.facts.calibration import HUBER_WIDTHS, calibrated, loss_of, targets
from sim.facts.catalogue import Band, load_facts
from sim.facts.measures import MEASURED_ON_A_RUN
from sim.facts.ranges import ranges
from sim.facts.worlds import FACTS, simulate_with_facts, world
from sim.scenarios.scenario import load_scenario

DAY = date(2026, 1, 1)
STORY = load_scenario("baseline")
NAMES = ("term_days", "receivable_days", "overdue_firm_share")


def means(assumed, seeds, market=simulate, firms=10, days=5) -> dict[str, float]:
    told = [market(firms, days, seed, world(STORY, assumed)).summary[FACTS]["values"] for seed in seeds]
    return {name: float(np.mean([facts[name] for facts in told])) for name in told[0]}


def test_known_parameters_are_recovered_from_facts_simulated_on_other_seeds():
    truth = {"invoice_term_days": TRUE_TERM, "late_buyers_share": TRUE_LATE}
    shown = means(truth, range(101, 131))
    bands = {name: Band(low=shown[name] * 0.97, high=shown[name] * 1.03) for name in NAMES}
    parameters = ranges(tuple(truth), DAY)
    found = calibrated(lambda assumed: means(assumed, range(1, 31)), parameters, bands, 80)
    proposed = {held.range.name: held.proposed for held in found.parameters}
    assert proposed["invoice_term_days"] == pytest.approx(TRUE_TERM, abs=0.8)
    assert proposed["late_buyers_share"] == pytest.approx(TRUE_LATE, abs=0.015)
    assert found.loss < 0.2 < found.loss_in_force
    assert all(held.loss_below > found.loss and held.loss_above > found.loss for held in found.parameters)


def test_a_parameter_that_moves_nothing_is_shown_to_be_held_by_nothing():
    bands = {"term_days": Band(low=74, high=78), "growth_shape": Band(low=0.7, high=1.3)}
    parameters = ranges(("invoice_term_days", "lead_days"), DAY)
    found = calibrated(lambda assumed: means(assumed, range(1, 9)), parameters, bands, 40)
    held = {one.range.name: one for one in found.parameters}
    assert held["lead_days"].loss_below == held["lead_days"].loss_above == pytest.approx(found.loss)
    assert held["invoice_term_days"].loss_below > found.loss


def test_a_real_small_market_gives_back_the_term_that_it_was_lived_with():
    truth, seeds = {"invoice_term_days": 82.0}, (11,)
    shown = means(truth, seeds, simulate_with_facts, firms=12, days=31)["term_days"]
    bands = {"term_days": Band(low=shown - 1.0, high=shown + 1.0)}
    parameters = ranges(("invoice_term_days",), DAY)

    def live(assumed):
        return means(assumed, (1,), simulate_with_facts, firms=12, days=31)

    found = calibrated(live, parameters, bands, 8)
    other_people = 9.0  # a dozen firms' own terms differ by some days from seed to seed
    assert found.parameters[0].proposed == pytest.approx(82.0, abs=other_people)
    assert found.moments["term_days"] == pytest.approx(shown, abs=1.5)


def test_the_loss_is_nothing_in_the_middle_one_at_the_edge_and_grows_evenly_far_away():
    band = {"exit_rate_annual": Band(low=0.06, high=0.10)}
    assert loss_of({"exit_rate_annual": 0.08}, band) == 0.0
    assert loss_of({"exit_rate_annual": 0.10}, band) == pytest.approx(1.0)
    far, further, furthest = (loss_of({"exit_rate_annual": value}, band) for value in (0.2, 0.3, 0.4))
    assert further - far == pytest.approx(furthest - further)
    assert loss_of({}, band) == HUBER_WIDTHS**2
    assert loss_of({"top_decile_share": 0.1}, {"top_decile_share": Band(high=0.4)}) == 0.0


def test_nothing_is_fitted_to_what_is_held_out():
    known = load_facts()
    with pytest.raises(BadInput, match=r"(?s)overdue_firm_share.*held out"):
        targets(known, ["overdue_firm_share"])
    fitted = {name for name, fact in known.items() if fact.role == "fitted"}
    assert set(targets(known)) == fitted & MEASURED_ON_A_RUN.keys()  # a downturn's ratio takes two runs
    with pytest.raises(BadInput, match="no such fact"):
        targets(known, ["happiness"])


def test_more_parameters_than_facts_are_refused():
    with pytest.raises(BadInput, match="must not exceed the number of facts"):
        calibrated(
            lambda assumed: {}, ranges(("lead_days", "payout_share"), DAY), {"term_days": Band(low=1, high=2)}, 9
        )
    with pytest.raises(BadInput, match=r"(?s)default_days.*has no range"):
        ranges(("default_days",), DAY)
