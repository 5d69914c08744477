"""What is done to the market: channels, stories, day-by-day factors."""
