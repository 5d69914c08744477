"""The market told by the ODD protocol, from its own docstrings, phases and parameter files."""
