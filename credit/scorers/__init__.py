"""Scorers: who is riskier than whom."""
