"""The model-validation report: is a scorer fit for use, and what must be mended first."""
