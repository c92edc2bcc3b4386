"""What the pages of purchase orders share, whichever side reads them."""

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from firstmove.domains.trade import queries as trade
from firstmove.kernel.errors import Invalid
from firstmove.portals.design.tables import Column
from firstmove.portals.design.templatetags.design import Chip
from firstmove.portals.paging import page_of

_TONES = {"complete": "good", "cancelled": "bad", "order_review": "neutral"}

ORDERS = (
    Column(label=gettext_lazy("Order"), lead=True),
    Column(label=gettext_lazy("State"), beside=True),
    Column(label=gettext_lazy("Wanted on"), narrow=True),
    Column(label=gettext_lazy("Promised for"), narrow=True),
    Column(label=gettext_lazy("Lines"), number=True),
    Column(label=gettext_lazy("Amount"), number=True, beside=True),
)

LINES = (
    Column(label=gettext_lazy("Product"), lead=True),
    Column(label=gettext_lazy("Quantity"), number=True, beside=True),
    Column(label=gettext_lazy("Confirmed"), number=True),
    Column(label=gettext_lazy("Received quantity"), number=True),
    Column(label=gettext_lazy("Price"), number=True),
    Column(label=gettext_lazy("Amount"), number=True, beside=True),
)


# As a supplier reads them: with the buyer, the enterprise or a dealer.
ORDERS_OF_SUPPLIER = (ORDERS[0], Column(label=gettext_lazy("Bought by")), *ORDERS[1:])


def listed(query: Mapping[str, str], *, today: dt.date, supplier_id: int | None = None) -> dict[str, Any]:
    """A page of purchase orders as its query asks, with their counts by state; of one supplier where it is given."""
    counts = trade.purchase_counts(supplier_id=supplier_id)
    state = query.get("state", "")
    state = state if state in trade.PURCHASE_STATES else ""
    orders = partial(trade.purchases, supplier_id=supplier_id, state=state, search=query.get("q", "").strip())
    page = page_of(orders, query=query)
    page.object_list = [(one, _TONES.get(one.state, "accent"), one.is_late(today=today)) for one in page.object_list]
    states = [
        Chip(value=key, label=str(name), count=counts[key])
        for key, name in trade.PURCHASE_STATES.items()
        if key in counts
    ]
    return {
        "page": page,
        "counts": counts,
        "chips": [Chip(value="", label=_("All"), count=sum(counts.values())), *states],
    }


def day(text: str) -> dt.date:
    """A day of a date field. Raises Invalid for what is none."""
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid(_("Choose a day."), field="day") from None
