"""Runs: one, many, in parallel, resumed."""
