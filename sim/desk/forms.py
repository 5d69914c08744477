"""Which forms of which products the market lives; a policy that offers others is refused before anything is lived."""

from typing import Any

from credit.errors import BadInput, Problem
from credit.files import DATA
from credit.ladder_rules import LadderPolicy
from credit.products import load_product
from sim.books.facilities import KIND_OF, KINDS

PURCHASE_FORMS = ("open_account", "goods_controlled")
"""The freer first; a client is offered the first for which it has a line."""
FORM_OF = {
    "machine_lease": "annuity",
    "sale_leaseback": "annuity",
    "turnover_revolver": "bullet",
    "receivables_advance": "recourse",
    "growth_loan": "seasonal",
}
"""Which form of a product file the market lives, where a policy names none."""


HOW_TO_LIVE_YOURS = (
    "to live one of your own, name here the product and form that have its contract; "
    "terms, deposits, fee, limits and rates stay those of your offer"
)


def forms_lived() -> dict[str, Any]:
    """The forms beyond purchases as their product files say them.

    Raises:
        BadInput: a product file breaks its rules, or lacks the form.
    """
    return {
        product: load_product(DATA / "products" / f"{product}.yaml").any_form(form) for product, form in FORM_OF.items()
    }


def assert_lived(policy: LadderPolicy) -> None:
    """Hold a policy's offers against what the market can live.

    Raises:
        BadInput: naming each offer that it cannot, and what it can.
    """
    problems = []
    for number, offer in enumerate(policy.offers):
        known = sorted(kind.form for kind in KINDS if kind.product == offer.product)
        where = f"{policy.name}: offers.{number}"
        if not known:
            lived = ", ".join(sorted({kind.product for kind in KINDS}))
            problems.append(
                Problem(
                    f"must be a product that the market lives: {lived}",
                    field=f"{where}.product",
                    value=offer.product,
                    remedy=HOW_TO_LIVE_YOURS,
                )
            )
        elif offer.form is None and offer.product == "purchase_loan":
            problems.append(Problem(f"must be named: {', '.join(known)}", field=f"{where}.form"))
        elif offer.form is not None and (offer.product, offer.form) not in KIND_OF:
            rule = f"must be a form of {offer.product} that the market lives: {', '.join(known)}"
            problems.append(Problem(rule, field=f"{where}.form", value=offer.form))
    if problems:
        raise BadInput(problems, headline=f"the market cannot live all offers of {policy.name}")
