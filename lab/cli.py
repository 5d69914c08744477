"""The command `creditlab`: a table of contents. Each command imports its work only when it is called."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from credit.errors import BadInput, Problem
from lab.facts_doors import calibrate, facts, reverse, sensitivity
from lab.model_doors import fit, score, validate
from lab.options import Json, KeepName, OutFolder, Scheduler
from lab.output import guarded
from lab.product_doors import cap, capital, ladder, price, product

app = typer.Typer(
    name="creditlab",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="A reproducible laboratory for designing credit products for plastics-industry SMEs.",
)
START, DATA, MODELS, PRODUCTS, MARKET, REPORTS = (
    "Start here",
    "Data",
    "Models",
    "Products",
    "Market",
    "Reports",
)

ingest = typer.Typer(no_args_is_help=True, help="Read outside data into checked tables, all or nothing.")


@app.command(rich_help_panel=START)
@guarded
def doctor(as_json: Json = False) -> None:
    """Check versions, fonts, kernel and disk; name what is missing and the command that mends it."""
    from lab.commands.doctor import run

    run(as_json=as_json)


@app.command(rich_help_panel=START)
@guarded
def schema(
    command: Annotated[
        str | None, typer.Argument(help="The command whose answer to describe; all when absent.")
    ] = None,
) -> None:
    """Print the JSON Schema of the answers that --json gives."""
    from lab.commands.schema import run

    run(command)


app.add_typer(ingest, name="ingest", rich_help_panel=DATA)


@ingest.command("platform")
@guarded
def ingest_platform(
    folder: Annotated[Path, typer.Argument(help="Folder with the export: one Parquet or CSV file a table.")],
    out: OutFolder,
    mapping: Annotated[Path | None, typer.Option(help="YAML: other column names, encodings, money in yuan.")] = None,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Keep only what was known by this day.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Read a platform export into the eleven observable tables."""
    from lab.commands.ingest import run_platform

    run_platform(folder, out, mapping, as_of.date() if as_of else None, as_json=as_json)


@ingest.command("sba")
@guarded
def ingest_sba(
    file: Annotated[Path, typer.Argument(help="The public SBA 7(a) file (CSV, plain or gzip).")],
    out: OutFolder,
    as_json: Json = False,
) -> None:
    """Read the public SBA loan file; its known gaps are counted and named."""
    from lab.commands.ingest import run_sba

    run_sba(file, out, as_json=as_json)


@app.command(rich_help_panel=DATA)
@guarded
def features(
    folder: Annotated[Path, typer.Argument(help="A folder of observable tables (`ingest platform` or `simulate`).")],
    out: Annotated[Path, typer.Option("--out", help="The Parquet file to write; it appears whole or not at all.")],
    months: Annotated[int, typer.Option(help="Month ends, the last recorded one included.")] = 36,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="No month end after this day; the last recorded day.")
    ] = None,
    groups: Annotated[str, typer.Option(help="Feature groups: C B T P X I and N (network).")] = "CBTPXIN",
    workers: Annotated[int, typer.Option(min=1, help="Processes side by side.")] = 4,
    as_json: Json = False,
) -> None:
    """Write what is known of each firm at each month end: features, data stage."""
    from lab.commands.features import run

    run(folder, out, months, until.date() if until else None, groups, workers, as_json=as_json)


@app.command(rich_help_panel=MODELS)
@guarded
def watch(
    folder: Annotated[Path, typer.Argument(help="A folder of observable tables (`ingest platform` or `simulate`).")],
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="The day, the last recorded one when absent; nothing learnt later is used."
        ),
    ] = None,
    looking_back_days: Annotated[
        int, typer.Option(min=0, max=3650, help="How far back the states of accounts are followed.")
    ] = 180,
    as_json: Json = False,
) -> None:
    """Show signs of fraud and early warnings among all firms on a day."""
    from lab.commands.watch import run

    run(folder, as_of.date() if as_of else None, looking_back_days, as_json=as_json)


app.add_typer(fit, name="fit", rich_help_panel=MODELS)
app.add_typer(validate, name="validate", rich_help_panel=MODELS)
app.command("score", rich_help_panel=MODELS)(score)


