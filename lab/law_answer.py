"""What the rules of a day say to an offer: refusals and cautions, each with its text, day and source."""

from collections.abc import Container, Iterable, Iterator

from pydantic import Field

from credit.wrappers import Finding
from lab.answer import Answer


class LawFinding(Answer):
    """One rule that the offer touches."""

    code: str = Field(description="What it is about, for programs.")
    is_refusal: bool = Field(description="The rule forbids the offer; otherwise it asks for care.")
    told: str = Field(description="What was found, with its numbers.")
    rule: str = Field(description="The rule's text.")
    rule_zh: str = Field(description="The rule's text in Chinese.")
    valid_from: str = Field(description="Since when it holds, ISO date.")
    source: str = Field(description="Where it is written.")
    confidence: str = Field(description="How sure the reading is: high, medium, low or assumption.")


def answered(findings: Iterable[Finding]) -> list[LawFinding]:
    """Findings as an answer holds them."""
    return [LawFinding(**{**vars(finding), "valid_from": finding.valid_from.isoformat()}) for finding in findings]


def lines(findings: Iterable[LawFinding], told_elsewhere: Container[str] = ()) -> Iterator[tuple[str, bool]]:
    """Findings as printed lines: the text, and whether it is the small print below a finding.

    Args:
        findings: what the rules of the day found.
        told_elsewhere: rules that the page tells with their source anyway; they get no small print here.
    """
    for finding in findings:
        yield f"{'Refused' if finding.is_refusal else 'Take care'}: {finding.told}.", False
        if finding.rule in told_elsewhere:
            continue
        yield f"  {finding.rule}", True
        yield f"  {finding.source}; since {finding.valid_from}; confidence {finding.confidence}", True
