"""Screening finds what moves an output, leaves out what does not, and agrees with what is known in closed form."""

from datetime import date

import numpy as np
import pytest

from credit.errors import BadInput
from sim.facts.ranges import Range, ranges
from sim.facts.sensitivity import design, indices

THREE = [Range(name, "number", 0.5, 0.0, 1.0) for name in ("strong", "weak", "idle")]
ISHIGAMI = [Range(name, "number", 0.0, -np.pi, np.pi) for name in ("x1", "x2", "x3")]


def test_morris_gives_the_slopes_of_a_plane_and_no_effect_to_what_is_idle():
    points = design("morris", THREE, 20)
    assert points.shape == (20 * 4, 3)
    found = {index.parameter: index for index in indices("morris", THREE, points, "y", points @ [5.0, -1.0, 0.0])}
    assert list(found) == ["strong", "weak", "idle"]
    assert found["strong"].main == pytest.approx(5.0)
    assert (found["weak"].main, found["weak"].direction) == (pytest.approx(1.0), pytest.approx(-1.0))
    assert found["strong"].total == pytest.approx(0.0, abs=1e-9), "a plane has no interactions"
    assert not found["idle"].is_told_from_none


def test_sobol_gives_the_published_shares_of_the_ishigami_function():
    points = design("sobol", ISHIGAMI, 1024)
    assert points.shape == (1024 * 5, 3)
    x1, x2, x3 = points.T
    values = np.sin(x1) + 7.0 * np.sin(x2) ** 2 + 0.1 * x3**4 * np.sin(x1)
    found = {index.parameter: index for index in indices("sobol", ISHIGAMI, points, "y", values)}
    for name, alone, whole in (("x1", 0.3139, 0.5576), ("x2", 0.4424, 0.4424), ("x3", 0.0, 0.2437)):
        assert found[name].main == pytest.approx(alone, abs=0.05)
        assert found[name].total == pytest.approx(whole, abs=0.05)
        assert abs(found[name].main - alone) < 1.5 * found[name].main_half_width
    assert not found["x3"].is_told_from_none


def test_a_flat_output_has_no_indices_and_an_unmeasured_one_is_refused_by_name():
    points = design("morris", THREE, 4)
    assert all(index.main == 0.0 for index in indices("morris", THREE, points, "y", np.ones(len(points))))
    values = np.ones(len(points))
    values[2] = np.nan
    with pytest.raises(BadInput, match=rf"(?s)lgd_lease.*not measured at 1 of {len(points)} points"):
        indices("morris", THREE, points, "lgd_lease", values)


@pytest.mark.parametrize(("method", "size"), [("sobol", 6), ("sobol", 1), ("morris", 1)])
def test_designs_that_the_methods_cannot_use_are_refused(method, size):
    with pytest.raises(BadInput, match="size"):
        design(method, THREE, size)
    with pytest.raises(BadInput, match="parameters"):
        design(method, THREE[:1], 4)


def test_every_parameter_with_a_range_is_offered_and_lies_in_it():
    told = ranges((), date(2026, 1, 1))
    assert len(told) > 80
    assert all(one.low <= one.value <= one.high for one in told)
    assert all(one.at(one.share) == pytest.approx(one.value) for one in told)
    with pytest.raises(BadInput, match="each parameter may stand once"):
        ranges(("lead_days", "lead_days"), date(2026, 1, 1))