app.command("capital", rich_help_panel=PRODUCTS)(capital)
app.command("price", rich_help_panel=PRODUCTS)(price)
app.add_typer(product, name="product", rich_help_panel=PRODUCTS)
app.command("cap", rich_help_panel=PRODUCTS)(cap)
app.add_typer(ladder, name="ladder", rich_help_panel=PRODUCTS)


@app.command(rich_help_panel=MARKET)
@guarded
def simulate(
    context: typer.Context,
    firms: Annotated[int, typer.Option(min=1, help="SMEs in the market.")] = 500,
    days: Annotated[int, typer.Option(min=1, help="Days to observe, after the burn-in.")] = 365,
    seed: Annotated[int, typer.Option(min=0, help="The seed of every draw.")] = 7,
    scenario: Annotated[str, typer.Option(help="A file of data/scenarios (by name) or a path.")] = "baseline",
    policy: Annotated[
        str,
        typer.Option(
            help="Who decides: purchases (alone), an arm with all its products (ladder, bank, single, blind), or a "
            "policy file that ends in .yaml."
        ),
    ] = "purchases",
    out: Annotated[Path | None, typer.Option("--out", help="Write the observable tables here.")] = None,
    events: Annotated[bool, typer.Option(help="Keep beside them what no table holds, for `why` and `audit`.")] = False,
    checkpoint: Annotated[Path | None, typer.Option(help="Put the market aside in this folder.")] = None,
    at: Annotated[
        int | None, typer.Option(min=0, help="Observed day to put it aside after; the last when absent.")
    ] = None,
    learn: Annotated[
        bool, typer.Option("--learn", help="The platform fits its model anew every quarter from what it has seen.")
    ] = False,
    resume: Annotated[
        Path | None,
        typer.Option(
            help="Take a market up again; --scenario begins now, --policy lends from now, --days ends sooner."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Live one market day by day under one scenario; put it aside, take it up again, fork it."""
    from lab.commands.simulate import run, run_on

    if resume is None:
        keep = (scenario, policy, out)
        run(firms, days, seed, *keep, as_json=as_json, checkpoint=checkpoint, at=at, events=events, learns=learn)
        return
    said = {name for name in context.params if str(context.get_parameter_source(name)).endswith("COMMANDLINE")}
    if fixed := sorted(said & {"firms", "seed", "learn"}):
        raise BadInput([Problem("is the checkpoint's own, leave it out", field=name) for name in fixed])
    fate = (scenario if "scenario" in said else None, days if "days" in said else None)
    lends = policy if "policy" in said else None
    run_on(resume, *fate, lends, out, as_json=as_json, checkpoint=checkpoint, at=at, events=events)


@app.command(rich_help_panel=MARKET)
@guarded
def why(
    firm: Annotated[str, typer.Argument(help="The firm, by its identifier in the tables, such as F000012.")],
    folder: Annotated[Path, typer.Option("--run", help="The run's folder: simulate --out DIR --events.")],
    picture: Annotated[Path | None, typer.Option(help="Draw its time into this .png or .svg.")] = None,
    show_all: Annotated[bool, typer.Option("--all", help="The daily course too, not only what mattered.")] = False,
    as_json: Json = False,
) -> None:
    """Tell why a firm was refused, throttled, saved or lost, day by day."""
    from lab.commands.why import run

    run(firm, folder, picture, show_all=show_all, as_json=as_json)


@app.command(rich_help_panel=MARKET)
@guarded
def audit(
    folder: Annotated[Path, typer.Argument(help="A run's folder: simulate --out DIR --events.")],
    as_json: Json = False,
) -> None:
    """Reckon every fen of a run anew from its recorded tables, without book or ledger."""
    from lab.commands.audit import run

    run(folder, as_json=as_json)


@app.command(rich_help_panel=MARKET)
@guarded
def stress(
    out: OutFolder,
    scenarios: Annotated[
        str, typer.Option(help="Comma-separated; the baseline is always run.")
    ] = "baseline,resin_crash_2008,payment_delay,funding_freeze",
    seeds: Annotated[int, typer.Option(min=2, help="Paired seeds for each scenario.")] = 20,
    firms: Annotated[int, typer.Option(min=1)] = 500,
    days: Annotated[int, typer.Option(min=1)] = 365,
    workers: Annotated[int, typer.Option(min=1, help="Processes side by side.")] = 4,
    scheduler: Scheduler = None,
    keep: Annotated[
        KeepName, typer.Option(help="Of each run: days; also a row a firm and month; also every event.")
    ] = KeepName.daily,
    as_json: Json = False,
) -> None:
    """Run scenarios on paired seeds and compare them with the baseline; resumes when interrupted."""
    from lab.commands.stress import run

    run(out, scenarios, seeds, firms, days, scheduler or workers, as_json=as_json, keep=keep.value)


@app.command(rich_help_panel=MARKET)
@guarded
def compare(
    out: Annotated[Path, typer.Option("--out", help="Folder of the runs; resumed when it holds some.")] = Path(
        "runs/compare"
    ),
    arms: Annotated[
        str, typer.Option(help="Comma-separated: ladder, bank, single, blind; ladder+learning where it learns.")
    ] = "ladder,bank,single,blind",
    world: Annotated[
        str, typer.Option(help="How clearly the platform sees: informative, weak, noise, or a share of clients.")
    ] = "informative",
    scenario: Annotated[str, typer.Option(help="A file of data/scenarios (by name) or a path.")] = "baseline",
    seeds: Annotated[int, typer.Option(min=2, help="Paired seeds for each arm.")] = 8,
    draws: Annotated[int, typer.Option(min=0, help="Draws of the assumptions beside the stated ones.")] = 8,
    firms: Annotated[int, typer.Option(min=1)] = 150,
    days: Annotated[int, typer.Option(min=1)] = 730,
    workers: Annotated[int, typer.Option(min=1, help="Processes side by side.")] = 4,
    scheduler: Scheduler = None,
    break_even: Annotated[
        bool, typer.Option(help="Say from which informativeness on live data pay: lives noise, weak and informative.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Compare the ladder with other ways to lend on paired seeds: does it pay, how surely, and what would flip that."""
    from lab.commands.compare import run

    run(
        out, arms, world, scenario, seeds, draws, firms, days, scheduler or workers,
        seeks_break_even=break_even, as_json=as_json,
    )  # fmt: skip


app.command("facts", rich_help_panel=MARKET)(facts)
app.add_typer(calibrate, name="calibrate", rich_help_panel=MARKET)
app.command("sensitivity", rich_help_panel=MARKET)(sensitivity)
app.command("reverse", rich_help_panel=MARKET)(reverse)


@app.command(rich_help_panel=REPORTS)
@guarded
def odd(
    out: Annotated[Path, typer.Option("--out", help="A file .md, .html or .pdf.")] = Path("docs/ODD.md"),
    as_json: Json = False,
) -> None:
    """Describe the market by the ODD protocol, from its own docstrings, phases and parameter files."""
    from lab.commands.odd import run

    run(out, as_json=as_json)


@app.command(rich_help_panel=REPORTS)
@guarded
def report(
    name: Annotated[str, typer.Argument(help="Which report: stress, product_memo or model_validation.")] = "stress",
    parameter: Annotated[
        list[str] | None,
        typer.Option("-p", "--parameter", help="A parameter of the report, NAME=VALUE; repeatable. See --parameters."),
    ] = None,
    parameters: Annotated[
        bool, typer.Option("--parameters", help="List the report's parameters, and build nothing.")
    ] = False,
    language: Annotated[str, typer.Option(help="The catalogue of texts: en or zh.")] = "en",
    out: Annotated[
        Path | None, typer.Option("--out", help="Where the finished documents go; reports/output when absent.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Build a report for management as HTML and PDF."""
    from lab.commands.report import run, show_parameters

    if parameters and as_json:
        raise BadInput(Problem("is a page for people, without JSON", field="--parameters", remedy="leave out --json"))
    if parameters:
        show_parameters(name)
        return
    run(name, parameter or [], language, out, as_json=as_json)


def main() -> None:
    """Entry point of the command line."""
    try:
        app()
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] in ("credit", "sim", "reports", "lab"):
            raise
        from lab.examinations import REPAIR

        sys.exit(f"Failed: the package {error.name} is not installed ({REPAIR})")
