"""News of products for a dealer: launches, its new range, promotions and prices, with what they mean for its stock.

Nothing of it is stored but who has read what: it follows from the catalogue, the dealer's prices and its outlook.
"""

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from firstmove.domains.catalog import browsing
from firstmove.domains.catalog import queries as catalog
from firstmove.domains.planning.models import NewsRead
from firstmove.domains.planning.queries.outlook import OutlookView, outlooks
from firstmove.domains.stock import queries as stock
from firstmove.domains.trade import queries as trade

# Days before and after the business day whose news is told.
LOOKS_BACK_DAYS = LOOKS_AHEAD_DAYS = 28
KINDS = ("promise", "launch", "range", "promotion", "price")
_MOST_PRICES = 300


@dataclass(frozen=True)
class NewsItem:
    """One piece of news about one product.

    `kind`: "launch" (listed first on `starts_on`), "range" (a price of this dealer begins where there was none),
    "promotion" (`starts_on` to `ends_on`, both included) or "price" (`price` a unit instead of `before`, tax included).
    "promise" (the day of the order `name` moved from `was_on` to `now_on`, told on `starts_on`; None: no day is known).
    `on_hand` units and `cover_days` (on hand and on the way over the daily rate) are None where nothing is known.
    `meaning` is what it means for that stock: see `meaning`.
    """

    key: str
    kind: str
    product_id: int
    sku: str
    product_name: str
    unit: str
    starts_on: dt.date
    ends_on: dt.date | None = None
    name: str = ""
    before: Decimal | None = None
    price: Decimal | None = None
    on_hand: float | None = None
    cover_days: float | None = None
    stock_assumed: bool = False
    meaning: str = ""
    read: bool = False
    order_id: int | None = None
    was_on: dt.date | None = None
    now_on: dt.date | None = None

    def days_until(self, on: dt.date) -> int:
        """Days from a day to its begin; 0 or less once it began."""
        return (self.starts_on - on).days


def meaning(item: NewsItem, *, on: dt.date) -> str:
    """What news means for the dealer's stock, as a code.

    "not_held": nothing on hand and nothing on the way that sells. Of a promotion: the stock "ends_before" it begins,
    "ends_within" it, or "lasts" to its last day. Of a price to come: "dearer" (until then the old price holds),
    "can_wait" (cheaper, and the stock lasts until then) or "ends_before" (cheaper, and it does not). Of a promised day
    that moved: the stock "ends_before" it. Else "held".

    Example: 12 days of stock, a promotion from the 5th to the 20th day from now: "ends_within".
    """
    if item.cover_days is None or (item.cover_days <= 0 and not item.on_hand):
        return "held" if item.on_hand else "not_held"
    lasts_on = on + dt.timedelta(days=math.floor(min(item.cover_days, 3650)))
    found = "held"
    if item.kind == "promise":
        found = "held" if item.now_on is not None and lasts_on >= item.now_on else "ends_before"
    elif item.kind == "promotion" and item.ends_on is not None:
        reaches = "lasts" if lasts_on >= item.ends_on else "ends_within"
        found = "ends_before" if lasts_on < max(item.starts_on, on) else reaches
    elif item.starts_on > on and item.price is not None and item.before is not None:
        waits = "can_wait" if lasts_on >= item.starts_on else "ends_before"
        found = "dearer" if item.price > item.before else waits
    return found


def dealer_news(*, dealer_id: int, user_id: int | None, on: dt.date) -> list[NewsItem]:
    """News around a day, what this person has not read first, then what begins nearest to the day.

    `read` is always false without a person.
    """
    since, until = on - dt.timedelta(days=LOOKS_BACK_DAYS), on + dt.timedelta(days=LOOKS_AHEAD_DAYS)
    found = [*_launches(since, until)]
    launched = {item.product_id for item in found}
    prices = _prices(dealer_id, since, until)
    found += [item for item in prices if item.kind == "price" or item.product_id not in launched]
    found += [*_promotions(dealer_id, on), *_promises(dealer_id, since)]
    read = _read_by(user_id, [item.key for item in found])
    ids = {item.product_id for item in found}
    held = outlooks(dealer_id=dealer_id, product_ids=ids)
    counted = stock.balances(dealer_id=dealer_id, product_ids=ids)
    known = catalog.products_by_id(ids=ids)
    told = []
    for item in found:
        product, outlook, balance = known[item.product_id], held.get(item.product_id), counted.get(item.product_id)
        on_hand = float(balance.on_hand) if balance else outlook.on_hand if outlook else None
        item = replace(item, sku=product.sku, unit=product.unit, on_hand=on_hand, **_cover(outlook))  # noqa: PLW2901
        told.append(replace(item, meaning=meaning(item, on=on), read=item.key in read))
    return sorted(told, key=lambda item: (item.read, abs(item.days_until(on)), KINDS.index(item.kind), item.key))


def _cover(outlook: OutlookView | None) -> dict[str, float | bool | None]:
    if outlook is None:
        return {"cover_days": None, "stock_assumed": False}
    return {"cover_days": outlook.cover_days, "stock_assumed": outlook.stock_assumed}


def _launches(since: dt.date, until: dt.date) -> Iterable[NewsItem]:
    for row in browsing.launches(since=since, until=until):
        key = f"launch:{row.product_id}:{row.listed_on}"
        yield NewsItem(key, "launch", row.product_id, row.sku, row.product_name, row.unit, row.listed_on)


def _prices(dealer_id: int, since: dt.date, until: dt.date) -> Iterable[NewsItem]:
    for change in catalog.price_changes(dealer_id=dealer_id, since=since, until=until, limit=_MOST_PRICES):
        kind = "range" if change.before is None else "price"
        yield NewsItem(
            f"{kind}:{change.product_id}:{change.starts_on}",
            kind,
            change.product_id,
            "",
            change.product_name,
            "",
            change.starts_on,
            before=change.before,
            price=change.price,
        )


def _promotions(dealer_id: int, on: dt.date) -> Iterable[NewsItem]:
    for row in catalog.promotions(on=on, dealer_id=dealer_id, horizon_days=LOOKS_AHEAD_DAYS):
        yield NewsItem(
            f"promotion:{row.product_id}:{row.starts_on}:{row.code}",
            "promotion",
            row.product_id,
            "",
            row.product_name,
            "",
            row.starts_on,
            ends_on=row.ends_on,
            name=row.name or row.code,
        )


def _promises(dealer_id: int, since: dt.date) -> Iterable[NewsItem]:
    begin = dt.datetime.combine(since, dt.time(), tzinfo=dt.UTC)
    for row in trade.moved_promises(dealer_id=dealer_id, since=begin):
        yield NewsItem(
            f"promise:{row.id}",
            "promise",
            row.product_id,
            "",
            row.product_name,
            "",
            row.told_at.date(),
            name=row.order_number,
            order_id=row.order_id,
            was_on=row.was_on,
            now_on=row.now_on,
        )


def _read_by(user_id: int | None, keys: list[str]) -> set[str]:
    if user_id is None:
        return set()
    return set(NewsRead.objects.filter(user_id=user_id, key__in=keys).values_list("key", flat=True))
