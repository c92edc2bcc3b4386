"""History by the million: feed contracts and parsers, idempotent tables, scoped reads at a version, series.


No Django in here: `evaluate` and a cluster's workers read history without a database.
"""
