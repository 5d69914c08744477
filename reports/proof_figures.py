"""The picture of a proof: a hazard beside what happened, and whether probabilities came true."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.panels import Drawn, Grid, in_both_forms
from reports.style import GREY, INK, QUIET, REFERENCE, SERIES, Form, number_axis, panel_title, spread


@dataclass(frozen=True)
class HazardAndCalibration:
    """What the proof on real loans shows.

    Attributes:
        months: months since disbursement.
        hazard: observed monthly default hazard, shares.
        model_hazard: the model's, shares.
        predicted: mean predicted default probability a group, shares.
        observed: observed default share a group.
    """

    months: np.ndarray
    hazard: np.ndarray
    model_hazard: np.ndarray
    predicted: np.ndarray
    observed: np.ndarray


@dataclass(frozen=True)
class ProofLabels:
    """Words inside the proof's figure."""

    hazard_title: str
    hazard_unit: str
    months: str
    peak: str
    observed: str
    model: str
    calibration_title: str
    calibration_unit: str
    predicted: str
    perfect: str


def hazard_and_calibration(proof: HazardAndCalibration, labels: ProofLabels) -> Drawn:
    """The hazard by loan age, and predicted against observed default shares on later years."""

    def draw(figure: Figure, axes: Sequence[Axes], form: Form) -> None:
        left, right = axes
        panel_title(left, labels.hazard_title, labels.hazard_unit)
        observed, model = proof.hazard * 1000, proof.model_hazard * 1000
        top = float(max(observed.max(), model.max()))
        left.fill_between(proof.months, observed, color=INK, alpha=0.12, linewidth=0)
        left.plot(proof.months, observed, color=INK)
        left.plot(proof.months[: len(model)], model, color=SERIES[1], linestyle=REFERENCE, linewidth=1.4)
        peak = int(np.argmax(observed))
        left.plot(proof.months[peak], observed[peak], "o", color=INK, markersize=5)
        left.annotate(
            labels.peak, (proof.months[peak], observed[peak]), (0, 6), textcoords="offset points", ha="center",
            va="bottom", fontsize=8, color=INK,
        )  # fmt: skip
        ends = spread([float(observed[-1]), float(model[-1])], top * 1.22 * 10.5 / (1.75 * 72), 0, top)
        for place, text, colour in zip(ends, (labels.observed, labels.model), (INK, SERIES[1]), strict=True):
            left.annotate(
                text, (1, place), (5, 0), xycoords=("axes fraction", "data"), textcoords="offset points", ha="left",
                va="center_baseline", fontsize=8, color=colour, annotation_clip=False,
            )  # fmt: skip
        left.set_xlim(0, float(proof.months[-1]))
        left.set_ylim(0, top * 1.22)
        left.set_xticks(list(range(0, int(proof.months[-1]) + 1, 24)))
        left.set_xlabel(labels.months, loc="left", labelpad=2)
        number_axis(left)
        panel_title(right, labels.calibration_title, labels.calibration_unit)
        reach = float(max(proof.predicted.max(), proof.observed.max())) * 108
        right.plot([0, reach], [0, reach], color=GREY, linestyle=REFERENCE, linewidth=1.2)
        right.annotate(
            labels.perfect, (reach * 0.97, reach * 0.97), (-4, 4), textcoords="offset points", ha="right", va="bottom",
            fontsize=8, color=QUIET,
        )  # fmt: skip
        right.plot(proof.predicted * 100, proof.observed * 100, "o", color=INK, markersize=5)
        right.set_xlim(0, reach)
        right.set_ylim(0, reach)
        right.set_xlabel(labels.predicted, loc="left", labelpad=2)
        number_axis(right)
        number_axis(right, horizontal=True)

    return in_both_forms(Grid(2, 1.75, page_columns=2, phone_columns=1, right_room=0.56), draw)
