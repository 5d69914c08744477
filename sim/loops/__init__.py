"""The hottest loops of a day, firm by firm and compiled over columns."""
