"""News to programs of a party: subscriptions, signed deliveries, retry, replay, and what was given up."""
