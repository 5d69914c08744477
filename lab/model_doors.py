"""The commands about models: fit one, judge one, put one to use."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lab.options import Json, OutFolder
from lab.output import guarded

if TYPE_CHECKING:
    from credit.validation_sets.by_name import Reading

fit = typer.Typer(no_args_is_help=True, help="Fit a model, or make a published proof again.")
validate = typer.Typer(no_args_is_help=True, help="Judge a scorer on rows that it has not seen.")


class ModelName(StrEnum):
    """The scorers that can be fitted and judged."""

    scorecard = "scorecard"
    boosted = "boosted"
    logistic = "logistic"
    combined = "combined"


class DatasetName(StrEnum):
    """The data that can be learnt from."""

    sba = "sba"
    german = "german"
    polish = "polish"
    platform = "platform"
    table = "table"


Published = Annotated[
    Path | None,
    typer.Argument(metavar="[TEST]", help="The file to judge on; the public one, where it is, when absent."),
]
TrainFile = Annotated[
    Path | None, typer.Option("--train", help="Learn from this file instead of cross-validating on the other.")
]
Model = Annotated[ModelName, typer.Option(help="Which scorer.")]
ModelFile = Annotated[Path | None, typer.Option("--model-file", help="Judge this saved model instead of fitting one.")]
Folds = Annotated[int | None, typer.Option(min=2, max=100, help="Folds of cross-validation; 5, for german 10.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of folds and fits.")]
Threads = Annotated[int, typer.Option(min=1, max=64, help="Threads that a fit may use.")]
Lender = Annotated[bool, typer.Option("--lender/--no-lender", help="SBA: let the lender's identity in.")]
ApprovalYear = Annotated[
    bool, typer.Option("--approval-year/--no-approval-year", help="SBA: let the year of approval in.")
]
Records = Annotated[
    bool | None,
    typer.Option(
        "--records/--no-records",
        help="SBA: let in which code for no franchise was written; by default not when TEST is later than TRAIN.",
    ),
]
Kept = Annotated[
    bool, typer.Option("--records/--no-records", help="SBA: let in which code for no franchise was written down.")
]
OutcomeColumn = Annotated[str, typer.Option("--outcome", help="Column of 0 and 1, 1 the default.")]
WeightColumn = Annotated[str | None, typer.Option("--weight", help="Table: column of rows that each row stands for.")]
VintageColumn = Annotated[str | None, typer.Option("--vintage", help="Table: column with the decision's year or day.")]
LeaveOut = Annotated[
    list[str] | None, typer.Option("--leave-out", help="Table: a column that is no feature; repeatable.")
]


@fit.command("li2018")
@guarded
def fit_li2018(
    file: Annotated[Path, typer.Argument(help="The teaching sample of Li, Mickel & Taylor (2018), CSV.")],
    as_json: Json = False,
) -> None:
    """Reproduce table 8 of Li, Mickel & Taylor (2018)."""
    from lab.commands.fit import run_li2018

    run_li2018(file, as_json=as_json)


@fit.command("sba")
@guarded
def fit_sba(
    source: Annotated[Path, typer.Argument(help="The public SBA file, or a folder that `ingest sba` wrote.")],
    out: OutFolder,
    as_json: Json = False,
) -> None:
    """Fit default timing on SBA loans and test it on later years."""
    from lab.commands.fit import run_sba

    run_sba(source, out, as_json=as_json)


@fit.command("sba-economy")
@guarded
def fit_sba_economy(
    source: Annotated[Path, typer.Argument(help="The public SBA file, or a folder that `ingest sba` wrote.")],
    folds: Annotated[int, typer.Option(min=2, max=100, help="Folds of the random split.")] = 5,
    as_json: Json = False,
) -> None:
    """Show how far the economy mends SBA default timing, at random and out of time."""
    from lab.commands.sba_economy import run

    run(source, folds, as_json=as_json)


@fit.command("platform")
@guarded
def fit_platform(
    folder: Annotated[Path, typer.Argument(help="A folder of observable tables (`ingest platform` or `simulate`).")],
    out: Annotated[Path, typer.Option("--out", help="The model file to write (JSON).")],
    as_json: Json = False,
) -> None:
    """Fit the platform's scorer and PD curve on observable tables."""
    from lab.commands.fit import run_platform

    run_platform(folder, out, as_json=as_json)


def _fit_scorer(model: ModelName) -> None:
    """Register `creditlab fit MODEL DATASET SOURCE --out FILE`."""

    @fit.command(str(model))
    @guarded
    def fit_scorer(
        dataset: Annotated[DatasetName, typer.Argument(help="What kind of data.")],
        source: Annotated[
            Path | None, typer.Argument(help="File or folder; the public file, where it is, when absent.")
        ] = None,
        *,
        out: Annotated[Path, typer.Option("--out", help="The model file to write (JSON).")],
        outcome: Annotated[str | None, typer.Option(help="Table: column of 0 and 1, 1 the default.")] = None,
        weight: WeightColumn = None,
        leave_out: LeaveOut = None,
        lender: Lender = True,
        approval_year: ApprovalYear = False,
        records: Kept = False,
        seed: Seed = 0,
        threads: Threads = 2,
        as_json: Json = False,
    ) -> None:
        from credit.validation_sets.by_name import Reading
        from lab.commands.fit_scorer import run

        reading = Reading(
            str(dataset),
            lender,
            approval_year,
            records,
            outcome=outcome,
            weight=weight,
            leave_out=tuple(leave_out or ()),
        )
        run(str(model), reading, source, out, seed, threads, as_json=as_json)

    fit_scorer.__doc__ = f"Fit {_ARTICLE[model]} on a data set and save it with its lineage."


