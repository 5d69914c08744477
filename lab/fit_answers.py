"""What the commands of `creditlab fit` answer: every key with its meaning and unit."""

from pydantic import Field

from lab.answer import Answer


class Li2018Answer(Answer):
    """Table 8 of Li, Mickel & Taylor (2018), reproduced."""

    rows: int = Field(description="Loans in the file.")
    rows_train: int = Field(description="Loans of the training half (Selected = 1).")
    rows_test: int = Field(description="Loans of the other half.")
    coefficients: dict[str, float] = Field(
        description="Log-odds of default a unit: const, RealEstate, Portion, Recession."
    )
    standard_errors: dict[str, float] = Field(description="Standard errors of the coefficients, by the same names.")
    log_likelihood: float = Field(description="At the maximum, natural logarithm.")
    misclassification: float = Field(description="Share of the other half on the wrong side of cut-off 0.5.")
    matches_print: bool = Field(description="Whether every number rounds to the table's printed four decimals.")


class SbaAnswer(Answer):
    """Default timing of SBA loans: fitted on approvals to 2005, tested on later ones. Weighted throughout."""

    rows: int = Field(description="Loans in the source; rows = rows_used + the sum of excluded.")
    rows_used: int = Field(description="Loans with a clock and an outcome.")
    excluded: dict[str, int] = Field(description="Loans left out by reason; each counts under the first that holds.")
    rows_train: int = Field(description="Used loans approved to 2005.")
    rows_test: int = Field(description="Used loans approved later and followed for 60 months: those that are judged.")
    rows_later: int = Field(description="Used loans approved later, followed too short to be judged.")
    has_weights: bool = Field(description="Whether the source has weights; otherwise every loan counts as one.")
    cut_off: str = Field(description="Day up to which outcomes are known and paid loans stay at risk, ISO date.")
    auc: float = Field(description="Area under the ROC curve, charge-off within 60 months, test loans.")
    auc_ci: tuple[float, float] = Field(description="95 % interval of it (DeLong with weights).")
    calibration_slope: float = Field(description="Slope of outcomes on the log-odds of the 60-month PD; 1 is right.")
    observed_over_expected: float = Field(description="Charge-offs within 60 months over those forecast; 1 is right.")
    auc_censored_at_2005: float = Field(
        description="The same for a model whose training labels end on 2005-12-31: what a banker could have known then."
    )
    auc_ci_censored_at_2005: tuple[float, float] = Field(description="95 % interval of it.")
    calibration_slope_censored_at_2005: float = Field(description="Calibration slope of that model.")
    observed_over_expected_censored_at_2005: float = Field(description="Observed over expected of that model.")
    pd_by_month: dict[str, float] = Field(description="Mean PD of the training loans by months since disbursement.")
    observed_pd_by_month: dict[str, float] = Field(description="Kaplan-Meier incidence of the same loans.")
    test_pd_by_month: dict[str, float] = Field(description="Mean PD of the test loans.")
    test_observed_pd_by_month: dict[str, float] = Field(description="Kaplan-Meier incidence of the test loans.")
    hazard_by_month: dict[str, float] = Field(
        description="Observed monthly hazard of all used loans by month since disbursement (Gaussian mean, 3 months)."
    )
    model_hazard_by_month: dict[str, float] = Field(description="The model's hazard of the same loans at risk.")
    peak_month: int = Field(description="Month in which the observed hazard is highest.")
    files: list[str] = Field(description="Files in the folder written.")


class PlatformAnswer(Answer):
    """The platform's scorer and PD curve, fitted on observable tables and tested on firms they had not seen."""

    model_file: str = Field(description="The JSON file written.")
    model_version: str = Field(description="Name of the model, as it will stand in `decisions.model_version`.")
    data_hash: str = Field(description="SHA-256 of the observable tables, over their content.")
    last_day: str = Field(description="Last day recorded in the tables, ISO date.")
    rows: int = Field(description="Firm-months: obligors at month ends.")
    firms: int = Field(description="Obligors among them.")
    defaults: int = Field(description="Obligors that defaulted (90 days past due or unlikely to pay).")
    default_rate_annual: float = Field(description="Defaults a year of observed credit, share.")
    folds: int = Field(description="Folds of firms; every number below is out of fold.")
    auc: float = Field(description="Area under the ROC curve, default within 12 months of the snapshot.")
    auc_ci: tuple[float, float] = Field(description="95 % interval of it, firms as clusters.")
    auc_current: float = Field(description="The same among obligors without arrears, about whom decisions are made.")
    auc_current_ci: tuple[float, float] = Field(description="95 % interval of it.")
    calibration_slope: float = Field(
        description="Slope of the first year's hazard on the one forecast, obligors without arrears; 1 is right."
    )
    observed_over_expected: float = Field(
        description="Defaults within 12 months over those forecast for the time each obligor was followed; 1 is right."
    )
    pd_by_month: dict[str, float] = Field(description="PD of the average obligor without arrears, by months.")
    coefficients: dict[str, float] = Field(description="Log-odds a standard deviation of each feature that is used.")
    held_back: list[str] = Field(description="Features at 0: their data point against the direction allowed.")
    is_leak_suspected: bool = Field(description="Whether the AUC is too good to be true (above 0.90).")
