"""`creditlab fit` as a user meets it: one JSON object, exit codes, files whole or not at all."""

import json

import pytest


def test_li2018_prints_one_json_object_with_the_published_numbers(command, real_data):
    path = real_data / "loans" / "sba_case_li2018.csv"
    if not path.is_file():
        pytest.skip(f"the teaching sample is absent: {path}")
    result = command("fit", "li2018", path, "--json")
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert round(answer["coefficients"]["Portion"], 4) == -2.9875
    assert round(answer["misclassification"], 4) == 0.3216
    assert answer["matches_print"] is True


def test_li2018_on_a_wrong_file_is_bad_input(command, tmp_path):
    (tmp_path / "wrong.csv").write_text("a,b\n1,2\n")
    result = command("fit", "li2018", tmp_path / "wrong.csv", "--json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Selected: the column is missing" in result.stderr
