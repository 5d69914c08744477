"""`creditlab capital` prints the published risk weights and refuses what it must."""

import json

import pytest

from lab.commands.capital import CapitalAnswer


def answer(command, *words):
    result = command("capital", *words, "--json")
    assert result.exit_code == 0, result.output
    return CapitalAnswer.model_validate(json.loads(result.stdout))


def test_basel_2_corporate(command):
    told = answer(command, "--pd", 0.01, "--lgd", 0.45, "--maturity-years", 2.5, "--asset-class", "corporate",
                  "--regime", "basel2")  # fmt: skip
    assert told.risk_weight == pytest.approx(0.9232, abs=0.00015)
    assert told.capital_share * 12.5 == pytest.approx(told.risk_weight)
    assert told.capital_target_share == pytest.approx(told.risk_weight * 0.105)


def test_sme_turnover_in_either_currency(command):
    told = answer(
        command, "--pd", 0.01, "--lgd", 0.45, "--asset-class", "sme", "--turnover-meur", 5, "--regime", "basel2"
    )
    assert told.risk_weight == pytest.approx(0.7240, abs=0.00015)
    prc = answer(
        command, "--pd", 0.01, "--lgd", 0.45, "--asset-class", "sme", "--turnover-mrmb", 165, "--regime", "prc2024"
    )
    large = answer(command, "--pd", 0.01, "--lgd", 0.45, "--asset-class", "corporate", "--regime", "prc2024")
    assert prc.turnover == 16.5
    assert large.correlation - prc.correlation == pytest.approx(0.02)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--pd", 1.5, "--lgd", 0.45), "pd"),
        (("--pd", 0.01, "--lgd", 45), "lgd"),
        (("--pd", 0.01, "--lgd", 0.45, "--asset-class", "sme"), "turnover"),
        (("--pd", 0.01, "--lgd", 0.45, "--asset-class", "sme", "--turnover-meur", 1, "--turnover-mrmb", 8), "turnover"),
        (("--pd", 0.01, "--lgd", 0.45, "--asset-class", "sme", "--turnover-meur", -1), "turnover"),
    ],
)
def test_bad_input_exits_with_2_and_names_the_field(command, words, told):
    result = command("capital", *words, "--json")
    assert result.exit_code == 2
    assert told in result.stderr
    assert result.stdout == ""
