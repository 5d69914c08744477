"""Signs of fraud and of trouble ahead, read from the observable tables, and what acting on them is worth."""
