"""What the market's sources say of themselves: modules, classes with their attributes, the phases of a day."""

import ast
import importlib
import inspect
import re
import textwrap
from dataclasses import dataclass
from typing import Any

from sim.market import Market

UNITS = {
    "fen": "fen", "g": "g", "ppm": "ppm", "days": "days", "day": "market day", "on": "market day",
    "since": "market day", "until": "market day",
}  # fmt: skip
"""The unit that a name's last word tells."""
PERIODS = ("day", "week", "month")
ATTRIBUTE = re.compile(r"^(?P<name>\w+): (?P<told>.+)$")


@dataclass(frozen=True)
class Field:
    """One attribute of a class: its name, what it means, and the unit that its name tells."""

    name: str
    meaning: str
    unit: str


@dataclass(frozen=True)
class Phase:
    """One phase of a day: its name in words, what happens, and the module that says how."""

    name: str
    told: str
    module: str


def said_of_module(name: str) -> str:
    """A module's docstring, its lines joined to paragraphs."""
    return paragraphs(importlib.import_module(name).__doc__ or "")


def paragraphs(text: str) -> str:
    """A docstring as paragraphs of one line each."""
    parts = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(" ".join(part.split()) for part in parts)


def class_named(name: str) -> type:
    """A class by `module:name`."""
    module, _, word = name.partition(":")
    found: type = getattr(importlib.import_module(module), word)
    return found


def said_of_class(kind: type) -> str:
    """What a class is, without its attributes."""
    return paragraphs((kind.__doc__ or "").partition("\n    Attributes:")[0].partition("\n    Args:")[0])


def fields_of(kind: type) -> list[Field]:
    """The attributes that a class and its bases in the market document, the bases' first."""
    told: dict[str, Field] = {}
    for base in reversed(kind.__mro__):
        if base.__module__.startswith("sim."):
            told |= {field.name: field for field in _documented(base.__doc__ or "")}
    return list(told.values())


def _documented(doc: str) -> list[Field]:
    _, _, section = inspect.cleandoc(doc).partition("Attributes:\n")
    section = textwrap.dedent(section.partition("\n\n")[0])
    found: list[Field] = []
    for line in section.splitlines():
        if match := ATTRIBUTE.match(line):
            found.append(Field(match["name"], match["told"], unit_of(match["name"])))
        elif found:
            last = found[-1]
            found[-1] = Field(last.name, f"{last.meaning} {line.strip()}", last.unit)
    return found


def unit_of(name: str) -> str:
    """The unit that a name's suffix tells; empty where it tells none. A period before it is what it is counted over."""
    *before, last = name.split("_")
    unit = UNITS.get(last, "")
    return f"{unit} a {before[-1]}" if unit and before and before[-1] in PERIODS else unit


def phases() -> list[Phase]:
    """The phases of a day in their order, as `Market.step` names them."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(_step())))
    names = [
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
    ]
    told = []
    for name in names:
        method = getattr(Market, name)
        told.append(Phase(name.replace("_", " "), paragraphs(method.__doc__ or ""), method.__module__))
    return told


def _step() -> Any:
    """The step as it is written; Mesa wraps it for each market."""
    return Market.__dict__["step"]


def functions_of(module: str) -> list[tuple[str, str]]:
    """The public functions of a module in the order of the file: name with arguments, and the first sentence."""
    found = inspect.getmembers(importlib.import_module(module), inspect.isfunction)
    own = [(name, one) for name, one in found if one.__module__ == module and not name.startswith("_")]
    own.sort(key=lambda pair: pair[1].__code__.co_firstlineno)
    return [(name, paragraphs(one.__doc__ or "").partition("\n\n")[0]) for name, one in own]
