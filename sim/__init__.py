"""The market in which credit decisions are lived."""
