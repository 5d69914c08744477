"""Growth: how much a firm will make, how sure that is, and what it may therefore owe."""
