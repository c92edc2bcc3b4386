"""The customers of the dealers: stores and persons."""
