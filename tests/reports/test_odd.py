"""The ODD description says what the sources say: nothing is left out, nothing stands twice, nothing has drifted."""

import inspect
import io
import re

import pytest
from pypdf import PdfReader

from credit.errors import BadInput
from credit.files import DATA, read_yaml
from credit.parameters import parameters
from reports.odd.document import COMMITTED, write
from reports.odd.protocol import OUTLINE, description
from reports.odd.sources import class_named, fields_of, phases, unit_of
from sim.market import Market


@pytest.fixture(scope="module")
def told() -> str:
    return description()


def test_the_committed_description_is_what_the_sources_say_now(told):
    assert COMMITTED.read_text(encoding="utf-8") == told, "run: creditlab odd --out docs/ODD.md"


def test_the_seven_elements_stand_in_the_order_of_the_protocol(told):
    assert re.findall(r"^## (\d)\.", told, re.MULTILINE) == list("1234567")


def test_the_schedule_is_the_table_of_contents_of_a_day():
    written = re.findall(r"self\.(\w+)\(\)", inspect.getsource(Market.__dict__["step"]))
    assert [one.name.replace(" ", "_") for one in phases()] == written
    assert len(written) >= 16
    assert all(one.told for one in phases())


def test_every_parameter_and_every_scenario_is_told_with_its_source(told):
    for one in read_yaml(OUTLINE)["parameters"]:
        for name in parameters(one["file"]):
            assert f"`{name}`" in told
    for path in (DATA / "scenarios").glob("*.yaml"):
        assert f"| `{path.stem}` |" in told


def test_state_variables_carry_meaning_and_the_unit_of_their_name():
    for one in read_yaml(OUTLINE)["entities"]:
        fields = fields_of(class_named(one["class"]))
        assert fields, one["class"]
        assert all(field.meaning for field in fields)
    firm = {field.name: field for field in fields_of(class_named("sim.economy.smes:SME"))}
    assert firm["wages_owed_fen"].unit == "fen"
    assert firm["size_ppm"].unit == "ppm"
    assert firm["failed_on"].unit == "market day"
    assert unit_of("base_week_g") == "g a week"
    assert unit_of("made_month_g") == "g a month"
    assert unit_of("honesty") == ""


def test_it_prints_as_pdf_and_html_and_refuses_other_names(tmp_path):
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(write(tmp_path / "odd.pdf"))).pages)
    for heading in ("Purpose and patterns", "Process overview and scheduling", "Submodels", "burn_in_days"):
        assert heading in text
    assert b"<table" in write(tmp_path / "odd.html")
    with pytest.raises(BadInput, match=r"must end in one of: \.md"):
        write(tmp_path / "odd.docx")
