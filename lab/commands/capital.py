"""`creditlab capital`: what a bank must hold against a credit."""

from typing import TYPE_CHECKING

from pydantic import Field

from credit.capital import (
    AssetClass,
    Regime,
    capital_target_share,
    irb_capital,
    standardised_risk_weight,
    turnover_in_unit_of,
)
from lab.answer import Answer
from lab.output import give, ruled

if TYPE_CHECKING:
    from rich.console import Console


class CapitalAnswer(Answer):
    """Risk weight and capital of one performing exposure under one rulebook."""

    regime: str = Field(description="The rulebook: basel2, basel3, prc2012 or prc2024.")
    asset_class: str = Field(description="corporate, sme or other-retail.")
    pd: float = Field(description="Probability of default within a year as given, share.")
    pd_used: float = Field(description="The PD after the rulebook's floor, share.")
    lgd: float = Field(description="Loss given default in a downturn, share.")
    maturity_years: float = Field(description="Maturity as given, years.")
    maturity_years_used: float = Field(
        description="Effective maturity: held between 1 and 5 years; 2.5 where the class has no maturity adjustment."
    )
    turnover: float | None = Field(
        description="SME only: yearly sales as the rulebook counts them: EUR m (Basel) or RMB 10 m (PRC)."
    )
    is_scaled: bool = Field(description="Whether the rulebook's scaling factor (1.06 in Basel II) is applied.")
    correlation: float = Field(description="Asset correlation R of the formula, share.")
    risk_weight: float = Field(
        description="IRB risk weight, share of the exposure at default: 12.5 times capital_share."
    )
    capital_share: float = Field(
        description="K of the formula: minimum capital (8 % of risk-weighted assets), share of the exposure at default."
    )
    capital_target_share: float = Field(
        description="Capital with the conservation buffer, as pricing charges it: risk weight x 10.5 %, share."
    )
    standardised_risk_weight: float = Field(description="Risk weight of the standardised approach beside it, share.")


def run(
    pd: float,
    lgd: float,
    maturity_years: float,
    asset_class: str,
    regime: str,
    turnover_meur: float | None,
    turnover_mrmb: float | None,
    is_scaled: bool,
    is_short_trade: bool,
    as_json: bool = False,
) -> None:
    """Weigh one exposure.

    Raises:
        BadInput: a number lies outside its range, or an SME comes without its turnover.
    """
    kind, rulebook = AssetClass(asset_class), Regime(regime)
    has_turnover = turnover_meur is not None or turnover_mrmb is not None
    turnover = (
        turnover_in_unit_of(rulebook, meur=turnover_meur, mrmb=turnover_mrmb)
        if has_turnover and kind is AssetClass.SME
        else None
    )
    weighed = irb_capital(
        pd,
        lgd,
        maturity_years,
        kind,
        rulebook,
        turnover=turnover,
        is_scaled=is_scaled,
        is_short_trade=is_short_trade,
    )
    answer = CapitalAnswer(
        regime=rulebook,
        asset_class=kind,
        pd=pd,
        pd_used=float(weighed.pd),
        lgd=lgd,
        maturity_years=maturity_years,
        maturity_years_used=float(weighed.maturity_years),
        turnover=turnover,
        is_scaled=is_scaled,
        correlation=float(weighed.correlation),
        risk_weight=float(weighed.risk_weight),
        capital_share=float(weighed.capital_share),
        capital_target_share=float(capital_target_share(weighed.risk_weight)),
        standardised_risk_weight=standardised_risk_weight(kind, rulebook),
    )

    def show(console: "Console") -> None:
        table = ruled(title=f"Capital under {answer.regime}, {answer.asset_class}")
        for name, told in (
            ("PD used", f"{answer.pd_used:.2%}"),
            ("LGD", f"{answer.lgd:.2%}"),
            ("Effective maturity", f"{answer.maturity_years_used:.2f} years"),
            ("Asset correlation", f"{answer.correlation:.4f}"),
            ("Risk weight (IRB)", f"{answer.risk_weight:.2%}"),
            ("Risk weight (standardised)", f"{answer.standardised_risk_weight:.2%}"),
            ("Capital, minimum 8 %", f"{answer.capital_share:.2%} of the exposure"),
            ("Capital, target 10.5 %", f"{answer.capital_target_share:.2%} of the exposure"),
        ):
            table.add_row(name, told)
        console.print(table)
        console.print("Use of the IRB formula needs a supervisor's approval: research only.")

    give(answer, as_json, show)
