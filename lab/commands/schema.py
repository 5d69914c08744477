"""`creditlab schema`: what every key of every answer means."""

import importlib
import json
import sys
from typing import TYPE_CHECKING

from credit.errors import BadInput, Problem

if TYPE_CHECKING:
    from pydantic import BaseModel

ANSWERS = {
    "doctor": "lab.commands.doctor:DoctorAnswer",
    "ingest platform": "lab.commands.ingest:IngestAnswer",
    "ingest sba": "lab.commands.ingest:IngestAnswer",
    "features": "lab.commands.features:FeaturesAnswer",
    "fit li2018": "lab.commands.fit:Li2018Answer",
    "fit sba": "lab.commands.fit:SbaAnswer",
    "fit sba-economy": "lab.commands.sba_economy:SbaEconomyAnswer",
    "fit platform": "lab.commands.fit:PlatformAnswer",
    **{
        f"validate {name}": "lab.validation_answers:ValidateAnswer"
        for name in ("sba", "german", "polish", "platform", "table")
    },
    **{
        f"fit {name}": "lab.validation_answers:ScorerAnswer"
        for name in ("scorecard", "boosted", "logistic", "combined")
    },
    "score": "lab.validation_answers:ScoreAnswer",
    "capital": "lab.commands.capital:CapitalAnswer",
    "cap": "lab.commands.cap:CapAnswer",
    "price": "lab.commands.price:PriceAnswer",
    "product check": "lab.product_answers:CheckAnswer",
    "product show": "lab.product_answers:ShowAnswer",
    "product schedule": "lab.product_answers:ScheduleAnswer",
    "product diff": "lab.product_answers:DiffAnswer",
    "product price": "lab.commands.price:PriceAnswer",
    "ladder overrides": "lab.commands.overrides:OverridesAnswer",
    "watch": "lab.commands.watch:WatchAnswer",
    "ladder explain": "lab.ladder_answer:LadderAnswer",
    "simulate": "lab.commands.simulate:SimulateAnswer",
    "why": "lab.commands.why:WhyAnswer",
    "audit": "lab.commands.audit:AuditAnswer",
    "stress": "lab.commands.stress:StressAnswer",
    "compare": "lab.compare_answer:CompareAnswer",
    "facts": "lab.facts_answers:FactsAnswer",
    "calibrate facts": "lab.commands.calibrate:CalibrateAnswer",
    "sensitivity": "lab.commands.sensitivity:SensitivityAnswer",
    "reverse": "lab.commands.reverse:ReverseAnswer",
    "report": "lab.commands.report:ReportAnswer",
    "odd": "lab.commands.odd:OddAnswer",
}
"""The answer model of every command that knows --json."""


def answer_model(command: str) -> "type[BaseModel]":
    """The pydantic model that a command's --json prints.

    Raises:
        BadInput: no command of that name answers in JSON.
    """
    if command not in ANSWERS:
        raise BadInput(Problem(f"must be one of: {', '.join(ANSWERS)}", field="COMMAND", value=command))
    module, name = ANSWERS[command].split(":")
    return getattr(importlib.import_module(module), name)


def run(command: str | None) -> None:
    """Print the schema of one command's answer, or of all by command."""
    if command is not None:
        told = answer_model(command).model_json_schema()
    else:
        told = {name: answer_model(name).model_json_schema() for name in ANSWERS}
    sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
