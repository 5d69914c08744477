"""The default model that belongs to a ladder: fitted on the groups of features that its policy looks at, and no others.

A blind arm that borrows the platform's model with half the columns emptied is handicapped twice: it lacks the data,
and it lacks the model that somebody without them would have fitted. The comparison is fair only when each arm brings
its own refit. Days past due on the lender's own contracts are known to every arm.

The laboratory stores five, fitted on simulated pre-histories (`sim.prehistory`): of purchase finance alone and of the
whole ladder, each with live data and without, and of a ladder that was blind to them from its first day.
"""

from pathlib import Path

from credit.default_model import ARREARS, DefaultModel
from credit.default_model_fit import PlatformFit, fit_platform
from credit.errors import BadInput, Problem
from credit.feature_specs import FEATURES
from credit.files import DATA
from credit.firm_months import FirmMonths
from credit.ladder_rules import LadderPolicy

FITTED_GROUPS = "CBTPX"
"""Groups that models are fitted on at all: see `credit.default_model_fit.fit_platform` on industry features."""

LIVE = frozenset({"T", "P"})
"""Groups of evidence that come from trade and behaviour on the platform."""
PURCHASE_MODEL: Path = DATA / "models" / "purchase_pd.json"
LADDER_MODEL: Path = DATA / "models" / "ladder_pd.json"
BLIND_LADDER_MODEL: Path = DATA / "models" / "blind_ladder_pd.json"
PURCHASE = "purchase_loan"


def stored_model(policy: LadderPolicy) -> Path:
    """The stored model that belongs to a policy: taught where the like of it was on offer, by what it looks at."""
    full = model_with_live_data(policy)
    if LIVE & set(policy.evidence):
        return full
    return BLIND_LADDER_MODEL if full == LADDER_MODEL else without_live_data(full)


def model_with_live_data(policy: LadderPolicy) -> Path:
    """The model taught where the like of a policy was on offer, whatever the policy looks at."""
    sold = {offer.product for offer in policy.offers if not offer.is_off_shelf}
    return LADDER_MODEL if sold - {PURCHASE} else PURCHASE_MODEL


def without_live_data(model: Path) -> Path:
    """The model that was fitted on the same pre-history as a stored one and knows no trade and no behaviour."""
    return model.with_stem(f"{model.stem}_blind")


def feature_groups(policy: LadderPolicy) -> str:
    """The groups of features that a policy's model may use, as `fit_platform` takes them."""
    return "".join(group for group in FITTED_GROUPS if group in policy.evidence)


def fit_for(policy: LadderPolicy, months: FirmMonths, data_hash: str) -> PlatformFit:
    """The default model of a policy, fitted on what its evidence shows.

    Raises:
        BadInput: too few defaults, or its evidence does not order firms that it has not seen.
    """
    return fit_platform(months, data_hash, groups=feature_groups(policy))


def unseen_features(policy: LadderPolicy, model: DefaultModel) -> list[str]:
    """Features that a model was fitted on and that the policy is blind to: `facts_of` empties them before it scores."""
    allowed = feature_groups(policy)
    return [name for name in model.features if FEATURES[name].group not in allowed and name != ARREARS]


def check_own_model(policy: LadderPolicy, model: DefaultModel) -> None:
    """Refuse a model that was fitted on features which the policy does not look at.

    Raises:
        BadInput: naming them; the remedy is `fit_for`.
    """
    if unseen := unseen_features(policy, model):
        rule = f"must be fitted on the groups {feature_groups(policy)}, which {policy.name} looks at"
        remedy = "fit its own model (credit.ladder_models.fit_for)"
        raise BadInput(Problem(rule, field="model", value=", ".join(unseen), remedy=remedy))
