"""The product memo: what a product is, what it earns, what the law says, and whether to offer it."""
