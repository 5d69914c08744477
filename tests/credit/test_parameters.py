"""Parameters carry unit, date and source, and say where they are wrong."""

from datetime import date
from pathlib import Path

import pytest

from credit.errors import BadInput
from credit.files import DATA
from credit.parameters import ParameterSet

FILES = sorted((DATA / "parameters").rglob("*.yaml"))

CAP = """
rate_cap:
  meaning: The annual rate above which a court no longer protects a private loan.
  unit: share a year
  values:
    - {valid_from: 2015-09-01, value: 0.24, source: Supreme People's Court 2015, confidence: high}
    - {valid_from: 2020-08-20, value: 0.154, low: 0.148, high: 0.154, source: four times LPR, confidence: medium}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "caps.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_value_of_a_day_is_the_last_one_in_force(tmp_path):
    caps = ParameterSet(written(tmp_path, CAP))
    assert caps.value("rate_cap", date(2015, 9, 1)) == 0.24
    assert caps.value("rate_cap", date(2020, 8, 19)) == 0.24
    assert caps.value("rate_cap", date(2020, 8, 20)) == 0.154
    assert caps.value("rate_cap", date(2099, 1, 1)) == 0.154


def test_a_set_can_be_asked_whether_it_holds_a_parameter(tmp_path):
    caps = ParameterSet(written(tmp_path, CAP))
    assert "rate_cap" in caps
    assert "interest_cap" not in caps
    with pytest.raises(BadInput, match="known are: rate_cap"):
        caps["interest_cap"]


def test_no_value_is_invented_before_the_first(tmp_path):
    with pytest.raises(BadInput, match="2015-09-01"):
        ParameterSet(written(tmp_path, CAP)).value("rate_cap", date(2015, 8, 31))


def test_an_unknown_name_is_told_with_the_known_ones(tmp_path):
    with pytest.raises(BadInput, match=r"ratecap.*rate_cap"):
        ParameterSet(written(tmp_path, CAP))["ratecap"]


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("high: 0.154, ", "high: 0.150, ", "rate_cap.values.1"),  # the value lies outside its own range
        ("2020-08-20", "2015-09-01", "rate_cap"),  # the same day twice
        ("2020-08-20", "2014-01-01", "rate_cap"),  # not in the order of time
        ("value: 0.24", "value: .inf", "rate_cap.values.0.value"),
        ("value: 0.24", "value: .nan", "rate_cap.values.0.value"),
        ("value: 0.24", "value: a quarter", "rate_cap.values.0.value"),
        ("source: four times LPR, ", "", "rate_cap.values.1.source"),
        ("unit: share a year", "unti: share a year", "rate_cap.unit"),
        ("confidence: high", "confidence: certain", "rate_cap.values.0.confidence"),
        ("2015-09-01", "2015-02-30", None),
    ],
)
def test_a_wrong_parameter_names_file_field_and_value(tmp_path, old, new, field):
    assert old in CAP
    path = written(tmp_path, CAP.replace(old, new, 1))
    with pytest.raises(BadInput) as caught:
        ParameterSet(path)
    assert {problem.file for problem in caught.value.problems} == {str(path)}
    if field is not None:
        assert field in [problem.field for problem in caught.value.problems]


def test_every_problem_of_a_file_is_told_at_once(tmp_path):
    wrong = CAP.replace("value: 0.24", "value: x").replace("value: 0.154", "value: y")
    with pytest.raises(BadInput) as caught:
        ParameterSet(written(tmp_path, wrong))
    fields = {problem.field for problem in caught.value.problems}
    assert {"rate_cap.values.0.value", "rate_cap.values.1.value"} <= fields


@pytest.mark.skipif(not FILES, reason="no parameter file stands in data/parameters yet")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_parameter_file_loads_with_a_source_for_every_value(path):
    loaded = ParameterSet(path)
    assert len(loaded) > 0
    for name, parameter in loaded.items():
        for value in parameter.values:
            assert value.source.strip(" ?-.").lower() not in {"", "none", "n/a", "tbd", "unknown"}, name
