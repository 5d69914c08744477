"""Default timing: when, not only whether."""
