"""What is wrong with a file, in the house's words: field, value, rule and remedy instead of a validator's own texts.

Pydantic finds the mistakes. Its texts speak to programmers ("Extra inputs are not permitted"), so each kind of mistake
is told anew here; a test holds that no kind reaches a reader untold.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from credit.errors import Problem

_KINDS = {
    "bool": "true or false",
    "date": "a date, as 2026-01-31",
    "dict": "a mapping of fields",
    "float": "a number",
    "int": "a whole number",
    "list": "a list",
    "mapping": "a mapping of fields",
    "model": "a mapping of fields",
    "string": "text",
    "tuple": "a list",
}
_RULES = {
    "missing": "is missing",
    "extra_forbidden": "is not a field that is known here",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be above {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be below {lt}",
    "multiple_of": "must be a multiple of {multiple_of}",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "union_tag_invalid": "must be one of {expected_tags}",
    "union_tag_not_found": "must say which kind it is, in the field {discriminator}",
    "finite_number": "must be a finite number",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must hold at least {min_length} entries, not {actual_length}",
    "too_long": "must hold at most {max_length} entries, not {actual_length}",
    "int_from_float": "must be a whole number",
    "none_required": "must be left out",
    "unexpected_keyword_argument": "is not a field that is known here",
}
_REMEDIES = {
    "missing": "add it",
    "extra_forbidden": "check its spelling and its indentation, or take it out",
}
_WORDS = r"^\^\[a-z\]\[a-z0-9_\]"
_STEPS_OF_UNIONS = re.compile(r"^(literal\[|list\[|dict\[|tuple\[|constrained-|function-|nullable|lax-or-strict)")


def problems_of(
    error: ValidationError, path: Path | str, prefix: str = "", model: type[BaseModel] | None = None
) -> list[Problem]:
    """A validation error as problems that name file, field, value, rule and remedy.

    Args:
        error: as pydantic raises it.
        path: the file, or a name for what was read.
        prefix: the field under which the validated part stands.
        model: what was validated; misspelt fields are then told the name that may have been meant.
    """
    schema = {} if model is None else model.model_json_schema()
    told: dict[tuple[str, bool], list[Problem]] = {}
    details = error.errors(include_url=False)
    for detail in details:
        if detail["type"] == "too_short" and _is_hollowed_out(detail["loc"], [other["loc"] for other in details]):
            continue
        steps = [str(step) for step in detail["loc"]]
        value, context = detail["input"], detail.get("ctx", {})
        if detail["type"] == "union_tag_invalid":  # pydantic blames the whole mapping; the tag is what is wrong
            steps.append(str(context["discriminator"]).strip("'"))
            value = context["tag"]
        own = [step for step in steps if not _STEPS_OF_UNIONS.match(step)]
        field = ".".join([prefix, *own] if prefix else own)
        problem = Problem(
            rule=rule_of(detail["type"], detail["msg"], context),
            file=str(path),
            field=field or None,
            value=_plain(value) if detail["type"] not in ("missing", "extra_forbidden") else None,
            remedy=_remedy(detail["type"], steps, own, schema, context),
        )
        told.setdefault((field, len(own) < len(steps)), []).append(problem)
    return [one for (_, is_either), found in told.items() for one in ([_either(found)] if is_either else found)]


def rule_of(kind: str, message: str, context: Mapping[str, Any]) -> str:
    """The rule that a mistake breaks, in words.

    Args:
        kind: pydantic's name for it.
        message: pydantic's own text; what the house's validators say stands in it.
        context: the numbers and names that belong to it.
    """
    if kind in ("value_error", "assertion_error"):
        return message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    if kind == "string_pattern_mismatch":
        pattern = str(context.get("pattern", ""))
        is_name = re.match(_WORDS, pattern) is not None
        return "must be a name of small letters, digits and underscores" if is_name else f"must match {pattern}"
    if kind in _RULES:
        rule = _RULES[kind].format(**{name: _number(value) for name, value in context.items()})
        return rule.replace("at least 1 entries", "at least one entry").replace("at least 1 characters", "some text")
    for name, words in _KINDS.items():
        if kind.startswith(name):
            return f"must be {words}"
    return message.replace("Input should be", "must be")


def _is_hollowed_out(place: tuple[int | str, ...], places: list[tuple[int | str, ...]]) -> bool:
    """Whether a list is short only because its entries are wrong, which is told of them."""
    return any(len(other) > len(place) and other[: len(place)] == place for other in places)


def _either(problems: list[Problem]) -> Problem:
    """One problem for the alternatives of a field, of which one must hold."""
    first = problems[0]
    rules = list(dict.fromkeys(problem.rule for problem in problems))
    return Problem(", or ".join(rules), first.file, first.field, first.value, remedy=first.remedy)


def _remedy(
    kind: str, steps: Sequence[str], own: Sequence[str], schema: Mapping[str, Any], context: Mapping[str, Any]
) -> str | None:
    """The name or kind that may have been meant, first among those of the place; the fields that a mapping needs."""
    if kind == "extra_forbidden" and own:
        here = _part_at(schema, steps[:-1]).get("properties", {})
        near = get_close_matches(own[-1], here, n=1) or get_close_matches(own[-1], _field_names(schema), n=1)
        return f"did you mean {near[0]}?" if near else _REMEDIES[kind]
    if kind in ("model_type", "model_attributes_type"):
        needed = _part_at(schema, steps).get("required", [])
        return f"write a mapping with {', '.join(needed)}" if needed else None
    if kind == "union_tag_invalid":
        near = get_close_matches(str(context["tag"]), re.findall(r"'([^']*)'", context["expected_tags"]), n=1)
        return f"did you mean {near[0]}?" if near else None
    return _REMEDIES.get(kind)


def _plain(value: Any) -> Any:
    """A value that can be printed on a line; None for whole structures."""
    if isinstance(value, date):
        return str(value)
    return value if isinstance(value, str | int | float | bool) else None


def _number(value: Any) -> Any:
    return f"{value:g}" if isinstance(value, float) else value


def _part_at(schema: Mapping[str, Any], steps: Sequence[str]) -> Mapping[str, Any]:
    """What a schema says of the place to which steps lead; nothing where they cannot be followed."""
    part = _resolved(schema, schema)
    for step in steps:
        tags = part.get("discriminator", {}).get("mapping", {})
        if step in tags:
            part = {"$ref": tags[step]}
        elif step in part.get("properties", {}):
            part = part["properties"][step]
        elif step.isdigit():
            part = part.get("items", {})
        else:
            part = part.get("additionalProperties") or {}
        part = _resolved(part, schema) if isinstance(part, Mapping) else {}
    return part


def _resolved(part: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A part behind its reference; of what may also be left out, the part that it otherwise is."""
    choices = [one for one in part.get("anyOf", []) if one.get("type") != "null"]
    if len(choices) == 1:
        part = choices[0]
    name = str(part.get("$ref", "")).removeprefix("#/$defs/")
    return schema.get("$defs", {}).get(name, {}) if name else part


def _field_names(schema: Mapping[str, Any]) -> frozenset[str]:
    """Every name of a field in a schema and the parts inside it."""
    parts = [schema, *schema.get("$defs", {}).values()]
    return frozenset(name for part in parts for name in part.get("properties", {}))
