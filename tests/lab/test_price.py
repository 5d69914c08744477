"""`creditlab price`: the reference numbers on the command line, and bad values named with exit code 2."""

import json

import pytest

from credit.files import DATA
from credit.products import load_product

PURCHASE_LOAN = DATA / "products" / "purchase_loan.yaml"


@pytest.fixture
def priced(command):
    """The JSON answer of `creditlab price` on the purchase loan."""

    def answer(*options):
        result = command("price", PURCHASE_LOAN, *options, "--json")
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    return answer


def test_the_open_account_loan_at_the_reference_rate(priced):
    told = priced("--pd", 0.03, "--lgd", 0.55, "--term-days", 30, "--rate-annual", 0.12)
    expected = {
        "simple_annual_rate": 0.1460,
        "nominal_irr": 0.1896,
        "effective_annual_rate": 0.2070,
        "required_rate_annual": 0.1113,
        "raroc": 0.2308,
        "break_even_pd": 0.0427,
    }
    assert {key: round(told[key], 4) for key in expected} == expected
    assert told["product"] == "purchase_loan"
    assert told["product_hash"] == load_product(PURCHASE_LOAN).hash


def test_a_price_that_the_law_forbids_says_so_beside_what_it_earns(priced, command):
    dear, cheap = priced("--pd", 0.03), priced("--pd", 0.03, "--rate-annual", 0.12)
    assert [found["code"] for found in dear["law"]["findings"] if found["is_refusal"]] == ["rate_above_cap"]
    assert (dear["law"]["is_allowed"], cheap["law"]["is_allowed"]) == (False, True)
    assert cheap["law"]["cap_annual"] == dear["law"]["cap_annual"] == 0.12
    page = command("price", PURCHASE_LOAN, "--pd", 0.03).stdout
    assert "Must not be offered, by the rules above, though it would pay." in " ".join(page.split())
    assert "Fashi 2020 No. 6" in page


@pytest.mark.parametrize("form", ["open_account", "goods_controlled"])
@pytest.mark.parametrize("pd", [0.0, 0.03, 0.5])
def test_the_rate_judged_is_the_nominal_irr_and_the_waterfall_sums_to_it(priced, form, pd):
    told = priced("--pd", pd, "--form", form)
    assert told["rate_annual"] == told["nominal_irr"]
    assert sum(told["waterfall"].values()) == pytest.approx(told["nominal_irr"], abs=1e-12)
    assert (told["waterfall"]["margin"] > 0) == (told["pd"] < told["break_even_pd"])


@pytest.mark.parametrize("form", ["open_account", "goods_controlled"])
def test_before_and_after_vat_stand_side_by_side_and_sum_to_the_rate(priced, form):
    told = priced("--pd", 0.03, "--form", form)
    for side in ("before_vat", "after_vat"):
        assert sum(told[side]["waterfall"].values()) == pytest.approx(told["rate_annual"], abs=1e-12)
        assert told[side]["waterfall"]["first_payment_fraud"] > 0
    assert told["before_vat"]["waterfall"]["vat"] == 0
    assert told["after_vat"]["waterfall"]["vat"] == pytest.approx(told["rate_annual"] * (1 - told["kept_share"]))
    assert told["after_vat"]["required_rate_annual"] > told["before_vat"]["required_rate_annual"]
    assert sum(told["loss"]["causes"].values()) == pytest.approx(told["loss"]["from_terms"])


def test_the_lender_and_the_day_decide_what_vat_leaves(priced):
    now, then = priced("--pd", 0.03), priced("--pd", 0.03, "--contract-date", "2018-01-15")
    assert (now["lender"], now["priced_on"]) == ("trading_company", "2026-01-01")
    assert then["kept_share"] < now["kept_share"], "17 % on goods then, 13 % now"


def test_a_bigger_deposit_in_the_file_loses_less(command, tmp_path):
    text = PURCHASE_LOAN.read_text(encoding="utf-8")
    lgds = []
    for number, deposit in enumerate(("0.15", "0.3")):
        path = tmp_path / f"{number}.yaml"
        path.write_text(text.replace("{value: 0.15, low: 0.1", f"{{value: {deposit}, low: 0.1"), encoding="utf-8")
        lgds.append(json.loads(command("product", "price", path, "--pd", 0.03, "--json").stdout)["lgd"])
    assert lgds[1] < lgds[0]


def test_a_wrapper_that_is_closed_to_the_lender_is_refused(command):
    result = command("price", PURCHASE_LOAN, "--pd", 0.03, "--lender", "bank", "--json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "entity" in result.stderr


def test_goods_in_custody_make_the_loan_cheaper_to_carry(priced):
    released, controlled = (priced("--pd", 0.03, "--form", form) for form in ("open_account", "goods_controlled"))
    assert controlled["required_rate_annual"] == pytest.approx(0.099, abs=5e-4)
    assert controlled["required_rate_annual"] < released["required_rate_annual"]
    assert controlled["break_even_pd"] > released["break_even_pd"]


def test_a_form_may_bring_its_own_capital_and_work(command, tmp_path):
    sourced = "unit: {}, as_of: 2026-01-01, confidence: assumption, source: a test"
    own = (
        f"    risk_weight: {{value: 0.85, {sourced.format('share')}}}\n"
        f"    operating_cost: {{value: 0.012, {sourced.format('share per year')}}}\n"
    )
    path = tmp_path / "growth.yaml"
    text = PURCHASE_LOAN.read_text(encoding="utf-8")
    path.write_text(text.replace("    grace:\n", own + "    grace:\n", 1), encoding="utf-8")
    result = command("price", path, "--pd", 0.025, "--lgd", 0.5, "--rate-annual", 0.12, "--json")
    assert json.loads(result.stdout)["required_rate_annual"] == pytest.approx(0.095, abs=5e-4)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (["--pd", "1.5"], "pd"),
        (["--pd", "nan"], "pd"),
        (["--pd", "0.03", "--lgd", "-1"], "lgd"),
        (["--pd", "0.03", "--term-days", "0"], "term_days"),
        (["--pd", "0.03", "--term-days", "400"], "term_days"),
        (["--pd", "0.03", "--rate-annual", "nan"], "rate_annual"),
    ],
)
def test_bad_values_are_named_and_nothing_is_printed(command, options, field):
    result = command("price", PURCHASE_LOAN, *options, "--json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert field in result.stderr


@pytest.mark.parametrize("name", ["absent.yaml", ""])
def test_a_file_that_is_not_there_or_is_a_folder(command, tmp_path, name):
    assert command("price", tmp_path / name, "--pd", 0.03).exit_code == 2


def test_the_page_says_in_words_whether_to_lend(command):
    assert "Pays." in command("price", DATA / "products" / "growth_loan.yaml", "--pd", 0.02).stdout
    assert "Do not lend at this PD." in command("price", PURCHASE_LOAN, "--pd", 0.2).stdout
    assert "Do not lend at this rate." in command("price", PURCHASE_LOAN, "--pd", 0, "--rate-annual", 0.05).stdout
    by_hand = command("price", PURCHASE_LOAN, "--pd", 0.03, "--lgd", 0.55, "--rate-annual", 0.12, "--one-period").stdout
    assert "11.13" in by_hand
    assert "fraud" not in by_hand
