"""The market before ours: where the platform's default model learnt what it knows.

A model may learn only from what a platform had seen. The pre-history is a market of its own, with a seed and years of
its own, in which an expert's rule decides. Its observable tables, and nothing else, go into
`credit.default_model_fit`, and the fitted model is stored with the hash of those
tables. Building it again gives the same files: `make models`, or `python -m sim.prehistory PATH` for others.
"""

import sys
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from credit.default_model_fit import PlatformFit, fit_platform
from credit.files import canonical_json, sha256_of_text, write_json
from credit.firm_months import FirmMonths, firm_months
from credit.limits import load_purchase_policy
from credit.parameters import parameters
from credit.products import load_product
from credit.tables import hash_of_tables
from sim.desk.underwriting import ExpertRule
from sim.market import MODEL, POLICY, PRODUCT, Market
from sim.scenarios.scenario import load_scenario


@dataclass(frozen=True)
class Recipe:
    """Which pre-history a model was fitted on.

    Attributes:
        firms: SMEs in it.
        days: observed days.
        seed: of its draws; no market that is judged with the model may use it. Of the seeds from 20,230,101 on it is
            the first whose four years are ordinary ones, with a default rate within the pass band of the facts gate:
            what a lucky stretch has taught underprices everybody.
        starts_on: first observed day.
    """

    firms: int = 3000
    days: int = 1460
    seed: int = 20_230_102
    starts_on: date = date(2022, 1, 1)


def tables_of(recipe: Recipe) -> dict[str, pd.DataFrame]:
    """Live the pre-history and give its eleven observable tables."""
    calm = load_scenario("baseline").model_copy(update={"starts_on": recipe.starts_on})
    market = Market(recipe.firms, recipe.days, recipe.seed, calm, underwriter=ExpertRule())
    for _ in range(market.settings.burn_in_days + recipe.days):
        market.step()
    return market.observed.tables()


def fitted_on(tables: dict[str, pd.DataFrame], months: FirmMonths | None = None, groups: str = "CBTPX") -> PlatformFit:
    """The platform's default model, fitted by the very classes of `credit`.

    Args:
        tables: what a platform had seen.
        months: their firm-months, where they are known already.
        groups: features it may use; without T and P it is the fair model of an arm without live data.
    """
    return fit_platform(months or firm_months(tables), hash_of_tables(tables), groups=groups)


def provenance(recipe: Recipe) -> dict[str, Any]:
    """Everything that went into the pre-history and could have been otherwise, as hashes of content."""
    known = {
        name: [(str(value.valid_from), value.value) for value in parameter.values]
        for name, parameter in parameters("market").items()
    }
    return {
        "recipe": {key: str(value) for key, value in asdict(recipe).items()},
        "market_parameters": sha256_of_text(canonical_json(known)),
        "product": load_product(PRODUCT).hash,
        "policy": load_purchase_policy(POLICY).hash,
    }


def build(path: Path = MODEL, recipe: Recipe | None = None) -> PlatformFit:
    """Live the pre-history, fit both models and store them, and beside each what it was made of.

    Returns:
        The full model's fit; the one without live data stands in `<name>_blind.json` beside it.
    """
    recipe = recipe or Recipe()
    tables = tables_of(recipe)
    months = firm_months(tables)
    fits = {
        path: fitted_on(tables, months),
        path.with_stem(f"{path.stem}_blind"): fitted_on(tables, months, groups="CBX"),
    }
    for file, fit in fits.items():
        fit.model.save(file)
        proof = {"auc": round(fit.auc.value, 4), "defaults": fit.defaults, "firm_months": fit.rows}
        content = provenance(recipe) | {"data_hash": fit.model.data_hash, "out_of_fold": proof}
        write_json(file.with_suffix(".recipe.json"), content)
    return fits[path]


if __name__ == "__main__":
    result = build(Path(sys.argv[1]) if len(sys.argv) > 1 else MODEL)
    print(f"{result.rows} firm-months, {result.defaults} defaults, AUC {result.auc}", file=sys.stderr)
