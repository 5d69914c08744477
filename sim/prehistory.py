"""The markets before ours: where the default models learnt what they know.

A model may learn only from what a platform had seen. A past is a market of its own, with a seed and years of its own;
its observable tables, and nothing else, go into `credit.default_model_fit`, and the fitted model is stored with the
hash of those tables. There are three pre-histories, as platforms would have lived them.

First purchases alone are financed, as an expert's rule decides: one large past, of ordinary years. Then the whole
ladder is on offer, in many small pasts, because four years are one stretch of one business cycle, whose luck a model
takes for the nature of clients (a PD is to be a long-run average: Basel, CRE36). What clients ask for, draw and owe
follows from what is on offer, so that a model which has seen purchases only takes the ordinary client of a ladder for a
risky one. The third is that of a ladder which looks at no live data.

Who is let in follows from the model, and who defaults from who is let in: judged by a model that says too little, many
default, and what they teach says too much. So half of a ladder's pasts are judged by the model of purchase finance, the
other half by what the first half has taught, and the stored model learns from both.

Building all again gives the same files: `make models`, or `python -m sim.prehistory FOLDER` for elsewhere.
"""

import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.progress import Progress

from credit.default_model_fit import PlatformFit, fit_platform
from credit.errors import WorkFailed
from credit.files import canonical_json, sha256_of_text, write_json
from credit.firm_months import FirmMonths, firm_months, pooled
from credit.ladder_models import (
    BLIND_LADDER_MODEL,
    FITTED_GROUPS,
    LADDER_MODEL,
    LIVE,
    PURCHASE_MODEL,
    feature_groups,
    without_live_data,
)
from credit.ladder_rules import load_ladder
from credit.limits import load_purchase_policy
from credit.parameters import parameters
from credit.products import load_product
from credit.tables import hash_of_tables
from sim.desk.underwriting import Underwriter, load_underwriter
from sim.market import POLICY, PRODUCT, Market
from sim.runs.workers import Done, work_through
from sim.scenarios.scenario import load_scenario

MODELS = PURCHASE_MODEL.parent
WORKERS = 4


@dataclass(frozen=True)
class Recipe:
    """Which pre-history a model was fitted on.

    Attributes:
        firms: SMEs in each past.
        days: observed days of each.
        seeds: of their draws, a past each; no market that is judged with the model may use one.
        starts_on: first observed day.
        ladder: name of the policy under which it is lived; empty for purchase finance by the market's own policy.
        judged_by: name of the stored model that decides; empty for the expert's rule.
        is_taught_twice: in the second half of the pasts the model decides that the first half has taught.
    """

    firms: int
    seeds: tuple[int, ...]
    days: int = 1460
    starts_on: date = date(2022, 1, 1)
    ladder: str = ""
    judged_by: str = ""
    is_taught_twice: bool = False

    def judge(self, models: Path = MODELS) -> Underwriter:
        """Who decides: the expert, or a model of a folder."""
        return load_underwriter(models / self.judged_by if self.judged_by else None)


ORDINARY = 20_230_102
"""Of the seeds from 20,230,101 on the first whose four years of purchase finance are ordinary ones, with a default rate
within the pass band of the facts gate: what a lucky stretch has taught underprices everybody."""
SEEDS = tuple(range(20_240_001, 20_240_065))
PREHISTORIES: dict[str, Recipe] = {
    PURCHASE_MODEL.name: Recipe(3000, (ORDINARY,)),
    LADDER_MODEL.name: Recipe(150, SEEDS, ladder="ladder", judged_by=PURCHASE_MODEL.name, is_taught_twice=True),
    BLIND_LADDER_MODEL.name: Recipe(
        150, SEEDS, ladder="blind", judged_by=without_live_data(PURCHASE_MODEL).name, is_taught_twice=True
    ),
}
"""By the model's file, what it is taught by, in their order in time."""


def models_of(path: Path, recipe: Recipe) -> dict[Path, str]:
    """The models that a pre-history teaches, each with the groups of features that it looks at."""
    groups = feature_groups(load_ladder(recipe.ladder)) if recipe.ladder else FITTED_GROUPS
    blind = "".join(group for group in groups if group not in LIVE)
    return {path: groups} if groups == blind else {path: groups, without_live_data(path): blind}


