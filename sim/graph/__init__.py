"""A web of objects as columns of whole numbers, and back: what a checkpoint of a market is made of."""
