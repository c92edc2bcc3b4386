"""Decisions as pure functions on data frames.

Frames come in and go out at the public functions, arrays stay inside; units stand in the column names. Nothing here
reads a clock, a file, a database or a random generator without a key, so the same input gives the same output on any
machine and for any partition of the rows.
"""
