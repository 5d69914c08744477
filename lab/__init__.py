"""The doors of the laboratory."""
