"""Pages of the dealer."""
