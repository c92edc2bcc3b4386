"""Pages of the enterprise."""
