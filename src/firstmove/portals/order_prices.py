"""The lines of an order, each with why it cost what it cost."""

from collections.abc import Sequence
from typing import Any

from firstmove.domains.trade.queries import OrderLineView
from firstmove.portals.price_words import why_held


def explained(lines: Sequence[OrderLineView]) -> list[dict[str, Any]]:
    """For templates: the columns of a line, and `why` it had its price; empty where no list said so."""
    return [{**vars(line), "why": why_held(line.basis)} for line in lines]
