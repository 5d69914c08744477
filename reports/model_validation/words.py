"""How the report prints what a review holds."""

from reports.edition import Edition
from reports.model_validation.verdicts import Finding


def judged(edition: Edition, finding: Finding, value: float) -> str:
    """A number of a rule, in the rule's unit."""
    numbers, unit = edition.numbers, finding.rule.unit
    if unit == "share":
        return numbers.share(value)
    if unit == "multiple":
        return edition.say("units.multiple", value=numbers.count(value, 2))
    return numbers.count(value, 0 if unit == "count" else 3)


def ratio(edition: Edition, value: float) -> str:
    """A ratio or an area: three decimals."""
    return edition.numbers.count(value, 3)


def interval(edition: Edition, low: float, high: float, decimals: int = 3) -> str:
    """Both ends of an interval."""
    numbers = edition.numbers
    return edition.say("units.interval", low=numbers.count(low, decimals), high=numbers.count(high, decimals))


def share_interval(edition: Edition, low: float, high: float) -> str:
    """Both ends of an interval of shares."""
    return edition.say("units.interval", low=edition.numbers.share(low), high=edition.numbers.share(high))


def label(edition: Edition, name: str) -> str:
    """A segment, group or reason of the data in the reader's language; as it stands where the catalogue has none."""
    key = f"labels.{name.replace('_', ' ').replace('.', ' ')}"
    return edition.say(key) if edition.texts.knows(key) else name.replace("_", " ")


def model_name(edition: Edition, name: str) -> str:
    """A scorer's printed name."""
    return edition.say(f"models.{name}")


def source(edition: Edition, dataset: str) -> str:
    """Where a figure's numbers come from."""
    key = f"sources.{dataset}"
    return edition.say(key) if edition.texts.knows(key) else edition.say("sources.table")
