"""The stress report: what happens to purchase finance when the market turns, and whether it may be launched."""
