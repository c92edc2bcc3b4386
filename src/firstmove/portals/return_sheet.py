"""What the pages of returns share, whichever side reads them."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from firstmove.domains.trade import queries as trade
from firstmove.portals.design.tables import Column
from firstmove.portals.design.templatetags.design import Chip
from firstmove.portals.paging import page_of
from firstmove.portals.timeline import order_steps

_TONES = {"received": "good", "declined": "bad", "withdrawn": "neutral", "requested": "warn"}

RETURNS = (
    Column(label=gettext_lazy("Return"), lead=True),
    Column(label=gettext_lazy("State"), beside=True),
    Column(label=gettext_lazy("Cause")),
    Column(label=gettext_lazy("Order")),
    Column(label=gettext_lazy("Units to return"), number=True),
    Column(label=gettext_lazy("Credited"), number=True, beside=True),
)
RETURNS_OF_ALL = (RETURNS[0], Column(label=gettext_lazy("Dealer"), bare=True), *RETURNS[1:])

LINES = (
    Column(label=gettext_lazy("Product"), lead=True),
    Column(label=gettext_lazy("Asked for"), number=True),
    Column(label=gettext_lazy("Approved"), number=True),
    Column(label=gettext_lazy("Sent"), number=True),
    Column(label=gettext_lazy("Good again"), number=True),
    Column(label=gettext_lazy("Thrown away"), number=True),
    Column(label=gettext_lazy("Price"), number=True),
    Column(label=gettext_lazy("Credited"), number=True, beside=True),
)

RETURNABLE = (
    Column(label=gettext_lazy("Product"), lead=True),
    Column(label=gettext_lazy("Received quantity"), number=True),
    Column(label=gettext_lazy("Can go back"), number=True),
    Column(label=gettext_lazy("Goes back"), number=True, beside=True),
    Column(label=gettext_lazy("Batch, if it is known"), bare=True),
)


def listed(query: Mapping[str, str], *, dealer_id: int | None = None) -> dict[str, Any]:
    """A page of returns as its query asks, with their counts by state."""
    counts = trade.return_counts(dealer_id=dealer_id)
    state = query.get("state", "")
    state = state if state in trade.RETURN_STATES else ""
    page = page_of(
        partial(trade.returns, dealer_id=dealer_id, state=state, search=query.get("q", "").strip()), query=query
    )
    page.object_list = [(one, _TONES.get(one.state, "accent")) for one in page.object_list]
    chips = [
        Chip(value=key, label=str(name), count=counts[key])
        for key, name in trade.RETURN_STATES.items()
        if key in counts
    ]
    return {
        "page": page,
        "counts": counts,
        "chips": [Chip(value="", label=_("All"), count=sum(counts.values())), *chips],
    }


def sheet(*, return_id: int, dealer_id: int | None = None) -> dict[str, Any]:
    """What the page of one return shows."""
    detail = trade.goods_return(return_id=return_id, dealer_id=dealer_id)
    return {
        "goods_return": detail.view,
        "tone": _TONES.get(detail.view.state, "accent"),
        "lines": detail.lines,
        "columns": LINES,
        "steps": order_steps(detail.steps),
        "missing": [line for line in detail.lines if line.missing],
    }


def of_order(order: trade.OrderDetail, *, may_ask: bool = False) -> dict[str, Any]:
    """The returns of a dealer's order, for its page, and whether more of it can go back."""
    lines = trade.returnable(order=order)
    found = trade.returns_of_order(order_id=order.order.id) if lines else []
    return {
        "returns": [(one, _TONES.get(one.state, "accent")) for one in found],
        "went_back": [line for line in lines if line.returned],
        "may_return": may_ask and any(line.left for line in lines),
    }
