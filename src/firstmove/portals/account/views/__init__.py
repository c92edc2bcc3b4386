"""Pages of an account, by noun."""
