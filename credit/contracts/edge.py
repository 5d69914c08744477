"""What contracts check at their edge, once."""

from credit.errors import BadInput, Problem


def check_integer(where: str, field: str, value: int, low: int, high: int) -> None:
    """Raise unless `value` is an integer from `low` to `high`.

    Raises:
        BadInput: naming contract, field, value and rule.
    """
    if not isinstance(value, int) or not low <= value <= high:
        raise BadInput(Problem(f"must be an integer from {low} to {high}", file=where, field=field, value=value))
