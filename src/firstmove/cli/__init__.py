"""The command `firstmove`."""
