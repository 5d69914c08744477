"""Other ways to lend on the same seeds, and who would win."""
