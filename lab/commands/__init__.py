"""One module a command: its answer and the work behind it."""
