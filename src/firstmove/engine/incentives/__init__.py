"""What a programme pays for a basis and for each part of it, and what the next step would take."""
