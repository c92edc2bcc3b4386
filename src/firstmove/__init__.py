"""firstmove (先机): the system that makes the first move between a manufacturer and its dealers."""

__version__ = "0.1.0"
