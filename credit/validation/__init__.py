"""How a scorer is judged: on rows it has not seen, by every measure, against challengers and without each group."""
