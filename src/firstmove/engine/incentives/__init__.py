"""What a programme pays for a basis, how that is spread over its evidence, and what the next step would take."""
