"""A field of a product set anew, by its path: what a notebook does where an editor would change a file."""

from difflib import get_close_matches
from typing import Any

from credit.errors import BadInput, Problem


def change(content: dict[str, Any], field: str, value: Any, where: str) -> None:
    """Set a field of a product's content, in place.

    A field is a path as in the file, with or without the last `.value` ("forms.open_account.deposit_share"). One that
    does not begin with a field of the product is sought in its forms, and set in each that has it ("deposit_share",
    "term.longest"). A number keeps its unit, day and range; its source then says that it was changed, and it is held
    for an `assumption`, for nobody has vouched for it yet.

    Args:
        content: the product as plain values; changed.
        field: the path.
        value: the new value; a mapping replaces a number with all that belongs to it.
        where: a name for the product in errors.

    Raises:
        BadInput: the product has no such field.
    """
    steps = field.removesuffix(".value").split(".")
    roots = [content] if steps[0] in content else list(content["forms"].values())
    places = [place for root in roots if isinstance(place := _walked(root, steps[:-1]), dict) and steps[-1] in place]
    if not places:
        known = sorted(set(content) - {"forms"} | {name for form in content["forms"].values() for name in form})
        near = get_close_matches(field, known, n=1)
        remedy = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}, and forms.NAME.FIELD"
        raise BadInput(Problem("is not a field of the product", where, field, remedy=remedy))
    for place in places:
        place[steps[-1]] = _anew(place[steps[-1]], value)


def _walked(root: Any, steps: list[str]) -> Any:
    for step in steps:
        root = root.get(step) if isinstance(root, dict) else None
    return root


def _anew(old: Any, value: Any) -> Any:
    """The new value in the place of the old one."""
    is_number = isinstance(old, dict) and "value" in old
    if not is_number or isinstance(value, dict):
        return value
    return old | {"value": value, "source": f"changed by hand; before: {old['source']}", "confidence": "assumption"}
