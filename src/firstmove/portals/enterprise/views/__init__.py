"""Pages of the enterprise, by noun."""
