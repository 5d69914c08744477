"""The door to the figures that reports share: data and labels in, one SVG for a page and one for a phone out."""

from reports.bar_figures import Estimate, EstimatePanel, Step, estimates, waterfalls
from reports.day_figures import Fan, FanLabels, Line, LinePanel, fans, line_panels
from reports.panels import Drawn, Grid, in_both_forms
from reports.proof_figures import HazardAndCalibration, ProofLabels, hazard_and_calibration

__all__ = [
    "Drawn",
    "Estimate",
    "EstimatePanel",
    "Fan",
    "FanLabels",
    "Grid",
    "HazardAndCalibration",
    "Line",
    "LinePanel",
    "ProofLabels",
    "Step",
    "estimates",
    "fans",
    "hazard_and_calibration",
    "in_both_forms",
    "line_panels",
    "waterfalls",
]
