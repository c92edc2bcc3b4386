"""Finding one's way in the catalogue: which products fit, and what is new. Call them inside a `tenancy.scope`."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q

from firstmove.domains.catalog.models import LifeCycle, Product
from firstmove.domains.catalog.queries.products import matching

# For so long after its listing a product counts as new.
NEW_DAYS = 56


@dataclass(frozen=True)
class Launch:
    """A product and the day on which it is listed first."""

    product_id: int
    sku: str
    product_name: str
    unit: str
    listed_on: dt.date


def matching_ids(*, search: str = "", category: str = "") -> list[int]:
    """Ids of the listed products that fit, by category and name. `search` as for `queries.products`."""
    return list(matching(search, category, True).values_list("id", flat=True))


def new_ids(*, on: dt.date) -> set[int]:
    """Listed products that are new on a day: listed within `NEW_DAYS`, or said to be new by the feed of products.

    Example: listed on 1 March, it is new until 26 April.
    """
    recent = Q(listed_on__gt=on - dt.timedelta(days=NEW_DAYS), listed_on__lte=on)
    rows = Product.objects.exclude(life_cycle=LifeCycle.UNLISTED).filter(recent | Q(life_cycle=LifeCycle.NEW))
    return set(rows.values_list("id", flat=True))


def launches(*, since: dt.date, until: dt.date) -> list[Launch]:
    """Products that are listed first on a day of the period, both ends included, the latest first."""
    rows = Product.objects.exclude(life_cycle=LifeCycle.UNLISTED).filter(listed_on__range=(since, until))
    columns = ("id", "sku", "name", "unit", "listed_on")
    return [Launch(*row) for row in rows.order_by("-listed_on", "name", "id").values_list(*columns)]
