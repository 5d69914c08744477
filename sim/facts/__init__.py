"""What a simulated market must share with the real one, and what can be asked of it because it does."""
