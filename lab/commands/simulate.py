"""`creditlab simulate`: one market, day by day, under one scenario; put aside on a day and taken up again."""

from contextlib import ExitStack
from pathlib import Path

from pydantic import Field
from rich.console import Console
from rich.table import Table

from credit.errors import BadInput, Problem
from credit.files import refuse_to_lose_files
from credit.limits import load_purchase_policy
from lab.answer import Answer
from lab.learning_answer import LearningAnswer, learning_answer, show_learning
from lab.output import give, progress
from lab.unlived import say_unlived
from sim.arms.arm import BY_PAPERS, arm_named, live_arm, market_of
from sim.books.kept_events import names_in, write_run
from sim.books.recorders import Outcome
from sim.market import POLICY, Market, live
from sim.runs.checkpoint import FILES, save
from sim.runs.fork import fork
from sim.runs.one_writer import one_writer
from sim.scenarios.scenario import load_scenario

PURCHASES = "purchases"
"""Purchase finance alone, by the purchase policy: what reports and the stored model are calibrated on."""


class SimulateAnswer(Answer):
    """What a market did: sizes, defaults, losses and who paid for them, and the proof that the books balance.

    The loss waterfall adds up to the fen: open_before_fen and exposure_at_default_fen together are the sum of what was
    recovered (deposit, goods, guarantee, cash), what lenders and the platform lost, and what is still open.
    """

    scenario: str = Field(description="The scenario's name.")
    scenario_hash: str = Field(description="SHA-256 of everything in the scenario that can change a run.")
    seed: int = Field(description="The seed of every draw.")
    firms: int = Field(description="SMEs at the start, firms.")
    days: int = Field(description="Observed days, the burn-in not counted, days.")
    loans: int = Field(description="Facilities drawn on observed days, count.")
    defaults: int = Field(description="Obligors that passed 90 days past due on observed days, count.")
    obligor_years: float = Field(description="Time that obligors had credit outstanding and not in default, years.")
    default_rate_annual: float = Field(description="defaults / obligor_years, share a year.")
    disbursed_fen: int = Field(description="Principal drawn on observed days, fen.")
    loss_share: float = Field(description="Net loss of lenders and platform over disbursed_fen, share.")
    exposure_at_default_fen: int = Field(description="Principal and interest of facilities on the day of default, fen.")
    open_before_fen: int = Field(
        description="What was still expected to come back, on the first observed day, of defaults in the burn-in, fen."
    )
    forced_sales: int = Field(
        description="Facilities ended by the sale of their goods: in default, though the obligor need not be, count."
    )
    recovered_deposit_fen: int = Field(description="Of both, paid by margin that clients had placed, fen.")
    recovered_goods_fen: int = Field(description="Of both, paid by the sale of goods in custody, fen.")
    recovered_guarantee_fen: int = Field(description="Of both, paid by controllers who stood surety, fen.")
    recovered_cash_fen: int = Field(description="Of both, paid later by the obligor or its estate, fen.")
    lender_loss_fen: int = Field(description="Of both, lost by lenders so far, net of what came back, fen.")
    platform_loss_fen: int = Field(description="Of both, made good by the platform's first loss, fen.")
    still_open_fen: int = Field(description="Of both, still expected to come back, fen.")
    applications: int = Field(description="Requests for finance, count.")
    refusals_platform: int = Field(description="Requests that the platform refused, count.")
    refusals_lender: int = Field(description="Requests that no lender funded, count.")
    failed_firms: int = Field(description="SMEs that failed on observed days, count.")
    closed_firms: int = Field(description="SMEs whose owners closed them in good order on observed days, count.")
    founded_firms: int = Field(description="SMEs founded on observed days, count.")
    refinanced_fen: int = Field(description="Lent by outside banks to the platform's best clients, taken over, fen.")
    run_fen: int = Field(description="Withdrawn by funders from lenders whose bad loans alarmed them, fen.")
    ledger_balanced: bool = Field(description="Both ledgers passed the audit of every day.")
    state_hash: str = Field(description="SHA-256 over every whole number of the final state.")
    firm_days_per_second: float = Field(description="Firm-days lived (burn-in included) over wall time, 1/s.")
    peak_memory_mb: float = Field(description="Largest resident memory of the process so far, MiB.")
    learning: LearningAnswer | None = Field(
        default=None, description="What the platform learnt from its clients; null where it does not learn."
    )


