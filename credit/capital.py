"""Capital a lender must hold: Basel and PRC bank rules, and the leverage of lessors, factors and micro-lenders.

The risk weight of the internal-ratings (IRB) formula is 12.5 times the capital K that covers the loss of 999 years in a
thousand beyond what is expected. Use of the formula needs a supervisor's approval: here it is research. Every constant
stands in `data/parameters/capital.yaml` with its paragraph.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

import numpy as np

from credit.errors import BadInput, Problem
from credit.loss_distribution import conditional_pd
from credit.parameters import parameters

Number = float | np.ndarray

MILLIONS_PER_PRC_UNIT = 10.0
"""The PRC rule counts turnover in RMB 10 m."""


class Regime(StrEnum):
    """A rulebook of bank capital."""

    BASEL2 = "basel2"
    BASEL3 = "basel3"
    PRC2012 = "prc2012"
    PRC2024 = "prc2024"

    @property
    def is_prc(self) -> bool:
        """Whether turnover is counted in RMB 10 m instead of EUR m."""
        return self in (Regime.PRC2012, Regime.PRC2024)


class AssetClass(StrEnum):
    """The classes an SME credit can fall into."""

    CORPORATE = "corporate"
    SME = "sme"
    OTHER_RETAIL = "other-retail"


class Collateral(StrEnum):
    """Collateral that lowers the supervisory LGD. Resin and machines are usually other physical."""

    RECEIVABLES = "receivables"
    OTHER_PHYSICAL = "other_physical"


class Lender(StrEnum):
    """Licensed lenders that are bound by leverage, not by risk weights."""

    FINANCE_LESSOR = "finance_lessor"
    FACTOR = "factor"
    MICRO_LENDER = "micro_lender"


@dataclass(frozen=True)
class IrbCapital:
    """What the IRB formula says of one or many exposures; arrays share one shape.

    Attributes:
        pd: PD used, after the floor, a share.
        correlation: asset correlation R, a share.
        maturity_years: effective maturity used (2.5 where the class has no maturity adjustment).
        capital_share: K, the capital for unexpected loss as a share of the exposure at default.
        risk_weight: 12.5 K, a share.
    """

    pd: np.ndarray
    correlation: np.ndarray
    maturity_years: np.ndarray
    capital_share: np.ndarray
    risk_weight: np.ndarray


def prc_regime_on(day: date) -> Regime:
    """The PRC rulebook in force on a day.

    Raises:
        BadInput: the day lies before the first of the two.
    """
    for regime in (Regime.PRC2024, Regime.PRC2012):
        if parameters("capital")[f"{regime}_scaling"].values[0].valid_from <= day:
            return regime
    raise BadInput(Problem("no PRC rulebook is known before 2013-01-01", field="day", value=str(day)))


def irb_capital(
    pd: Number,
    lgd: Number,
    maturity_years: Number = 2.5,
    asset_class: AssetClass | str = AssetClass.CORPORATE,
    regime: Regime | str = Regime.BASEL3,
    *,
    turnover: Number | None = None,
    is_scaled: bool = False,
    is_short_trade: bool = False,
) -> IrbCapital:
    """Capital of performing exposures by the IRB formula; arguments broadcast.

    K = LGD (N[(G(PD) + sqrt(R) G(0.999)) / sqrt(1 - R)] - PD) (1 + (M - 2.5) b) / (1 - 1.5 b), without the maturity
    term for retail.

    Args:
        pd: probability of default within a year, a share in [0, 1); the regime's floor is applied.
        lgd: loss given default in a downturn, a share.
        maturity_years: effective maturity, held between 1 and 5 years; without effect on retail.
        asset_class: corporate, sme or other-retail.
        regime: the rulebook.
        turnover: yearly sales of the group, SME only: EUR m under Basel (5 to 50), RMB 10 m under the PRC rules
            (3 to 30); held between the two.
        is_scaled: apply the regime's scaling factor (1.06 in Basel II) to the risk weight and the capital.
        is_short_trade: short-term, self-liquidating trade finance: the least maturity of one year does not bind.

    Raises:
        BadInput: a share lies outside its range, a maturity is not positive, the turnover of an SME is missing, or the
            class or regime is unknown.
    """
    kind, rulebook = _class_of(asset_class), _regime_of(regime)
    p_given = _share("pd", pd, is_one_allowed=False)
    severity = _share("lgd", lgd)
    p = np.maximum(p_given, _constant(f"{rulebook}_pd_floor_{_key(kind)}"))
    correlation = asset_correlation(p, kind, rulebook, turnover=turnover)
    unexpected = severity * (conditional_pd(p, correlation, _constant("irb_confidence")) - p)
    maturity = _effective_maturity(maturity_years, is_short_trade)
    if kind is AssetClass.OTHER_RETAIL:
        maturity = np.full_like(maturity, 2.5)
        adjustment = np.ones_like(p)
    else:
        b = (_constant("irb_maturity_intercept") - _constant("irb_maturity_slope") * np.log(p)) ** 2
        adjustment = (1.0 + (maturity - 2.5) * b) / (1.0 - 1.5 * b)
    capital = unexpected * adjustment * (_constant(f"{rulebook}_scaling") if is_scaled else 1.0)
    p, correlation, maturity, capital = np.broadcast_arrays(p, correlation, maturity, capital)
    return IrbCapital(p, correlation, maturity, capital, capital / _constant("capital_ratio_minimum"))


def asset_correlation(
    pd: Number, asset_class: AssetClass | str, regime: Regime | str, *, turnover: Number | None = None
) -> np.ndarray:
    """The asset correlation R that a rulebook assumes: lower for riskier and, among SMEs, for smaller firms.

    Args:
        pd: probability of default, a share.
        asset_class: corporate, sme or other-retail.
        regime: the rulebook.
        turnover: SME only: EUR m (Basel) or RMB 10 m (PRC).

    Raises:
        BadInput: an argument is missing or lies outside its range.
    """
    kind, rulebook = _class_of(asset_class), _regime_of(regime)
    curve = "other_retail" if kind is AssetClass.OTHER_RETAIL else "corporate"
    low, high, decay = (_constant(f"irb_{curve}_correlation_{part}") for part in ("low", "high", "decay"))
    weight = np.expm1(-decay * _share("pd", pd)) / np.expm1(-decay)
    correlation = low * weight + high * (1.0 - weight)
    return correlation - _size_cut(rulebook, turnover) if kind is AssetClass.SME else correlation


def turnover_in_unit_of(regime: Regime | str, *, meur: float | None = None, mrmb: float | None = None) -> float:
    """A yearly turnover in the unit in which a rulebook counts it.

    Args:
        regime: the rulebook.
        meur: turnover in EUR m, or
        mrmb: turnover in RMB m; exactly one of the two.

    Raises:
        BadInput: none or both are given, or the turnover is not positive.
    """
    if (meur is None) == (mrmb is None):
        raise BadInput(
            Problem(
                "exactly one of turnover in EUR m and turnover in RMB m must be given",
                field="turnover",
                remedy="give the group's yearly sales in one of the two units",
            )
        )
    rate = _constant("rmb_per_euro")
    in_rmb = mrmb if mrmb is not None else (meur or 0.0) * rate
    if not in_rmb > 0.0:
        raise BadInput(Problem("must be > 0", field="turnover", value=meur if meur is not None else mrmb))
    if _regime_of(regime).is_prc:
        return in_rmb / MILLIONS_PER_PRC_UNIT
    return meur if meur is not None else in_rmb / rate


def standardised_risk_weight(asset_class: AssetClass | str, regime: Regime | str) -> float:
    """The standardised risk weight, a share, of an unrated exposure that meets the criteria of its class."""
    return _constant(f"{_regime_of(regime)}_standardised_{_key(_class_of(asset_class))}")


def capital_target_share(risk_weight: Number) -> np.ndarray:
    """Capital that pricing charges, as a share of the exposure: risk weight x 10.5 % (minimum and buffer)."""
    return np.asarray(risk_weight, dtype=float) * _constant("capital_ratio_target")


def foundation_lgd(
    exposure: Number, collateral_value: Number, collateral: Collateral | str, regime: Regime | str = Regime.BASEL3
) -> np.ndarray:
    """Supervisory LGD of a claim that eligible collateral secures in part (Basel III comprehensive formula, CRE32.8).

    Args:
        exposure: exposure at default, any unit of money, > 0.
        collateral_value: value of the collateral in the same unit, before the haircut.
        collateral: what secures it.
        regime: `basel3` or `prc2024`; the older rulebooks test for minimum cover in another way.

    Raises:
        BadInput: an amount lies outside its range, or the regime does not know this formula.
    """
    rulebook = _regime_of(regime)
    if rulebook not in (Regime.BASEL3, Regime.PRC2024):
        raise BadInput(Problem("must be basel3 or prc2024 for an LGD with collateral", field="regime", value=rulebook))
    kind = _member(Collateral, collateral, "collateral")
    amount, value = np.asarray(exposure, dtype=float), np.asarray(collateral_value, dtype=float)
    if not np.all(amount > 0.0):
        raise BadInput(Problem("must be > 0", field="exposure"))
    if not np.all(value >= 0.0):
        raise BadInput(Problem("must be >= 0", field="collateral_value"))
    secured = np.minimum(1.0, value * (1.0 - _constant(f"secured_{kind}_haircut")) / amount)
    unsecured_lgd = _constant(f"{rulebook}_lgd_unsecured")
    return unsecured_lgd * (1.0 - secured) + _constant(f"secured_{kind}_lgd") * secured


def leverage_equity_share(lender: Lender | str, on: date) -> float:
    """The least equity of a licensed non-bank as a share of its risk assets on a day.

    A lessor or factor may hold a multiple of its net assets in risk assets: 8x leaves 12.5 %, 10x leaves 10 %. A
    micro-lender's rule bounds debt by net assets: 5x leaves 1/6.

    Raises:
        BadInput: no rule is known for the lender on that day.
    """
    kind = _member(Lender, lender, "lender")
    if kind is Lender.MICRO_LENDER:
        return 1.0 / (1.0 + parameters("capital").value("micro_lender_debt_multiple", on))
    return 1.0 / parameters("capital").value(f"{kind}_risk_assets_multiple", on)


def _size_cut(regime: Regime, turnover: Number | None) -> np.ndarray:
    if turnover is None:
        raise BadInput(
            Problem(
                "the turnover must be given for asset class sme",
                field="turnover",
                remedy="give the group's yearly sales",
            )
        )
    sales = np.asarray(turnover, dtype=float)
    if not np.all(sales > 0.0):
        raise BadInput(Problem("must be > 0", field="turnover", value=float(np.min(sales))))
    least, most = _constant(f"{regime}_sme_turnover_least"), _constant(f"{regime}_sme_turnover_most")
    held = np.clip(sales, least, most)
    return _constant(f"{regime}_sme_correlation_cut") * (1.0 - (held - least) / (most - least))


def _effective_maturity(maturity_years: Number, is_short_trade: bool) -> np.ndarray:
    years = np.asarray(maturity_years, dtype=float)
    if not np.all((years > 0.0) & np.isfinite(years)):
        raise BadInput(Problem("must be > 0", field="maturity_years"))
    least = 0.0 if is_short_trade else _constant("irb_maturity_years_least")
    return np.clip(years, least, _constant("irb_maturity_years_most"))


def _share(name: str, value: Number, is_one_allowed: bool = True) -> np.ndarray:
    shares = np.asarray(value, dtype=float)
    is_good = (shares >= 0.0) & ((shares <= 1.0) if is_one_allowed else (shares < 1.0))
    if not np.all(is_good):
        rule = "must be a share from 0 to 1" if is_one_allowed else "must be a share from 0 to below 1"
        remedy = None if is_one_allowed else "a defaulted exposure needs max(0, LGD - best estimate of loss) instead"
        raise BadInput(Problem(rule, field=name, value=float(np.ravel(shares)[~np.ravel(is_good)][0]), remedy=remedy))
    return shares


@cache
def _constant(name: str) -> float:
    """A constant of a rulebook: a regime is itself the dating, so its parameters hold one value."""
    return parameters("capital")[name].values[-1].value


def _class_of(asset_class: AssetClass | str) -> AssetClass:
    return _member(AssetClass, asset_class, "asset_class")


def _regime_of(regime: Regime | str) -> Regime:
    return _member(Regime, regime, "regime")


def _key(asset_class: AssetClass) -> str:
    return asset_class.value.replace("-", "_")


def _member[E: StrEnum](kind: type[E], value: E | str, field: str) -> E:
    try:
        return kind(value)
    except ValueError:
        raise BadInput(Problem(f"must be one of {', '.join(kind)}", field=field, value=str(value))) from None
