"""An expert's scorecard as a file: features, attributes, points, what each rests on; checked before it scores.

Points count from the firm of which nothing speaks either way. Numbers must be covered without gap or overlap, words
need a place for those not named, and not knowing needs one too. Where policy knows the direction of a feature, points
that run against it are refused: a card that rewards risk never gets as far as a client.
"""

from datetime import date
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from credit.errors import BadInput, Problem
from credit.feature_specs import FEATURES
from credit.files import DATA
from credit.scorers.bins import CategoryBins, NumericBins, number
from credit.scorers.scorecard_table import MOST_POINTS, ScoredFeature
from credit.sourced import STRICT, ShareBelowOne, read_model

SCORECARDS = DATA / "scorecards"

Text = Annotated[str, Field(min_length=3)]
Points = Annotated[int, Field(ge=-MOST_POINTS, le=MOST_POINTS)]


class Attribute(BaseModel):
    """One line of the card: which values it means, its points, and why one should believe them."""

    model_config = STRICT

    at_least: float | None = Field(None, description="Lower end, belongs to it; absent: no lower end.")
    below: float | None = Field(None, description="Upper end, does not belong to it; absent: no upper end.")
    code: float | None = Field(None, description="A number that means something else than its size.")
    categories: Annotated[list[str], Field(min_length=1)] | None = Field(None, description="Words that it means.")
    is_other: bool = Field(False, description="Words that no other attribute names.")
    is_missing: bool = Field(False, description="No value is known.")
    points: Points = Field(description="Above 0 speaks for the firm, below 0 against it; 20 double the odds.")
    meaning: Text = Field(description="What it says about the firm.")
    source: Text = Field(description="Who says so; [A] marks an assumption.")

    @property
    def kind(self) -> str:
        """Interval, code, categories, other or missing; empty where it says none of them or several."""
        told = {
            "interval": self.at_least is not None or self.below is not None,
            "code": self.code is not None,
            "categories": self.categories is not None,
            "other": self.is_other,
            "missing": self.is_missing,
        }
        said = [name for name, is_said in told.items() if is_said]
        return said[0] if len(said) == 1 else ""


class ExpertFeature(BaseModel):
    """A feature and its attributes; those of numbers stand in rising order."""

    model_config = STRICT

    feature: str
    attributes: Annotated[list[Attribute], Field(min_length=2)]


class DeclaredColumn(BaseModel):
    """A column of a table that the laboratory does not know."""

    model_config = STRICT

    direction: Literal[-1, 0, 1] = Field(description="+1 more is riskier, -1 more is safer, 0 policy is silent.")
    unit: str
    meaning: Text


class ExpertForm(BaseModel):
    """A scorecard as an expert writes it."""

    model_config = STRICT

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Text
    as_of: date
    columns: Literal["firm_months"] | dict[str, DeclaredColumn] = Field(
        description="firm_months: names and directions of credit.feature_specs; or each column declared here."
    )
    neutral_pd: ShareBelowOne = Field(description="Default probability of a firm of which nothing speaks either way.")
    features: Annotated[list[ExpertFeature], Field(min_length=1)]

    def direction_of(self, feature: str) -> int | None:
        """+1, -1 or 0; None for a column that is not known."""
        if self.columns == "firm_months":
            return FEATURES[feature].direction if feature in FEATURES else None
        return self.columns[feature].direction if feature in self.columns else None


def read_form(path: Path | str) -> ExpertForm:
    """Read and check an expert's scorecard.

    Args:
        path: a file, or the name of one in `data/scorecards`.

    Raises:
        BadInput: every problem names file, field, value, rule and remedy.
    """
    named = SCORECARDS / f"{path}.yaml"
    file = named if isinstance(path, str) and named.is_file() else Path(path)
    form = read_model(file, ExpertForm, "expert scorecard", hidden_steps=("dict[str,DeclaredColumn]",))
    problems = problems_of_form(form, str(file))
    if problems:
        raise BadInput(problems, headline=f"{file} is not a valid expert scorecard")
    return form


def expert_schema() -> dict[str, Any]:
    """The JSON Schema of expert scorecards; `data/scorecards/schema.json` holds it for editors."""
    return ExpertForm.model_json_schema()


def problems_of_form(form: ExpertForm, file: str) -> list[Problem]:
    """Whatever is wrong with a form whose fields are all there."""
    names = [one.feature for one in form.features]
    problems = []
    if form.neutral_pd.value <= 0:
        rule, remedy = "must lie above 0: no firm is beyond default", "write what such firms default at"
        problems.append(Problem(rule, file, "neutral_pd.value", form.neutral_pd.value, remedy=remedy))
    known = list(FEATURES if form.columns == "firm_months" else form.columns)
    for place, one in enumerate(form.features):
        at = f"features.{place}"
        if one.feature not in known:
            near = get_close_matches(one.feature, known, 1)
            remedy = f"did you mean {near[0]}?" if near else "declare it under columns, or use a name that is known"
            rule = "must be a feature that the table of firm-months or the card's own columns have"
            problems.append(Problem(rule, file, f"{at}.feature", one.feature, remedy=remedy))
        if names.index(one.feature) < place:
            problems.append(
                Problem("a feature may stand once", file, f"{at}.feature", one.feature, remedy="join the two")
            )
        problems += _problems_of_attributes(one, file, at)
    if not problems:
        for place, one in enumerate(form.features):
            problems += _against_policy(one, form.direction_of(one.feature) or 0, file, f"features.{place}")
    return problems