_ARTICLE = {
    ModelName.scorecard: "a scorecard",
    ModelName.boosted: "boosted trees",
    ModelName.logistic: "a ridge logit",
    ModelName.combined: "separable scores of controller and firm",
}


@validate.command("sba")
@guarded
def validate_sba(
    test: Published = None,
    train: TrainFile = None,
    model: Model = ModelName.scorecard,
    model_file: ModelFile = None,
    lender: Lender = True,
    approval_year: ApprovalYear = False,
    records: Records = None,
    folds: Folds = None,
    seed: Seed = 0,
    threads: Threads = 2,
    as_json: Json = False,
) -> None:
    """Judge on SBA loans: any slice of the public file, known as on the day of approval."""
    from credit.validation_sets.by_name import Reading

    reading = Reading("sba", with_lender=lender, with_approval_year=approval_year, with_records=records is not False)
    _judge(reading, test, train, model, model_file, folds, seed, threads, as_json, is_settled=records is not None)


def _validate_published(dataset: str, told: str) -> None:
    """The command that judges on a small public file."""

    @validate.command(dataset, help=told)
    @guarded
    def validate_published(
        test: Published = None,
        train: TrainFile = None,
        model: Model = ModelName.scorecard,
        model_file: ModelFile = None,
        folds: Folds = None,
        seed: Seed = 0,
        threads: Threads = 2,
        as_json: Json = False,
    ) -> None:
        from credit.validation_sets.by_name import Reading

        _judge(Reading(dataset), test, train, model, model_file, folds, seed, threads, as_json)


_validate_published("german", "Judge on German credit (UCI 144).")
_validate_published("polish", "Judge on Polish manufacturers (UCI 365, ARFF).")


@validate.command("platform")
@guarded
def validate_platform(
    test: Annotated[Path, typer.Argument(help="A folder of observable tables (`ingest platform` or `simulate`).")],
    train: TrainFile = None,
    model: Model = ModelName.scorecard,
    model_file: ModelFile = None,
    folds: Folds = None,
    seed: Seed = 0,
    threads: Threads = 2,
    as_json: Json = False,
) -> None:
    """Judge on a platform's clients at month ends; months of a firm stay in one fold."""
    from credit.validation_sets.by_name import Reading

    _judge(Reading("platform"), test, train, model, model_file, folds, seed, threads, as_json)


@validate.command("table")
@guarded
def validate_table(
    test: Annotated[Path, typer.Argument(help="Any table, CSV (plain or gzip) or Parquet.")],
    outcome: OutcomeColumn,
    train: TrainFile = None,
    model: Model = ModelName.scorecard,
    model_file: ModelFile = None,
    weight: WeightColumn = None,
    vintage: VintageColumn = None,
    leave_out: LeaveOut = None,
    folds: Folds = None,
    seed: Seed = 0,
    threads: Threads = 2,
    as_json: Json = False,
) -> None:
    """Judge on any table with an outcome column: other bankruptcies, cards, a bank's own history."""
    from credit.validation_sets.by_name import Reading

    reading = Reading("table", outcome=outcome, weight=weight, vintage=vintage, leave_out=tuple(leave_out or ()))
    _judge(reading, test, train, model, model_file, folds, seed, threads, as_json)


def _judge(
    reading: "Reading",
    test: Path | None,
    train: Path | None,
    model: ModelName,
    model_file: Path | None,
    folds: int | None,
    seed: int,
    threads: int,
    as_json: bool,
    is_settled: bool = True,
) -> None:
    from lab.commands.validate import run

    run(reading, test, train, str(model), model_file, folds, seed, threads, is_settled=is_settled, as_json=as_json)


@guarded
def score(
    model: Annotated[Path, typer.Argument(help="The model file (JSON) that `creditlab fit` wrote.")],
    data: Annotated[
        Path, typer.Argument(help="What to score: the data set's own kind of file, or a table of features.")
    ],
    out: Annotated[Path, typer.Option("--out", help="The table to write, .csv or .parquet.")],
    reasons: Annotated[bool, typer.Option("--reasons", help="Say what costs each row most points.")] = False,
    keep: Annotated[
        list[str] | None, typer.Option("--keep", help="Table: a column to pass through, such as a key; repeatable.")
    ] = None,
    words: Annotated[
        list[str] | None,
        typer.Option("--words", help="Table: a feature of words, where the model file does not tell; repeatable."),
    ] = None,
    table: Annotated[
        bool, typer.Option("--table", help="DATA holds the model's features, whatever data set it learnt from.")
    ] = False,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Platform: the day to score; the last recorded one.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Score a file by a saved model: points, PDs, reasons; any length, piece by piece."""
    from lab.commands.score import run

    day = as_of.date() if as_of else None
    run(model, data, out, keep or [], words or [], table, reasons, day, as_json=as_json)


for _model in ModelName:
    _fit_scorer(_model)
