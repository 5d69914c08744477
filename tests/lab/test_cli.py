"""The command is a table of contents: it opens at once, and every answer says what its keys mean."""

import json
import os
import subprocess
import sys

import click
import pytest
import typer.main

from credit.errors import BadInput, Problem, WorkFailed
from lab.cli import app
from lab.commands.schema import ANSWERS, answer_model
from lab.output import told_lines
from reports.product_memo.parameters import MemoParameters

HEAVY = {"numpy", "pandas", "mesa", "lifelines", "matplotlib", "pandera", "sklearn", "scipy", "lightgbm", "duckdb"}


def leaves(command: click.Command, words: tuple[str, ...] = ()) -> dict[str, click.Command]:
    """Every command that does something, by the words that call it."""
    if not hasattr(command, "commands"):
        return {" ".join(words): command}
    found = {}
    for name, inner in command.commands.items():
        found |= leaves(inner, (*words, name))
    return found


COMMANDS = leaves(typer.main.get_command(app))


def in_a_new_process(*words: str, then: str = "") -> subprocess.CompletedProcess[str]:
    code = f"""
import sys
sys.argv = ['creditlab', *{words!r}]
from lab.cli import main
try:
    main()
except SystemExit as end:
    {then or "sys.exit(end.code)"}
"""
    plain = {name: value for name, value in os.environ.items() if name not in {"FORCE_COLOR", "GITHUB_ACTIONS"}}
    plain |= {"NO_COLOR": "1", "COLUMNS": "100", "PYTHONUTF8": "1"}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", env=plain)


def test_help_reads_like_a_table_of_contents():
    told = in_a_new_process("--help").stdout
    for chapter in ("Start here", "Data", "Models", "Products", "Market", "Reports"):
        assert f"─ {chapter} ─" in told
    for entry in ("doctor", "ingest", "fit", "price", "simulate", "stress", "report", "schema"):
        assert f"│ {entry} " in told


@pytest.mark.parametrize("words", [("--help",), ("price", "--help"), ("fit", "--help"), ("stress", "--help")])
def test_help_loads_no_heavy_library(words):
    told = in_a_new_process(*words, then="print('LOADED', *sys.modules)").stdout
    loaded = {name.split(".")[0] for name in told.partition("LOADED")[2].split()}
    assert "typer" in loaded
    assert not loaded & HEAVY
    if words == ("--help",):  # for the help of one command Typer itself loads pydantic
        assert "pydantic" not in loaded


def test_every_command_says_what_it_does():
    for words, command in COMMANDS.items():
        assert command.help, words
        assert command.help.split("\n")[0].endswith("."), words


def test_the_schema_covers_every_command_that_answers_in_json():
    answering = {
        words for words, command in COMMANDS.items() if "--json" in [o for p in command.params for o in p.opts]
    }
    assert answering == set(ANSWERS)
    assert set(COMMANDS) - answering == {"schema"}  # it prints JSON anyway


def descriptions(schema: dict) -> dict[str, str | None]:
    """The description of every field, those of nested models included."""
    models = {"": schema, **schema.get("$defs", {})}
    return {
        f"{model}.{field}": content.get("description")
        for model, its_schema in models.items()
        for field, content in its_schema.get("properties", {}).items()
    }


@pytest.mark.parametrize("words", ANSWERS)
def test_every_key_of_every_answer_has_a_meaning_and_no_key_is_unknown(words, command):
    result = command("schema", words)
    assert result.exit_code == 0, result.output
    schema = json.loads(result.stdout)
    unexplained = [field for field, description in descriptions(schema).items() if not description]
    assert not unexplained
    assert schema["additionalProperties"] is False
    assert answer_model(words).__doc__


def test_an_unknown_command_has_no_schema(command):
    result = command("schema", "forecast")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "fit li2018" in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    "words", [("nonsense",), ("price",), ("simulate", "--firms", "none"), ("simulate", "--days", "0")]
)
def test_a_wrong_call_is_bad_input(words):
    ended = in_a_new_process(*words)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr


def test_many_problems_of_a_file_name_it_once():
    problems = [Problem("is missing", "a.yaml", "name"), Problem("must be a date", "a.yaml", "day", "spring")]
    heading = "a.yaml is not a valid product"
    below = ["  name: is missing", "  day: 'spring': must be a date"]
    assert told_lines(BadInput(problems, heading)) == ([heading], below)
    assert told_lines(BadInput(problems)) == (["a.yaml:"], below)
    assert told_lines(BadInput(problems[0])) == ([], ["a.yaml, name: is missing"])
    elsewhere = Problem("is missing", "b.yaml", "name")
    assert told_lines(BadInput([problems[0], elsewhere])) == (
        [],
        ["a.yaml, name: is missing", "b.yaml, name: is missing"],
    )
    assert told_lines(WorkFailed("no\nroom")) == ([], ["no", "room"])


def test_a_report_lists_what_can_be_set(command):
    page = command("report", "product_memo", "--parameters")
    assert page.exit_code == 0
    for field in MemoParameters.model_fields:
        assert f"  {field} " in page.stdout
    assert command("report", "product_memo", "--parameters", "--json").exit_code == 2
    assert command("report", "no_such", "--parameters").exit_code == 2
