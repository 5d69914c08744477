"""From results to documents that management reads."""
