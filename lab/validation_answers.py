"""What `creditlab validate`, `fit scorecard`, `fit boosted` and `score` answer: every key with its meaning and unit."""

from pydantic import Field

from lab.answer import Answer


class ValidateAnswer(Answer):
    """A scorer judged on rows that it has not seen. Weighted where the data have weights."""

    dataset: str = Field(description="sba, german, polish, platform or table.")
    model: str = Field(description="scorecard, boosted, logistic or combined; the kind of a model from a file.")
    method: str = Field(description="cross_validated, trained_elsewhere (--train) or saved_model (--model-file).")
    outcome: str = Field(description="Definition of default.")
    rows: int = Field(description="Rows in the source; rows = rows_used + the sum of exclusions.")
    rows_used: int = Field(description="Rows judged.")
    exclusions: dict[str, int] = Field(description="Rows left out by reason.")
    defaults: int = Field(description="Defaults among the rows judged.")
    default_rate: float = Field(description="Weighted share of defaults.")
    weights_effective_rows: float = Field(
        description="Equally weighted rows that would tell as much (Kish): squared sum of weights over sum of squares."
    )
    features: list[str] = Field(description="Features of the model.")
    folds: int | None = Field(description="Folds; null without cross-validation.")
    seed: int = Field(description="Seed of folds and fits.")
    rows_train: int | None = Field(description="Rows learnt from, with --train.")
    rows_in_both: int | None = Field(description="Rows judged that stand in the training table too; should be 0.")
    auc: float = Field(description="Area under the ROC curve, all rows judged together, share.")
    auc_ci: tuple[float, float] = Field(description="95 % interval of it (DeLong with weights and clusters).")
    auc_fold_mean: float | None = Field(description="Mean of the folds' own areas; null without folds.")
    ks: float = Field(description="Largest distance of the distributions of defaulters and survivors, share.")
    brier: float = Field(description="Mean squared distance of forecast and outcome.")
    calibration_slope: float = Field(description="Slope of outcomes on the forecast's log-odds; 1 is right.")
    calibration_intercept: float = Field(description="Intercept of the same, log-odds; 0 together with slope 1.")
    observed_over_expected: float = Field(description="Defaults over defaults forecast; 1 is right.")
    psi: float | None = Field(
        description="Stability index of the points, rows judged against rows learnt from; null for a saved model."
    )
    psi_by_chance: float | None = Field(
        description="Index that samples of this size exceed by luck in one of twenty cases."
    )
    data_hash: str = Field(description="SHA-256 of what was judged.")
    train_data_hash: str | None = Field(description="SHA-256 of what was learnt from, where known.")
    notes: list[str] = Field(description="What a reader should know before trusting the numbers.")


class ScorerAnswer(Answer):
    """A scorer fitted on a data set and written."""

    model_file: str = Field(description="The JSON file written.")
    model: str = Field(description="scorecard, boosted, logistic or combined.")
    kind: str = Field(description="Kind of the model in the file.")
    dataset: str = Field(description="sba, german, polish, platform or table.")
    data_hash: str = Field(description="SHA-256 of what it learnt from; it stands in the file too.")
    rows: int = Field(description="Rows in the source.")
    rows_used: int = Field(description="Rows learnt from.")
    exclusions: dict[str, int] = Field(description="Rows left out by reason.")
    defaults: int = Field(description="Defaults among them.")
    features: list[str] = Field(description="Features, in order: the schema that scoring asks for.")
    auc_in_sample: float = Field(
        description="Area under the ROC curve on the very rows learnt from: an upper bound, never evidence."
    )
    seed: int = Field(description="Seed of the fit.")
    notes: list[str] = Field(description="What a reader should know before using the model.")


class ScoreAnswer(Answer):
    """A table scored by a saved model."""

    model_file: str = Field(description="The model.")
    kind: str = Field(description="Kind of the model.")
    data_hash: str = Field(description="SHA-256 of what the model learnt from.")
    out: str = Field(description="The table written: points, pd, and reasons where asked for; a platform's gate, too.")
    rows: int = Field(description="Rows written.")
    rows_refused: int = Field(description="Of these refused by the fraud gate and not scored; 0 but on a platform.")
    points_mean: float | None = Field(description="Mean points; more is safer; null where nobody was scored.")
    pd_mean: float | None = Field(description="Mean probability of default, share; null where nobody was scored.")
    pd_low: float | None = Field(description="Lowest probability, share; null where nobody was scored.")
    pd_high: float | None = Field(description="Highest probability, share; null where nobody was scored.")
    columns: list[str] = Field(description="Columns of the table written.")
