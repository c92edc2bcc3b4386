"""What the supply plan buys, as purchase orders that somebody still has to send."""

import datetime as dt
import math
from decimal import Decimal

from firstmove.domains.catalog.queries import supplier_ids
from firstmove.domains.network.queries import enterprise
from firstmove.domains.planning.queries import supply_lines, supply_plan
from firstmove.domains.trade import operations as trade
from firstmove.domains.trade.queries import units_on_purchase
from firstmove.kernel import tenancy
from firstmove.kernel.tenancy import Actor

# With the supplier's id behind it the kind of such an order's origin; its id is the plan's run.
ORIGIN = "supply"


def propose_purchases(*, actor: Actor, now: dt.datetime) -> list[int]:
    """A purchase order a supplier of what the latest supply plan orders now; returns their ids, none without a plan.

    Units that are on open purchase orders are taken off, as the plan does not see them; what is left is made up to the
    lot. An order is asked for the day by which its slowest line can come. The same plan again makes no second order.

    Raises NotAllowed for who does not buy, whatever the plan says.
    """
    with tenancy.scope(actor):
        trade.require_buyer(actor)
        plan = supply_plan()
        if plan is None:
            return []
        today = enterprise(now=now).business_on
        lines, _count = supply_lines(show="order", limit=None)
        ids = [line.product_id for line in lines]
        sources, coming = supplier_ids(product_ids=ids), units_on_purchase(product_ids=ids)
        wanted: dict[int, list[tuple[trade.Wanted, int]]] = {}
        for line in lines:
            units = _lots(line.order_now - float(coming.get(line.product_id, 0)), line.lot_minimum, line.lot_multiple)
            if line.product_id in sources and units > 0:
                entry = (trade.Wanted(line.product_id, Decimal(units)), line.supply_days)
                wanted.setdefault(sources[line.product_id], []).append(entry)
        return [
            trade.propose_purchase(
                actor=actor,
                supplier_id=supplier_id,
                lines=[line for line, _days in entries],
                expected_on=today + dt.timedelta(days=max(days for _line, days in entries)),
                now=now,
                origin=(f"{ORIGIN}:{supplier_id}", plan.run_id),
            )
            for supplier_id, entries in sorted(wanted.items())
        ]


def _lots(units: float, minimum: float, multiple: float) -> int:
    """Whole lots that cover units, at least the minimum; nothing for nothing.

    >>> _lots(25, 0, 10), _lots(5, 20, 10), _lots(-3, 20, 10)
    (30, 20, 0)
    """
    if units <= 0:
        return 0
    step = max(math.ceil(multiple), 1)
    return math.ceil(max(units, minimum) / step) * step
