"""Promotions: national festivals, a monthly theme, and what regions run on their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.random import Generator
from numpy.typing import NDArray

from .catalogue import Catalogue
from .dealers import Dealer
from .pairs import Pairs
from .ranges import RANGES
from .seasons import SPRING_FESTIVALS

DISCOUNTS = (0.05, 0.08, 0.10, 0.12, 0.15, 0.20)  # the deepest leaves the dealer a margin


@dataclass(frozen=True)
class Promotion:
    """``dealers`` empty: everybody. ``discount``: share of the price to the end customer. Both days are included."""

    code: str
    name: str
    starts_on: date
    ends_on: date
    products: NDArray[np.int64]
    dealers: tuple[int, ...]
    discount: float


@dataclass(frozen=True)
class _Occasion:
    """A reason to promote: so many ``days``, so many ``categories`` and a ``share`` of their products."""

    name: str
    starts_on: date
    days: int
    categories: int
    share: float
    regional: bool = False


def make_promotions(
    rng: Generator, *, catalogue: Catalogue, dealers: Sequence[Dealer], first: date, until: date
) -> list[Promotion]:
    """Every promotion that began between ``first`` and ``until``; one that still runs ends after ``until``."""
    out: list[Promotion] = []
    for occasion in _occasions(first=first, until=until):
        wanted = rng.permutation(len(RANGES))[: occasion.categories]
        day = (occasion.starts_on - first).days
        on_sale = (catalogue.listed <= day) & (catalogue.last_supply > day + occasion.days)
        choice = np.flatnonzero(np.isin(catalogue.category, wanted) & on_sale)
        count = max(1, round(occasion.share * len(choice)))
        chosen = np.sort(rng.permutation(choice)[:count])
        members = rng.permutation(len(dealers))[: int(rng.integers(3, 9)) if occasion.regional else 0]
        if len(chosen):
            out.append(
                Promotion(
                    code=f"P{len(out) + 1:04d}",
                    name=occasion.name,
                    starts_on=occasion.starts_on,
                    ends_on=occasion.starts_on + timedelta(days=occasion.days - 1),
                    products=chosen,
                    dealers=tuple(sorted(int(member) for member in members)),
                    discount=float(rng.choice(DISCOUNTS)),
                )
            )
    return out


def discount_table(*, promotions: Sequence[Promotion], pairs: Pairs, first: date, days: int) -> NDArray[np.int8]:
    """The discount in per cent of (day, pair); where promotions meet, the deepest counts."""
    out = np.zeros((days, len(pairs)), dtype=np.int8)
    for promotion in promotions:
        hit = np.isin(pairs.product, promotion.products)
        if promotion.dealers:
            hit &= np.isin(pairs.dealer, promotion.dealers)
        columns = np.flatnonzero(hit)
        begin = (promotion.starts_on - first).days
        end = min(days, (promotion.ends_on - first).days + 1)
        out[begin:end, columns] = np.maximum(out[begin:end, columns], round(100 * promotion.discount))
    return out


def promotions_frame(
    *, promotions: Sequence[Promotion], catalogue: Catalogue, dealers: Sequence[Dealer]
) -> pl.DataFrame:
    """``promotions.csv``: one row a promotion × product, and × dealer where only some take part."""
    rows = [
        {
            "promotion": promotion.code,
            "name": promotion.name,
            "sku": catalogue.skus[product],
            "starts_on": promotion.starts_on,
            "ends_on": promotion.ends_on,
            "dealer": None if member is None else dealers[member].code,
            "discount": promotion.discount,
        }
        for promotion in promotions
        for product in promotion.products
        for member in (promotion.dealers or (None,))
    ]
    return pl.DataFrame(rows, schema_overrides={"dealer": pl.String})


def _occasions(*, first: date, until: date) -> list[_Occasion]:
    """Those that begin between the two days, in the order of their first days."""
    out = []
    for year in range(first.year, until.year + 1):
        spring = next(day for day in SPRING_FESTIVALS if day.year == year)
        out += [
            _Occasion(f"{year} 年货节", spring - timedelta(days=21), 16, 6, 0.30),
            _Occasion(f"{year} 五一畅饮", date(year, 4, 28), 8, 5, 0.20),
            _Occasion(f"{year} 618 狂欢", date(year, 6, 10), 9, 7, 0.30),
            _Occasion(f"{year} 夏日冰爽", date(year, 7, 10), 14, 5, 0.20),
            _Occasion(f"{year} 国庆同庆", date(year, 9, 25), 12, 6, 0.25),
            _Occasion(f"{year} 双11", date(year, 11, 4), 8, 7, 0.35),
        ]
        for month in range(1, 13):
            name = f"{year} 年 {month} 月"
            out.append(_Occasion(name + "主题", date(year, month, 12), 10, 2, 0.12))
            out.append(_Occasion(name + "上旬区域促销", date(year, month, 3), 12, 3, 0.06, regional=True))
            out.append(_Occasion(name + "下旬区域促销", date(year, month, 17), 10, 3, 0.06, regional=True))
    inside = [occasion for occasion in out if first <= occasion.starts_on <= until]
    return sorted(inside, key=lambda occasion: occasion.starts_on)