def run(
    firms: int,
    days: int,
    seed: int,
    scenario: str,
    policy: str,
    out: Path | None,
    *,
    as_json: bool,
    checkpoint: Path | None = None,
    at: int | None = None,
    learns: bool = False,
    events: bool = False,
) -> None:
    """Run one market, print its answer and, with `out`, write its observable tables; put it aside on a day.

    Raises:
        BadInput: an arm is to learn that does not.
    """
    story = load_scenario(scenario)
    if learns and policy in BY_PAPERS:
        raise BadInput(
            Problem("lends by papers and learns nothing", field="policy", value=policy, remedy="leave out --learn")
        )
    if policy == PURCHASES:
        market = Market(firms, days, seed, story, learns=learns)
    else:
        market = market_of(firms, days, seed, story, policy, learns=learns)
    _live(market, out, checkpoint, at, as_json=as_json, events=events)


def run_on(
    folder: Path,
    scenario: str | None,
    days: int | None,
    policy: str | None,
    out: Path | None,
    *,
    as_json: bool,
    checkpoint: Path | None = None,
    at: int | None = None,
    events: bool = False,
) -> None:
    """Take a market up again, under another fate where one is named, and go on as `run`.

    Raises:
        BadInput: no checkpoint that this version can take up; more days than it was built for, or fewer than lived.
    """
    story = None if scenario is None else load_scenario(scenario)
    lends = None if policy is None else load_purchase_policy(POLICY) if policy == PURCHASES else arm_named(policy)
    market = fork(folder, story, lends)
    if days is not None:
        lived = max(market.day - market.settings.burn_in_days, 0)
        if not max(lived, 1) <= days <= market.days:
            rule = (
                f"must lie between {max(lived, 1)}, which are lived, and {market.days}, which the market was built for"
            )
            remedy = (
                "for more, put a market aside that is built for more: simulate --days MORE --checkpoint DIR --at DAY"
            )
            raise BadInput(Problem(rule, field="days", value=days, remedy=remedy))
        market.days = days
    _live(market, out, checkpoint, at, as_json=as_json, events=events)


def _live(
    market: Market, out: Path | None, checkpoint: Path | None, at: int | None, *, as_json: bool, events: bool
) -> None:
    """Live a market to its end, print the answer, write tables (with events where asked) and checkpoint."""
    if events and out is None:
        raise BadInput(Problem("needs --out, the folder to keep them in", field="events", value=True))
    burn_in, story = market.settings.burn_in_days, market.story
    say_unlived([story], market.days)
    on = burn_in + (market.days if at is None else at)
    if at is not None and checkpoint is None:
        raise BadInput(Problem("needs --checkpoint, the folder to put the market aside in", field="at", value=at))
    if checkpoint is not None and not market.day <= on <= burn_in + market.days:
        first = max(market.day - burn_in, 0)
        raise BadInput(Problem(f"must lie between {first} and {market.days}", field="at", value=at))
    with ExitStack() as held:
        for place, names in ((out, names_in(market, with_events=events)), (checkpoint, FILES)):
            if place is not None:
                held.enter_context(one_writer(place))
                refuse_to_lose_files(place, names)
        outcome = _lived(market, checkpoint, on)
        if out is not None:
            write_run(market, outcome, out, with_events=events)
    # an arm's summary holds more
    told = {name: outcome.summary[name] for name in SimulateAnswer.model_fields if name != "learning"}
    answer = SimulateAnswer.model_validate(told | {"learning": learning_answer(outcome)})
    give(answer, as_json, lambda console: _show(console, answer, story.title, out, checkpoint))


