"""Incentives: programmes, what dealers earn by them, and how it is settled."""
