"""How grades move: the migration matrix of a scale, by cohorts or by time spent in each grade, with intervals.

Both estimators read one history: a row says that from a day on a firm stood in a grade. Default is absorbing: what
follows it is not read. A firm that leaves without default is withdrawn: it counts while it is watched and no longer.

Sources: D. Lando & T. M. Skødeberg, J. Banking & Finance 26 (2002) 423-444 (generator from continuous observation);
T. Schuermann, "Credit migration matrices" (2008) (the two estimators beside each other, bootstrap over firms).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.intervals import Interval, wilson
from credit.rating import MasterScale

DAYS_A_YEAR = 365.25
WITHDRAWN = "NR"
"""The grade of a firm that left without default; a missing grade means the same."""

HISTORY_COLUMNS = ("firm_id", "since", "grade")


@dataclass(frozen=True)
class MigrationMatrix:
    """Probabilities of standing in a grade some years later, by grade today.

    Attributes:
        grades: rows and columns, best first, default last.
        years: how far ahead.
        probabilities: (K, K); every row sums to 1, the row of default is (0, ..., 0, 1).
        low: lower ends of the intervals, (K, K).
        high: upper ends, (K, K).
        level: probability that an interval covers.
        starts: cohort members of each grade (cohorts) or firm-years in each grade (generator), (K,).
        withdrawn: cohort members, or firms, that left from each grade without default, (K,).
        method: `cohort` or `generator`.
    """

    grades: tuple[str, ...]
    years: float
    probabilities: np.ndarray
    low: np.ndarray
    high: np.ndarray
    level: float
    starts: np.ndarray
    withdrawn: np.ndarray
    method: str

    def frame(self) -> pd.DataFrame:
        """The probabilities as a table."""
        return pd.DataFrame(self.probabilities, index=list(self.grades), columns=list(self.grades))

    def default_probability(self) -> pd.DataFrame:
        """The last column with its interval: probability of default within `years` by grade."""
        columns = {"probability": self.probabilities[:, -1], "low": self.low[:, -1], "high": self.high[:, -1]}
        return pd.DataFrame(columns, index=list(self.grades)).iloc[:-1]


@dataclass(frozen=True)
class Generator:
    """Intensities of moves between grades, per year, and what they were estimated from.

    Attributes:
        grades: best first, default last.
        rates: (K, K) generator: off-diagonal >= 0, rows sum to 0, the row of default is 0.
        moves: moves by firm, (firms, K, K).
        years_at_risk: firm-years in each grade by firm, (firms, K).
        withdrawn: firms that left from each grade without default, (K,).
    """

    grades: tuple[str, ...]
    rates: np.ndarray
    moves: np.ndarray
    years_at_risk: np.ndarray
    withdrawn: np.ndarray

    def over(self, years: float, *, seed: int = 0, resamples: int = 400, level: float = 0.95) -> MigrationMatrix:
        """The migration matrix over any number of years: exp(rates x years), bootstrapped over firms.

        Args:
            years: how far ahead, > 0.
            seed: of the resampling; the same seed gives the same interval.
            resamples: bootstrap samples of firms.
            level: probability that the intervals cover.

        Raises:
            BadInput: `years` is not positive.
        """
        if not years > 0.0:
            raise BadInput(Problem("must be > 0", field="years", value=years))
        firms = len(self.years_at_risk)
        chance = np.random.Generator(np.random.Philox(key=seed))
        weights = chance.multinomial(firms, np.full(firms, 1.0 / firms), size=resamples).astype(float)
        size = len(self.grades)
        moves = (weights @ self.moves.reshape(firms, -1)).reshape(resamples, size, size)
        drawn = exponential(_rates(moves, weights @ self.years_at_risk) * years)
        edge = (1.0 - level) / 2.0
        low, high = np.quantile(drawn, [edge, 1.0 - edge], axis=0)
        return MigrationMatrix(
            self.grades,
            years,
            exponential(self.rates * years),
            low,
            high,
            level,
            self.years_at_risk.sum(axis=0),
            self.withdrawn,
            "generator",
        )


def cohort_matrix(
    history: pd.DataFrame, scale: MasterScale, starts: pd.DatetimeIndex, years: float = 1.0, level: float = 0.95
) -> MigrationMatrix:
    """The share of each grade's members on `starts` that stand in each grade `years` later.

    A firm that defaulted on the way is in default at the end; one that was withdrawn is taken out of its cohort and
    counted. That overstates default a little, because the withdrawn were at risk for a part of the time; the generator
    has no such bias. Intervals are Wilson's by cell: they take members as independent, so keep cohorts from overlapping
    (starts at least `years` apart) or read them as too narrow.

    Args:
        history: `firm_id`, `since`, `grade`: from `since` on the firm stood in `grade` (missing or `NR`: withdrawn).
        scale: the master scale.
        starts: days on which cohorts are formed.
        years: how far ahead, > 0.
        level: probability that the intervals cover.

    Returns:
        The matrix; grades that no cohort held keep their grade with probability 1 and the interval 0 to 1.

    Raises:
        BadInput: the history breaks a rule, or there is no cohort.
    """
    if not years > 0.0 or len(starts) == 0:
        raise BadInput(Problem("at least one start and a positive horizon are needed", field="starts"))
    spells = _spells(history, scale)
    size = len(scale.names)
    counts, withdrawn = np.zeros((size, size)), np.zeros(size)
    horizon = pd.Timedelta(round(years * DAYS_A_YEAR), unit="D")
    for start in starts:
        before, after = _standing(spells, start), _standing(spells, start + horizon)
        at_risk = before[(before >= 0) & (before < size - 1)]
        later = after.reindex(at_risk.index).to_numpy()
        gone = later < 0
        np.add.at(counts, (at_risk.to_numpy()[~gone], later[~gone]), 1.0)
        np.add.at(withdrawn, at_risk.to_numpy()[gone], 1.0)
    members = counts.sum(axis=1)
    is_seen = members > 0
    probabilities = np.where(is_seen[:, None], counts / np.maximum(members, 1.0)[:, None], np.eye(size))
    interval = wilson(counts, np.broadcast_to(members[:, None], counts.shape), level)
    low, high = _with_default_fixed(interval)
    return MigrationMatrix(tuple(scale.names), years, probabilities, low, high, level, members, withdrawn, "cohort")


def generator(history: pd.DataFrame, scale: MasterScale, watched_until: pd.Timestamp) -> Generator:
    """Intensities by time spent: moves from i to j over firm-years in i.

    Uses every day of watching, so rare moves get a small probability where cohorts see none.

    Args:
        history: as for `cohort_matrix`.
        scale: the master scale.
        watched_until: the day up to which every firm not withdrawn was watched.

    Raises:
        BadInput: the history breaks a rule or reaches beyond `watched_until`.
    """
    spells = _spells(history, scale)
    if len(spells) and spells["since"].max() > watched_until:
        raise BadInput(Problem("must not lie after watched_until", field="since", value=str(spells["since"].max())))
    size = len(scale.names)
    spells["until"] = spells["until"].fillna(watched_until)
    is_at_risk = (spells["place"] >= 0) & (spells["place"] < size - 1)
    moving = spells[is_at_risk & (spells["next_place"] >= 0) & (spells["next_place"] != spells["place"])]
    years = (spells["until"] - spells["since"]).dt.days.to_numpy() / DAYS_A_YEAR
    firms = int(spells["firm"].max()) + 1 if len(spells) else 0
    moves, years_at_risk = np.zeros((firms, size, size)), np.zeros((firms, size))
    np.add.at(moves, (moving["firm"].to_numpy(), moving["place"].to_numpy(), moving["next_place"].to_numpy()), 1.0)
    risky = spells[is_at_risk]
    np.add.at(years_at_risk, (risky["firm"].to_numpy(), risky["place"].to_numpy()), years[is_at_risk])
    leaving = spells.loc[is_at_risk & (spells["next_place"] == _GONE), "place"].to_numpy()
    return Generator(
        tuple(scale.names),
        _rates(moves.sum(axis=0), years_at_risk.sum(axis=0)),
        moves,
        years_at_risk,
        np.bincount(leaving, minlength=size),
    )


def exponential(matrices: np.ndarray) -> np.ndarray:
    """The matrix exponential of many small matrices at once, (..., K, K); scipy's loops over them.

    Taylor's series of a matrix scaled below 1/16, squared back; thirteen terms leave an error of 1e-25.
    """
    size = np.abs(matrices).sum(axis=-1).max(initial=0.0)
    halvings = max(0, int(np.ceil(np.log2(max(size, 1e-300)))) + 4)
    scaled = matrices / 2.0**halvings
    term = np.broadcast_to(np.eye(matrices.shape[-1]), matrices.shape)
    total = term.copy()
    for order in range(1, 14):
        term = term @ scaled / order
        total = total + term
    for _ in range(halvings):
        total = total @ total
    return total


_GONE, _STAYS = -1, -2


def _spells(history: pd.DataFrame, scale: MasterScale) -> pd.DataFrame:
    """Spells in one grade, in order: firm (number), place (-1 withdrawn), since, until (missing: still), next_place."""
    missing = [name for name in HISTORY_COLUMNS if name not in history.columns]
    if missing:
        raise BadInput(Problem("a grade history needs this column", field=missing[0]))
    rows = history.loc[:, list(HISTORY_COLUMNS)].sort_values(["firm_id", "since"], kind="stable", ignore_index=True)
    if rows["since"].isna().any() or rows["firm_id"].isna().any():
        raise BadInput(Problem("must not be missing", field="since or firm_id"))
    if rows.duplicated(["firm_id", "since"]).any():
        twice = rows[rows.duplicated(["firm_id", "since"])].iloc[0]
        raise BadInput(
            Problem("a firm must have one grade a day", field="since", value=f"{twice.firm_id} {twice.since}")
        )
    named = rows["grade"].fillna(WITHDRAWN)
    place = named.map({name: number for number, name in enumerate(scale.names)} | {WITHDRAWN: _GONE})
    if place.isna().any():
        raise BadInput(
            Problem(
                f"must be one of {', '.join(scale.names)} or {WITHDRAWN}",
                field="grade",
                value=str(named[place.isna()].iloc[0]),
            )
        )
    rows["place"] = place.astype(int)
    rows["firm"] = pd.factorize(rows["firm_id"])[0]
    default = len(scale.names) - 1
    is_default = (rows["place"] == default).astype(int)
    defaults_before = is_default.groupby(rows["firm"]).cumsum() - is_default
    rows = rows[defaults_before == 0].reset_index(drop=True)
    is_same = (rows["firm"] == rows["firm"].shift()) & (rows["place"] == rows["place"].shift())
    rows = rows[~is_same].reset_index(drop=True)
    has_next = (rows["firm"] == rows["firm"].shift(-1)).to_numpy()
    rows["until"] = rows["since"].shift(-1).where(has_next)
    rows["next_place"] = rows["place"].shift(-1).where(has_next, _STAYS).astype(int)
    return rows


def _standing(spells: pd.DataFrame, day: pd.Timestamp) -> pd.Series:
    """The place of every firm on a day, by firm number; firms not yet seen are absent."""
    seen = spells[spells["since"] <= day]
    return seen.groupby("firm")["place"].last()


def _rates(moves: np.ndarray, years_at_risk: np.ndarray) -> np.ndarray:
    """Moves over time at risk as generators; leading axes are resamples."""
    rates = np.where(years_at_risk[..., None] > 0.0, moves / np.maximum(years_at_risk, 1e-12)[..., None], 0.0)
    size = rates.shape[-1]
    rates[..., np.arange(size), np.arange(size)] = 0.0
    rates[..., np.arange(size), np.arange(size)] = -rates.sum(axis=-1)
    return rates


def _with_default_fixed(interval: Interval) -> Interval:
    """Default stays default: that row is no estimate."""
    low, high = interval.low.copy(), interval.high.copy()
    low[-1], high[-1] = 0.0, 0.0
    low[-1, -1] = high[-1, -1] = 1.0
    return Interval(low, high)


def compounded(matrix: MigrationMatrix, periods: int) -> np.ndarray:
    """The matrix over several horizons, if moves are Markov: its power, (K, K).

    Raises:
        BadInput: `periods` is below 1.
    """
    if periods < 1:
        raise BadInput(Problem("must be >= 1", field="periods", value=periods))
    return np.linalg.matrix_power(matrix.probabilities, periods)


def grade_history(graded: pd.DataFrame) -> pd.DataFrame:
    """A month-by-month or quarter-by-quarter table of grades as a history.

    A firm that is absent from a later period than its last one, without default, is withdrawn at the first period it is
    missing from; a gap in between counts as withdrawn for its length.

    Args:
        graded: `firm_id`, `period` (first day of the period), `grade`; one row a firm and period it was graded in.

    Returns:
        `firm_id`, `since`, `grade` for `cohort_matrix` and `generator`.
    """
    wide = graded.pivot(index="firm_id", columns="period", values="grade").sort_index(axis=1)
    filled = wide.fillna(WITHDRAWN)
    first_seen = wide.notna().to_numpy().argmax(axis=1)
    started = np.arange(wide.shape[1])[None, :] >= first_seen[:, None]
    changed = filled.ne(filled.shift(axis=1)).to_numpy() | (np.arange(wide.shape[1])[None, :] == first_seen[:, None])
    rows, columns = np.nonzero(started & changed)
    return pd.DataFrame(
        {
            "firm_id": wide.index.to_numpy()[rows],
            "since": wide.columns.to_numpy()[columns],
            "grade": filled.to_numpy()[rows, columns],
        }
    )
