"""Reads of the classes of stock: what lies in each, what it sells, and which service was chosen for it."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, FloatField, Max, Sum

from firstmove.domains.planning.models import Outlook, Run, RunState, ServicePolicy
from firstmove.engine.inventory.classes import LIFE_CYCLES, STOCK_CLASSES
from firstmove.kernel.reading import once


@dataclass(frozen=True)
class ServiceView:
    """The policy that the latest run used: on which days it was chosen, and what it cost there beside one for all."""

    in_force_from: dt.date
    as_of: dt.date
    window_from: dt.date
    window_days: int
    pairs: int
    one_for_all: float
    cost_of_one_for_all: float
    cost: float
    seconds: float

    @property
    def saving(self) -> float:
        """Share of the cost of one quantile for all that the classes' own would have saved on those days."""
        return 1 - self.cost / self.cost_of_one_for_all if self.cost_of_one_for_all else 0.0


@dataclass(frozen=True)
class ClassStanding:
    """A class by the latest run. `fill`, `stock_days`, `cost` are simulated at its service over the policy's window."""

    stock_class: str
    pairs: int
    stock_value: float
    day_value: float
    share_of_sales: float | None
    service: float
    fill: float | None
    stock_days: float | None
    cost: float | None
    cost_of_one: float | None

    @property
    def current_stock_days(self) -> float | None:
        return self.stock_value / self.day_value if self.day_value else None


@dataclass(frozen=True)
class StageStanding:
    """A stage of life by the latest run."""

    life_cycle: str
    pairs: int
    stock_value: float
    day_value: float
    share_of_stock: float | None


def service_policy() -> ServiceView | None:
    """None where the latest run used the scenario's one quantile, or there was none."""
    row = _pinned()
    return None if row is None else ServiceView(**{name: getattr(row, name) for name in _SERVICE_FIELDS})


def stock_classes() -> list[ClassStanding]:
    """Those that have pairs, AX first."""
    row = _pinned()
    simulated = {one["stock_class"]: one for one in row.classes} if row else {}
    sums = _sums("stock_class")
    sales = sum(one.day_value for one in sums.values())
    return [
        ClassStanding(
            stock_class=name,
            pairs=one.pairs,
            stock_value=one.stock_value,
            day_value=one.day_value,
            share_of_sales=one.day_value / sales if sales else None,
            service=one.service,
            fill=simulated.get(name, {}).get("fill"),
            stock_days=simulated.get(name, {}).get("stock_days"),
            cost=simulated.get(name, {}).get("cost"),
            cost_of_one=simulated.get(name, {}).get("cost_of_one"),
        )
        for name in STOCK_CLASSES
        if (one := sums.get(name)) is not None
    ]


def stages() -> list[StageStanding]:
    """The stages of life that have pairs, new ones first."""
    sums = _sums("life_cycle")
    stock = sum(one.stock_value for one in sums.values())
    return [
        StageStanding(
            life_cycle=name,
            pairs=one.pairs,
            stock_value=one.stock_value,
            day_value=one.day_value,
            share_of_stock=one.stock_value / stock if stock else None,
        )
        for name in LIFE_CYCLES
        if (one := sums.get(name)) is not None
    ]


_SERVICE_FIELDS = tuple(ServiceView.__dataclass_fields__)


def _pinned() -> ServicePolicy | None:
    run = Run.objects.filter(state=RunState.COMPLETE).order_by("-id").only("id", "service_policy").first()
    return run.service_policy if run else None


@dataclass(frozen=True)
class _Sums:
    pairs: int
    stock_value: float
    day_value: float
    service: float


def _sums(by: str) -> dict[str, _Sums]:
    """Sums of the latest run by one of the two keys of its cells."""
    found: dict[str, _Sums] = {}
    for cell in _cells():
        so_far = found.get(cell[by], _Sums(0, 0.0, 0.0, 0.0))
        found[cell[by]] = _Sums(
            so_far.pairs + cell["pairs"],
            so_far.stock_value + cell["stock_value"],
            so_far.day_value + cell["day_value"],
            max(so_far.service, cell["service"]),
        )
    return found


@once
def _cells() -> list[dict[str, Any]]:
    """Sums by class and stage: every pair of the network is looked at once for both tables of the page."""
    return list(
        Outlook.objects.values("stock_class", "life_cycle").annotate(
            pairs=Count("id"),
            stock_value=Sum(F("on_hand") * F("unit_price"), output_field=FloatField()),
            day_value=Sum(F("rate_per_day") * F("unit_price"), output_field=FloatField()),
            service=Max("service_quantile"),
        )
    )
