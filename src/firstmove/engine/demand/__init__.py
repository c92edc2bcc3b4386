"""What will be asked for: daily history, and the distribution of demand over a span of days."""
