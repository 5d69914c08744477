"""The closed loop inside a running market: outcome, fit, judgement, decision, outcome (DOMAIN R3, R19).

After each review the platform lets a few of those just refused in by lot and keeps the month end's running features.
Each quarter it follows its obligors to the day, lets the challengers that waited long enough be judged against the
champion on what came after both, watches the champion for drift, and fits a new challenger on all that is known. What
it fits never touches anything but observable tables, and a label is used only once it has happened.
"""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from credit.default_model import ARREARS, DefaultModel
from credit.errors import BadInput
from credit.feature_specs import FEATURES
from sim.desk.platform import Judgement
from sim.desk.underwriting import FittedModel, Underwriter
from sim.learning import drift
from sim.learning.exploration import Cost, Exploration, cost_of
from sim.learning.judging import judged
from sim.learning.memory import Lessons, Memory, day_number
from sim.learning.settings import MONTHS_A_YEAR, LearningSettings
from sim.learning.training import fitted, weights_of
from sim.learning.versions import NOT_FITTED, REJECTED, Lesson, Reference, Register, Version

EPOCH = date(1970, 1, 1).toordinal()
DAYS_A_MONTH = 30.4375
QUARTER_DAYS = 92


class Learning:
    """What a platform that learns keeps and does.

    Attributes:
        stage: the market.
        settings: how it learns.
        groups: feature groups that it looks at.
        memory: month ends.
        register: versions of its model.
        exploration: who was let in by lot.
        watched: drift, quarter by quarter.
    """

    def __init__(self, stage: Any, groups: str, settings: LearningSettings) -> None:
        self.stage = stage
        self.settings = settings
        self.groups = groups
        self.memory = Memory(self.settings.window_months)
        self.register = Register(stage.platform.underwriter, stage.date)
        self.exploration = Exploration(stage, self.settings)
        self.watched: list[drift.Watched] = []

    def before_review(self) -> None:
        """At a quarter's end: who is the champion from today on, and which challenger comes of what is known."""
        if not (self.stage.is_month_end and self.stage.date.month % self.settings.retrain_months == 0):
            return
        today = self.stage.date
        lessons = self.memory.lessons(self.stage.observed.contracts(), today)
        if lessons is None:
            return
        for version in self.register.waiting():
            self._judge(version, lessons, today)
        self._watch_level(lessons, today)
        self._fit(lessons, today)

    def after_review(self, features: pd.DataFrame, judgements: list[Judgement]) -> list[Judgement]:
        """Once all clients are judged: who is let in by lot, and what is remembered.

        Args:
            features: the running features that the judgements rest on, in the order of firm rows.
            judgements: one a client.

        Returns:
            What each client may buy on credit.
        """
        stage = self.stage
        if not stage.is_month_end:
            return judgements
        told, propensity = self.exploration.choose(features, judgements)
        self.memory.note(stage.date, features, propensity)
        if stage.date.month % self.settings.retrain_months == 0:
            self._watch_clients(features)
        return told

    # --- the quarter

    def _judge(self, version: Version, lessons: Lessons, today: date) -> None:
        """Hold a challenger against the champion once enough has come after both."""
        champion = self.register.champion
        assert version.lesson is not None
        assert version.underwriter is not None
        assert champion.underwriter is not None
        rows, within = self.unseen(lessons, version.lesson.fitted_on, today), self.settings.judged_months
        outcome = rows.defaulted_within(within)
        if len(np.unique(rows.firm[outcome == 1])) < self.settings.judged_defaults or outcome.all():
            return
        version.verdict = judged(
            outcome,
            champion.underwriter.pd_within(rows.months.features, within),
            version.underwriter.pd_within(rows.months.features, within),
            weights_of(rows),
            rows.firm,
            self.settings,
        )
        version.judged_on, version.judged_against = today, champion.name
        if version.verdict.is_promoted:
            self.register.promote(version, today)
            self._put_in_force(version.underwriter)
        else:
            version.status = REJECTED

    def unseen(self, lessons: Lessons, since: date, today: date) -> Lessons:
        """Month ends after a fit whose outcomes within the judged horizon are all known, clients in arrears left out.

        Clients in arrears are left out because no decision is made about them, and anybody can order them.
        """
        last = day_number(today) - self._wait_days
        later = lessons.of((lessons.day > day_number(since)) & (lessons.day <= last))
        return later.of(~(later.feature(ARREARS) >= 1))

    def _put_in_force(self, underwriter: Underwriter) -> None:
        platform, desk = self.stage.platform, self.stage.desk
        platform.underwriter = underwriter
        if desk is not None:
            desk.review.judge_with(underwriter)

    def _watch_clients(self, features: pd.DataFrame) -> None:
        """Score and features of those who owe something today."""
        stage, champion = self.stage, self.register.champion
        owes = [bool(sme.facilities) and sme.defaulted_on is None for sme in stage.smes[: len(features)]]
        now = features[np.array(owes, dtype=bool)]
        if champion.reference is None:
            champion.reference = Reference.of(now) if stage.day >= stage.settings.burn_in_days else None
            return
        assert champion.underwriter is not None
        own = [name for name in now.columns if FEATURES[name].group in self.groups]
        then, today = ((one[own], champion.underwriter.pd_within(one, MONTHS_A_YEAR)) for one in
                       (champion.reference.frame(), now))  # fmt: skip
        self.watched += drift.shifts(stage.date, champion.name, then, today, self.settings)

    def _watch_level(self, lessons: Lessons, today: date) -> None:
        """The champion's level on the newest quarter whose outcomes are all known."""
        champion, within = self.register.champion, self.settings.judged_months
        assert champion.underwriter is not None
        rows = self.unseen(lessons, today - timedelta(days=QUARTER_DAYS + self._wait_days), today)
        if len(rows):
            forecast = champion.underwriter.pd_within(rows.months.features, within)
            outcome = rows.defaulted_within(within)
            self.watched += drift.level(today, champion.name, outcome, forecast, weights_of(rows), rows.firm)

    @property
    def _wait_days(self) -> int:
        """Days until all outcomes of a month end within the judged horizon are known."""
        return int(self.settings.judged_months * DAYS_A_MONTH) + 1

    def _fit(self, lessons: Lessons, today: date) -> None:
        """Fit a challenger on all that is known; why there is none is kept too."""
        stage = self.stage
        try:
            model, rows, _ = fitted(lessons, self.groups, self.settings.training_rows, stage.streams, stage.roster)
        except BadInput as refused:  # too few defaults, too short a history, no order: kept as the reason
            reason = refused.problems[0].rule
            self.register.versions.append(Version("", None, status=NOT_FITTED, lesson=_lesson(lessons, today, ""),
                                                  reason=reason))  # fmt: skip
            return
        self._keep(model, rows, lessons, today)

    def _keep(self, model: DefaultModel, rows: Lessons, lessons: Lessons, today: date) -> None:
        underwriter = FittedModel(model)
        version = Version(underwriter.version, underwriter, _lesson(rows, today, model.data_hash))
        newest = lessons.day > day_number(today) - QUARTER_DAYS
        version.reference = Reference.of(lessons.of(newest).months.features)
        self.register.versions.append(version)

    # --- what is told

    def tables(self) -> dict[str, pd.DataFrame]:
        """`models`, `drift` and `exploration`, each a row a version, thing watched or month."""
        return {
            "models": self.register.frame(),
            "drift": drift.frame(self.watched),
            "exploration": self.exploration.frame(),
        }

    def cost(self) -> Cost:
        """What exploration cost so far."""
        return cost_of(self.stage)

    def figures(self) -> dict[str, int | float | bool | str]:
        """What a run's summary says of learning."""
        cost = self.cost()
        fitted_ones = [one for one in self.register.versions[1:] if one.status != NOT_FITTED]
        return {
            "model_version": self.register.champion.name,
            "models_fitted": len(fitted_ones),
            "models_judged": sum(one.verdict is not None for one in fitted_ones),
            "models_promoted": sum(one.in_force_from is not None for one in fitted_ones),
            "drift_alarms": sum(one.is_alarm for one in self.watched),
            "explored_loans": cost.loans,
            "explored_principal_fen": cost.principal_fen,
            "explored_defaults": cost.defaults,
            "exploration_cost_fen": cost.net_fen,
        }


def _lesson(rows: Lessons, today: date, data_hash: str) -> Lesson:
    return Lesson(
        fitted_on=today,
        window_from=date.fromordinal(EPOCH + int(rows.day.min())),
        rows=len(rows),
        firms=len(np.unique(rows.firm)),
        defaults=len(np.unique(rows.firm[rows.is_default])),
        explored=int((rows.propensity < 1.0).sum()),
        data_hash=data_hash,
    )
