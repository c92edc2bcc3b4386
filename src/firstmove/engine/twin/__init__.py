"""Replay of a policy on real history, and the stock that a network would hold where nobody counted it."""
