"""Pages of the supplier."""
