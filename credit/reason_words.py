"""Reason codes of decisions in words: refusals of platform and lenders, gates of a ladder, features of a model."""

from credit.feature_specs import FEATURES
from credit.ladder_measures import MEASURES
from credit.limit_review import MEANINGS

OWN_WORDS = {
    "too_new": "too short a time on the platform",
    "too_few_orders": "too few orders so far",
    "orders_do_not_match": "orders, invoices and deliveries do not agree",
    "in_arrears": "something is past due",
    "in_default": "a default stands on its record",
    "suspended": "suspended: past due, or not clean for long enough",
    "not_clean_long_enough": "not clean for long enough after arrears",
    "too_risky": "default is too likely for any offer",
    "limit_used_up": "the limit is used up",
    "limit": "beyond the limit of the offer",
    "total_cap": "beyond the cap over all products",
    "amount": "too small an amount to be worth the work",
    "break_even": "too small or too short to pay for its own cost",
    "stage": "the product is not open at the client's stage",
    "product_not_offered": "the policy offers no such product",
    "nothing_eligible": "none of its invoices can be advanced against",
    "expected_loss": "the expected loss is too high for the price",
    "utilisation": "existing lines are drawn to the brim",
    "lender_closed": "the lender has closed",
    "outside_mandate": "riskier than any lender's mandate allows",
    "no_appetite": "lenders have no appetite for new loans",
    "no_liquidity": "lenders lack liquid funds",
    "obligor_too_large": "too large a claim on one client for the lenders",
    "no_capital": "lenders' capital would not carry the loan",
}
"""What neither a feature nor a measure names."""
UNKNOWN = ".missing"
"""Ending of a model's reason: that something is not known."""


def in_words(code: str) -> str:
    """A reason code in words; a code that nobody knows stands for itself.

    A gate of a ladder's stage, `stage_2_pd_annual`, is told with its stage.
    """
    if code in OWN_WORDS:
        return OWN_WORDS[code]
    if code.endswith(UNKNOWN):
        return f"not known: {in_words(code.removesuffix(UNKNOWN))}"
    if code.startswith("stage_"):
        _, stage, measure = code.split("_", 2)
        return f"for stage {stage}: {in_words(measure)}"
    if code in MEASURES:
        return MEASURES[code].meaning
    if code in FEATURES:
        return FEATURES[code].meaning
    return MEANINGS.get(code, code)


def all_in_words(codes: str | None, most: int = 3) -> str:
    """The first of several codes joined by `;`, in words; empty for none."""
    known = [code for code in (codes or "").split(";") if code]
    return "; ".join(in_words(code) for code in known[:most])