def tables_of(recipe: Recipe, models: Path = MODELS) -> dict[str, pd.DataFrame]:
    """Live the first past of a pre-history and give its eleven observable tables.

    Args:
        recipe: which one.
        models: the folder of the model that decides, where one does.
    """
    calm = load_scenario("baseline").model_copy(update={"starts_on": recipe.starts_on})
    policy = load_ladder(recipe.ladder) if recipe.ladder else None
    judge = recipe.judge(models)
    market = Market(recipe.firms, recipe.days, recipe.seeds[0], calm, policy=policy, underwriter=judge)
    for _ in range(market.settings.burn_in_days + recipe.days):
        market.step()
    return market.observed.tables()


def provenance(recipe: Recipe, models: Path = MODELS) -> dict[str, Any]:
    """Everything that went into the pre-history and could have been otherwise, as hashes of content.

    Args:
        recipe: which one.
        models: the folder of the model that decides, where one does.
    """
    known = {
        name: [(str(value.valid_from), value.value) for value in parameter.values]
        for name, parameter in parameters("market").items()
    }
    return {
        "recipe": {key: str(value) for key, value in asdict(recipe).items()},
        "market_parameters": sha256_of_text(canonical_json(known)),
        "product": load_product(PRODUCT).hash,
        "policy": (load_ladder(recipe.ladder) if recipe.ladder else load_purchase_policy(POLICY)).hash,
        "judge": recipe.judge(models).version,
    }


def build(path: Path, recipe: Recipe, progress: Progress) -> PlatformFit:
    """Live a pre-history, fit its models and store them, and beside each what it was made of.

    Returns:
        The first model's fit.

    Raises:
        WorkFailed: a past could not be lived.
    """
    advance = partial(progress.advance, progress.add_task(path.stem, total=len(recipe.seeds)))
    half = len(recipe.seeds) // 2 if recipe.is_taught_twice else len(recipe.seeds)
    seen = _seen(replace(recipe, seeds=recipe.seeds[:half]), path.parent, advance)
    if recipe.is_taught_twice:
        _taught_by(seen, models_of(path, recipe)[path]).model.save(path)
        seen |= _seen(replace(recipe, seeds=recipe.seeds[half:], judged_by=path.name), path.parent, advance)
    fits = {file: _taught_by(seen, groups) for file, groups in models_of(path, recipe).items()}
    for file, fit in fits.items():
        fit.model.save(file)
        proof = {"auc": round(fit.auc.value, 4), "defaults": fit.defaults, "firm_months": fit.rows}
        content = provenance(recipe, path.parent) | {"data_hash": fit.model.data_hash, "out_of_fold": proof}
        write_json(file.with_suffix(".recipe.json"), content)
    return fits[path]


type Pasts = dict[int, tuple[str, FirmMonths]]
"""By seed, the hash of a past's tables and its firm-months."""


def _seen(recipe: Recipe, models: Path, advance: Callable[[], None]) -> Pasts:
    """Live every past of a recipe, several at once.

    Raises:
        WorkFailed: a past could not be lived.
    """
    pasts = [replace(recipe, seeds=(seed,)) for seed in recipe.seeds]
    seen: Pasts = {}
    with closing(work_through(pasts, partial(_seen_in, models=models), WORKERS)) as answers:
        for answer in answers:
            if not isinstance(answer, Done):
                raise WorkFailed(f"the past of seed {answer.task.seeds[0]} could not be lived: {answer.trace}")
            seen[answer.task.seeds[0]] = answer.result
            advance()
    return {seed: seen[seed] for seed in recipe.seeds}


def _taught_by(pasts: Pasts, groups: str) -> PlatformFit:
    """The model that all pasts together teach."""
    if len(pasts) == 1:
        ((data_hash, months),) = pasts.values()
        return fit_platform(months, data_hash, groups)
    data_hash = sha256_of_text("\n".join(told for told, _ in pasts.values()))
    return fit_platform(pooled({str(seed): months for seed, (_, months) in pasts.items()}), data_hash, groups)


def _seen_in(past: Recipe, models: Path) -> tuple[str, FirmMonths]:
    """The hash of a past's tables, and its firm-months."""
    tables = tables_of(past, models)
    return hash_of_tables(tables), firm_months(tables)


def main(arguments: Sequence[str]) -> None:
    """Build every stored model, in the folder of the laboratory or in another one."""
    folder = Path(arguments[0]) if arguments else MODELS
    console = Console(stderr=True)
    with Progress(console=console) as progress:
        for name, recipe in PREHISTORIES.items():
            taught = build(folder / name, recipe, progress)
            console.print(f"{name}: {taught.rows:,} firm-months, {taught.defaults:,} defaults, AUC {taught.auc}")


if __name__ == "__main__":
    main(sys.argv[1:])
