"""The demo network: a beverage and household brand that does not exist, its dealers and three years of trade.

`generate` writes a folder in the intake's format, which is then loaded like any customer's files. Everything in it is
synthetic and drawn from a seed; only the cities and the festivals are real. Each module is one room of the story:

    places, words, ranges, people   what there is to draw from
    catalogue, dealers, customers   who and what takes part
    pairs, seasons, promotions      what moves demand
    demand                          what customers want, line by line
    stock                           what dealers have, order and receive, day by day
    prices, production, history     the same as tables
    files                           the folder
    sharing                         once it is taken in: who waits for goods, who trades with a supplier
"""

from .build import generate
from .files import FolderInUseError

__all__ = ["FolderInUseError", "generate"]