def _lived(market: Market, checkpoint: Path | None, on: int) -> Outcome:
    """Live a market to its end; put it aside when market day `on` begins."""
    left = market.settings.burn_in_days + market.days - market.day
    with progress(f"{market.story.title}, day", left) as advance:

        def put_aside() -> None:
            if checkpoint is not None and market.day == on:
                save(market, checkpoint)

        def each_day() -> None:
            put_aside()
            advance()

        if market.day == on:
            put_aside()
        return live(market, each_day) if market.desk is None else live_arm(market, each_day)


def _show(
    console: Console, answer: SimulateAnswer, title: str, out: Path | None, checkpoint: Path | None = None
) -> None:
    console.print(f"[bold]{title}[/], {answer.firms} firms, {answer.days} days, seed {answer.seed}")
    console.print("A simulated market: nothing here happened.\n")
    for heading, rows in _sections(answer):
        table = Table(title=heading, title_justify="left", show_header=False, box=None, padding=(0, 2, 0, 0))
        table.add_column()
        table.add_column(justify="right")
        table.add_column(style="dim")
        for name, value, remark in rows:
            table.add_row(name, value, remark)
        console.print(table)
        console.print()
    if answer.learning is not None:
        show_learning(console, answer.learning)
    balanced = "balanced on every day" if answer.ledger_balanced else "NOT balanced"
    console.print(f"Ledgers {balanced}; state {answer.state_hash[:16]}")
    console.print(f"{answer.firm_days_per_second:,.0f} firm-days a second, {answer.peak_memory_mb:,.0f} MiB at most")
    if out is not None:
        console.print(f"Observable tables: {out}")
    if checkpoint is not None:
        console.print(f"Put aside in {checkpoint}; taken up again with: creditlab simulate --resume {checkpoint}")


def _sections(answer: SimulateAnswer) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """The page's tables: heading, then rows of name, value and what it is counted in or made of."""

    def yuan(fen: int) -> str:
        return f"{fen / 1e8:,.2f} million yuan"

    def part(fen: int) -> str:
        whole = answer.exposure_at_default_fen + answer.open_before_fen
        return f"{yuan(fen)}  {fen / whole:6.1%}" if whole else yuan(fen)

    credit = [
        ("applications", f"{answer.applications:,}", ""),
        ("refused by the platform", f"{answer.refusals_platform:,}", ""),
        ("refused by every lender", f"{answer.refusals_lender:,}", "passed by the platform, funded by nobody"),
        ("loans", f"{answer.loans:,}", ""),
        ("disbursed", yuan(answer.disbursed_fen), "their principal"),
    ]
    risk = [
        ("obligors past 90 days", f"{answer.defaults:,}", "firms in default"),
        ("default rate, a year", f"{answer.default_rate_annual:.2%}", "of obligors while they owed"),
        ("goods sold off", f"{answer.forced_sales:,}", "loans ended by a sale of their goods"),
        ("net loss over disbursed", f"{answer.loss_share:.3%}", "of lenders and platform"),
        ("firms that failed", f"{answer.failed_firms:,}", "clients or not"),
        ("taken over by banks", yuan(answer.refinanced_fen), "loans of the best clients, lent anew by outside banks"),
        ("withdrawn by funders", yuan(answer.run_fen), "from lenders whose bad loans alarmed them"),
    ]
    waterfall = [
        ("open from before", yuan(answer.open_before_fen), "still expected of defaults in the burn-in"),
        ("exposure at default", yuan(answer.exposure_at_default_fen), "principal and interest owed on that day"),
        ("paid by margin", part(answer.recovered_deposit_fen), "of both"),
        ("paid by goods", part(answer.recovered_goods_fen), ""),
        ("paid by guarantees", part(answer.recovered_guarantee_fen), ""),
        ("paid by obligors", part(answer.recovered_cash_fen), "later, or by their estates"),
        ("lost by lenders", part(answer.lender_loss_fen), "net of what came back"),
        ("lost by the platform", part(answer.platform_loss_fen), "its first loss"),
        ("still open", part(answer.still_open_fen), "expected to come back"),
    ]
    return [("Credit", credit), ("Risk", risk), ("Who paid for defaults", waterfall)]