def scored_feature(one: ExpertFeature) -> ScoredFeature:
    """A checked feature as part of a table of points."""
    by_kind: dict[str, list[Attribute]] = {}
    for attribute in one.attributes:
        by_kind.setdefault(attribute.kind, []).append(attribute)
    if "categories" in by_kind:
        groups = tuple(tuple(each.categories or ()) for each in by_kind["categories"])
        bins: NumericBins | CategoryBins = CategoryBins(one.feature, groups)
        order = [*by_kind["categories"], *by_kind["other"], *by_kind["missing"]]
    else:
        intervals, codes = by_kind.get("interval", []), by_kind.get("code", [])
        edges = tuple(float(each.at_least) for each in intervals if each.at_least is not None)
        bins = NumericBins(one.feature, edges, tuple(float(each.code) for each in codes if each.code is not None))
        order = [*intervals, *codes, *by_kind["missing"]]
    return ScoredFeature(bins, tuple(each.points for each in order), tuple(each.meaning for each in order))


def _problems_of_attributes(one: ExpertFeature, file: str, at: str) -> list[Problem]:
    kinds = [attribute.kind for attribute in one.attributes]
    problems = [
        Problem(
            "must say exactly one of an interval (at_least, below), code, categories, is_other or is_missing",
            file,
            f"{at}.attributes.{place}",
            one.feature,
            remedy="split it into several attributes, or say which values it means",
        )
        for place, kind in enumerate(kinds)
        if not kind
    ]
    if problems:
        return problems
    asked = {"missing": "what a firm gets whose value is not known"}
    if "categories" in kinds:
        asked["other"] = "what a firm gets whose word no attribute names"
        if {"interval", "code"} & set(kinds):
            rule = "a feature holds numbers or words, not both"
            problems.append(Problem(rule, file, f"{at}.attributes", one.feature, remedy="keep one kind"))
    elif "interval" not in kinds or "other" in kinds:
        rule = "must have intervals of numbers, or categories"
        problems.append(Problem(rule, file, f"{at}.attributes", one.feature, remedy="add at_least and below"))
    for kind, what in asked.items():
        if kinds.count(kind) != 1:
            remedy = f"write one attribute with is_{kind}: true"
            problems.append(Problem(f"must say once {what}", file, f"{at}.attributes", one.feature, remedy=remedy))
    return problems + _gaps_and_overlaps(one, file, at) + _told_twice(one, file, at)


def _gaps_and_overlaps(one: ExpertFeature, file: str, at: str) -> list[Problem]:
    """Where intervals leave a number out or claim it twice."""
    placed = [(place, each) for place, each in enumerate(one.attributes) if each.kind == "interval"]
    problems = []

    def tell(place: int, side: str, value: float | None, rule: str, remedy: str) -> None:
        problems.append(Problem(rule, file, f"{at}.attributes.{place}.{side}", value, remedy=remedy))

    for place, each in placed:
        if each.at_least is not None and each.below is not None and each.at_least >= each.below:
            tell(
                place,
                "below",
                each.below,
                f"{one.feature}: must lie above at_least {number(each.at_least)}",
                "swap them",
            )
    if placed and placed[0][1].at_least is not None:
        value = placed[0][1].at_least
        tell(placed[0][0], "at_least", value, f"{one.feature}: values below it have no points", "leave at_least out")
    if placed and placed[-1][1].below is not None:
        value = placed[-1][1].below
        tell(placed[-1][0], "below", value, f"{one.feature}: values from there on have no points", "leave below out")
    for (_, lower), (place, upper) in pairwise(placed):
        if lower.below is None or upper.at_least is None:
            tell(
                place,
                "at_least",
                upper.at_least,
                f"{one.feature}: overlaps the attribute before it",
                "give both an end",
            )
        elif lower.below != upper.at_least:
            what = "leaves a gap to" if lower.below < upper.at_least else "overlaps"
            rule = f"{one.feature}: {what} the attribute before it, which ends below {number(lower.below)}"
            tell(place, "at_least", upper.at_least, rule, f"begin at {number(lower.below)}")
    return problems


def _told_twice(one: ExpertFeature, file: str, at: str) -> list[Problem]:
    """Words and codes that stand in two attributes."""
    seen: set[object] = set()
    problems = []
    for place, each in enumerate(one.attributes):
        for value in [*(each.categories or ()), *([each.code] if each.code is not None else ())]:
            if value in seen:
                rule = f"{one.feature}: stands in two attributes"
                problems.append(
                    Problem(rule, file, f"{at}.attributes.{place}", value, remedy="keep it where it belongs")
                )
            seen.add(value)
    return problems


def _against_policy(one: ExpertFeature, direction: int, file: str, at: str) -> list[Problem]:
    """Points that rise where risk does."""
    intervals = [(place, each) for place, each in enumerate(one.attributes) if each.kind == "interval"]
    word = "riskier" if direction > 0 else "safer"
    return [
        Problem(
            f"{one.feature}: more of it is {word} by policy, so that points must not "
            f"{'rise' if direction > 0 else 'fall'} from {before.points} before",
            file,
            f"{at}.attributes.{place}.points",
            each.points,
            remedy="mend the points, or have the policy changed",
        )
        for (_, before), (place, each) in pairwise(intervals)
        if direction * (each.points - before.points) > 0
    ]
