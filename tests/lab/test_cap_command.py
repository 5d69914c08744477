"""`creditlab cap`: an offer is held against the law of its day; a refusal carries the rule, its date and its source."""

import json

import pytest

from credit.files import DATA
from lab.commands.cap import CapAnswer

PURCHASE_LOAN = DATA / "products" / "purchase_loan.yaml"


@pytest.fixture
def answer(command):
    """The JSON answer of `creditlab cap`."""

    def told(*words):
        result = command("cap", *words, "--json")
        assert result.exit_code == 0, result.output
        return CapAnswer.model_validate(json.loads(result.stdout))

    return told


def test_the_purchase_loan_as_a_credit_sale_was_enforceable_in_2019_and_is_refused_in_2026(answer):
    now = answer(PURCHASE_LOAN, "--entity", "trading_company")
    assert (now.wrapper, now.contract_date, now.is_allowed) == ("credit_sale", "2026-01-01", False)
    assert now.nominal_annual_rate == pytest.approx(0.1896, abs=5e-5)
    assert now.effective_annual_rate == pytest.approx(0.2070, abs=5e-5)
    refusal = now.findings[0]
    assert refusal.code == "rate_above_cap"
    assert refusal.valid_from == "2025-05-20"
    assert "Fashi" in refusal.source
    then = answer(PURCHASE_LOAN, "--entity", "trading_company", "--contract-date", "2019-06-01")
    assert then.is_allowed
    assert then.treatment.cap_annual == 0.24
    assert now.treatment.client_cost_share == pytest.approx(1 / 1.13)  # a factory deducts the VAT of goods


def test_the_same_flows_from_a_licensed_lender_may_be_offered(answer):
    told = answer(PURCHASE_LOAN, "--entity", "micro_lender", "--wrapper", "micro_loan")
    assert told.is_allowed
    assert told.treatment.kept_share == pytest.approx(0.937, abs=5e-4)
    assert told.treatment.client_cost_share == 1.0  # and not that of interest
    assert {rule.topic for rule in told.treatment.rules} == {"licence", "rate_cap", "tax", "accounting", "capital"}


def test_a_leaseback_file_is_taxed_as_a_loan_without_being_told(answer):
    lease, leaseback = (
        answer(DATA / "products" / f"{name}.yaml", "--entity", "finance_lessor")
        for name in ("machine_lease", "sale_leaseback")
    )
    assert (lease.treatment.vat_rate, leaseback.treatment.vat_rate) == (0.13, 0.06)
    assert leaseback.treatment.asset == "loan"


def test_a_wrapper_that_cannot_carry_the_contract_is_refused(answer):
    told = answer(PURCHASE_LOAN, "--entity", "finance_lessor", "--wrapper", "finance_lease")
    assert [finding.code for finding in told.findings if finding.is_refusal] == ["wrapper_cannot_carry"]


def test_a_platforms_promise_is_refused(answer):
    words = ("--entity", "bank", "--wrapper", "entrusted_bank_loan", "--contract-date", "2026-01-01")
    told = answer(*words, "--rate-annual", 0.1, "--loss-cover", "platform_promise")
    assert [finding.code for finding in told.findings] == ["platform_first_loss"]


def test_the_page_says_the_answer_the_rule_and_the_source_once(command, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")
    page = command("cap", PURCHASE_LOAN, "--entity", "trading_company").stdout
    assert page.count("the private-lending cap is what then remains enforceable") == 1
    for part in ("Must not be offered", "18.96", "20.70", "12.00", "Fashi 2020 No. 6", "not legal advice"):
        assert part in page


def test_without_a_lender_the_first_of_the_wrapper_is_meant(answer):
    assert answer(PURCHASE_LOAN) == answer(PURCHASE_LOAN, "--lender", "trading_company")
    assert answer(PURCHASE_LOAN, "--wrapper", "entrusted_bank_loan").entity == "bank"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--entity", "uncle", "--wrapper", "micro_loan", "--contract-date", "2026-01-01"), "entity"),
        (("--entity", "bank", "--wrapper", "handshake", "--contract-date", "2026-01-01"), "wrapper"),
        (("--entity", "bank", "--contract-date", "2026-01-01"), "wrapper"),
        (("--entity", "bank", "--wrapper", "entrusted_bank_loan"), "contract_date"),
        (
            ("--entity", "bank", "--wrapper", "entrusted_bank_loan", "--contract-date", "2026-01-01",
             "--loss-cover", "hope"),
            "loss_cover",
        ),
    ],
)  # fmt: skip
def test_bad_input_exits_with_2_and_names_the_field(command, words, told):
    result = command("cap", *words, "--json")
    assert result.exit_code == 2
    assert told in result.stderr
    assert result.stdout == ""
