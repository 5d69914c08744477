"""What is answered about a market held against the world: facts, clustering, validation."""

from typing import Literal

from pydantic import Field

from lab.answer import Answer
from sim.facts.clustering import Contest
from sim.facts.gate import Finding


class FactRow(Answer):
    """One stylised fact held against the market."""

    name: str = Field(description="the fact")
    meaning: str = Field(description="what is measured")
    unit: str = Field(description="unit of band, mean and interval")
    band_low: float | None = Field(description="lower end of the band, in `unit`; null where it is open")
    band_high: float | None = Field(description="upper end of the band, in `unit`; null where it is open")
    basis: Literal["published", "assumption"] = Field(description="whether a source prints the band or we chose it")
    role: Literal["fitted", "held_out"] = Field(description="whether the market's parameters were set from the fact")
    confidence: str = Field(description="confidence in the source: high, medium, low, assumption")
    source: str = Field(description="who says so")
    verdict: Literal["PASS", "WARN", "FAIL", "NOT MEASURED"] = Field(
        description="PASS: every seed measures it and the whole interval lies in the band; FAIL: none of the interval "
        "does; WARN: the seeds do not tell"
    )
    is_validation: bool = Field(description="passed, on a published band to which nothing was fitted")
    mean: float | None = Field(description="mean over seeds, in `unit`")
    ci_low: float | None = Field(description="lower end of the mean's 95 % t interval, in `unit`")
    ci_high: float | None = Field(description="upper end of the mean's 95 % t interval, in `unit`")
    seeds: int = Field(description="seeds on which it was measured, a count")
    why: str | None = Field(description="why it was not measured, or not on every seed")


class ClusteringRow(Answer):
    """How a default intensity varies, relative to its mean."""

    variance: float = Field(description="variance of the monthly default intensity over its squared mean, a ratio")
    persistence: float = Field(description="mean covariance with the six months after over the squared mean, a ratio")


class BaselineContest(Answer):
    """The market and the one-factor market without a network, held against the clustering of real defaults."""

    baseline_name: str = Field(description="what the market must beat")
    asset_correlation: float = Field(description="asset correlation of the baseline, a share")
    default_rate_annual: float | None = Field(description="default rate of both, a share a year")
    world: ClusteringRow = Field(description="clustering of real defaults (SBA loans to manufacturers, 1992-2013)")
    market: ClusteringRow | None = Field(description="clustering of the market's defaults over all seeds")
    baseline: ClusteringRow | None = Field(description="clustering of the baseline's defaults, exact")
    market_distance: float | None = Field(description="the market's relative distance to the world, a ratio")
    baseline_distance: float | None = Field(description="the baseline's relative distance to the world, a ratio")
    gain: float | None = Field(description="baseline_distance less market_distance: above 0 the market is closer")
    gain_low: float | None = Field(description="lower end of the gain's 95 % bootstrap interval over seeds, a ratio")
    gain_high: float | None = Field(description="upper end of the gain's 95 % bootstrap interval over seeds, a ratio")
    verdict: str = Field(description="whether the market beats the baseline, in words")
    why: str | None = Field(description="why it was not measured; null where it was")


class FactsAnswer(Answer):
    """What `creditlab facts --json` prints."""

    headline: str = Field(description="the answer in words")
    verdict: Literal["PASS", "WARN", "FAIL"] = Field(description="the worst verdict among the facts that were measured")
    seeds: int = Field(description="seeds, a count")
    firms: int = Field(description="SMEs in each market, a count")
    days: int = Field(description="days observed after the burn-in")
    downturn: str | None = Field(description="the scenario that stands for a downturn; null where none was run")
    policy: str = Field(description="who decides: an arm, or purchases alone")
    passed: int = Field(description="facts that passed, a count")
    warned: int = Field(description="facts that the seeds do not settle, a count")
    failed: int = Field(description="facts that failed, a count")
    not_measured: int = Field(description="facts that could not be measured, a count")
    validated: list[str] = Field(description="facts that count as evidence: passed, published, held out")
    facts: list[FactRow] = Field(description="every fact, in the order of its file")
    clustering: BaselineContest = Field(description="default clustering against the one-factor market")
    results_hash: str = Field(description="SHA-256 over the state hashes of all runs")


def fact_row(found: Finding) -> FactRow:
    """A finding as it is answered."""
    fact = found.fact
    return FactRow(
        name=found.name,
        meaning=fact.meaning,
        unit=fact.unit,
        band_low=fact.band.low,
        band_high=fact.band.high,
        basis=fact.basis,
        role=fact.role,
        confidence=fact.confidence,
        source=fact.source,
        verdict=found.verdict,
        is_validation=found.validates,
        mean=found.mean,
        ci_low=found.low,
        ci_high=found.high,
        seeds=found.seeds,
        why=found.why,
    )


def contest_row(held: Contest, correlation: float) -> BaselineContest:
    """A contest as it is answered."""
    gain = held.gain
    return BaselineContest(
        baseline_name="one-factor Vasicek market without a network, the factor drawn once a year",
        asset_correlation=correlation,
        default_rate_annual=held.default_rate_annual,
        world=ClusteringRow.model_validate(held.world),
        market=None if held.market is None else ClusteringRow.model_validate(held.market),
        baseline=None if held.baseline is None else ClusteringRow.model_validate(held.baseline),
        market_distance=held.market_distance,
        baseline_distance=held.baseline_distance,
        gain=None if gain is None else gain.mean,
        gain_low=None if gain is None else gain.low,
        gain_high=None if gain is None else gain.high,
        verdict=held.verdict,
        why=held.why,
    )
