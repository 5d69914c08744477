"""Every mistake in a file is told in the house's words, with its field, and never in the validator's own."""

import re
from copy import deepcopy

import pytest
from pydantic import BaseModel, ValidationError

from credit.calendars import CalendarFile
from credit.errors import BadInput
from credit.files import DATA, read_yaml
from credit.firm_files import FirmFile
from credit.ladder_rules import LadderPolicy
from credit.limit_rules import LimitRules
from credit.limits import PurchasePolicy
from credit.mandates import Mandate, load_mandate
from credit.parameters import Parameter
from credit.products import Product, load_product
from credit.validation_words import problems_of
from sim.scenarios.scenario import Scenario

FILES = [
    (Product, "products/purchase_loan"),
    (Product, "products/growth_loan"),
    (Product, "products/receivables_advance"),
    (Mandate, "mandates/abs_senior"),
    (LadderPolicy, "policies/single_product"),
    (PurchasePolicy, "policies/purchase_policy"),
    (LimitRules, "policies/limit_review"),
    (FirmFile, "firms/newcomer"),
    (Scenario, "scenarios/resin_crash_2008"),
    (CalendarFile, "calendars/prc"),
]
FOREIGN = re.compile(
    r"[Ii]nput should|Field required|Extra inputs|Value error|pydantic|unable to|List should|String should"
)
WRONG = ("?", -1e9, 1e30, float("nan"), [], {}, None, True)


def spoilt(content):
    """Every leaf made wrong in some way, every mapping with a field too many and one too few."""
    places = [()]
    while places:
        place = places.pop()
        part = content
        for step in place:
            part = part[step]
        if isinstance(part, dict):
            places += [(*place, key) for key in part]
            yield place, lambda whole: whole.pop(next(iter(whole)))
            yield place, lambda whole: whole.update(shoe_size=44)
        elif isinstance(part, list):
            places += [(*place, number) for number in range(min(len(part), 2))]
            yield place, lambda whole: whole.clear()
        else:
            number = sum(map(len, map(str, place))) % len(WRONG)
            for wrong in (WRONG[number], WRONG[(number + 3) % len(WRONG)]):
                yield place[:-1], lambda whole, key=place[-1], wrong=wrong: whole.__setitem__(key, wrong)


@pytest.mark.parametrize(("model", "name"), FILES, ids=[name for _, name in FILES])
def test_whatever_is_wrong_is_told_in_our_words(model: type[BaseModel], name):
    content = read_yaml(DATA / f"{name}.yaml")
    refused = 0
    for place, spoil in spoilt(content):
        broken = deepcopy(content)
        part = broken
        for step in place:
            part = part[step]
        spoil(part)
        try:
            model.model_validate(broken)
        except ValidationError as error:
            refused += 1
            problems = problems_of(error, name)
            assert problems
            for problem in problems:
                assert not FOREIGN.search(str(problem)), str(problem)
                assert problem.file == name
                assert problem.rule[:1] not in ("", "I")
        except BadInput:
            refused += 1  # said by our own code at once
    assert refused > 20


def told(model, content, prefix=""):
    with pytest.raises(ValidationError) as caught:
        model.model_validate(content)
    return [str(one) for one in problems_of(caught.value, "a.yaml", prefix, model)]


def test_the_words_themselves():
    sound = read_yaml(DATA / "parameters" / "pricing.yaml")["funding_cost_annual"]
    first = sound["values"][0]
    cases = {
        "a.yaml, funding_cost.unti: is not a field that is known here (did you mean unit?)": sound | {"unti": "share"},
        "a.yaml, funding_cost.meaning: 'short': must have at least 10 characters": sound | {"meaning": "short"},
        "a.yaml, funding_cost.values: must hold at least one entry, not 0": sound | {"values": []},
        "a.yaml, funding_cost.values.0.value: 'a lot': must be a number": sound
        | {"values": [first | {"value": "a lot"}]},
        "a.yaml, funding_cost.values.0.valid_from: 'spring': must be a date, as 2026-01-31": sound
        | {"values": [first | {"valid_from": "spring"}]},
    }
    for words, content in cases.items():
        assert told(Parameter, content, "funding_cost") == [words]
    without = {key: value for key, value in sound.items() if key != "unit"}
    assert told(Parameter, without) == ["a.yaml, unit: is missing (add it)"]


def test_alternatives_are_one_problem_of_the_field_as_it_stands_in_the_file(tmp_path):
    path = tmp_path / "city_bank.yaml"
    text = (DATA / "mandates" / "city_bank.yaml").read_text(encoding="utf-8")
    path.write_text(text.replace("regions: any", "regions: []"), encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        load_mandate(path)
    (problem,) = refused.value.problems
    assert (problem.field, problem.rule) == ("regions", "must be 'any', or must hold at least one entry, not 0")


@pytest.mark.parametrize(
    ("old", "new", "remedy"),
    [
        ("deposit_share:", "depositt:", "did you mean deposit_share?"),  # and not a deposit_return of another contract
        ("default: {value: 30, unit: days", "default: {valeu: 30, unit: days", "did you mean value?"),
        ("contract: open_account_purchase", "contract: open_account", "did you mean open_account_purchase?"),
        ("{value: 288000, unit: yuan", "[288000, yuan", "write a mapping with value, as_of, source, confidence, unit"),
    ],
)
def test_a_remedy_speaks_of_the_place_where_the_mistake_is(tmp_path, old, new, remedy):
    path = tmp_path / "purchase_loan.yaml"
    lines = (DATA / "products" / "purchase_loan.yaml").read_text(encoding="utf-8").replace(old, new, 1).splitlines()
    text = "\n".join(line[: line.index("[")] + "[288000]" if "[288000" in line else line for line in lines)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        load_product(path)
    assert remedy in [problem.remedy for problem in refused.value.problems]
