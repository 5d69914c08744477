"""The default model that belongs to a ladder: fitted on the groups of features that its policy looks at, and no others.

A blind arm that borrows the platform's model with half the columns emptied is handicapped twice: it lacks the data,
and it lacks the model that somebody without them would have fitted. The comparison is fair only when each arm brings
its own refit. Days past due on the lender's own contracts are known to every arm.
"""

from credit.default_model import ARREARS, DefaultModel
from credit.default_model_fit import PlatformFit, fit_platform
from credit.errors import BadInput, Problem
from credit.feature_specs import FEATURES
from credit.firm_months import FirmMonths
from credit.ladder_rules import LadderPolicy

FITTED_GROUPS = "CBTPX"
"""Groups that models are fitted on at all: see `credit.default_model_fit.fit_platform` on industry features."""


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
