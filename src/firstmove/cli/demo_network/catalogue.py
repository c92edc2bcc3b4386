"""The suppliers and products of the demo network: names, packs, money, barcodes and life cycles."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.random import Generator
from numpy.typing import NDArray

from .ranges import RANGES, Size

LAUNCHED_AGO = 42  # days since the launch that everyone meets
NEVER = 10_000  # a day that lies beyond every horizon
PALLET_ML = 900_000  # the room on a pallet
WEIGHT_OF_A_LITRE = 0.9  # kg of goods and packaging
PERISHABLE = {"果汁": 28}  # days on a dealer's shelf; everything else keeps


@dataclass(frozen=True)
class Catalogue:
    """Products in the order of their codes. Days are counted from the first day of the history.

    ``price``: CNY a unit to the end customer now. ``dealer_share``: what a dealer pays as a share of it, and
    ``cost_share``: what the enterprise pays. ``listed``: first day of sale; ``last_supply``: from this day on dealers
    cannot order it; ``ends``: from this day on nobody sells it. ``usual_quantity``: units that a store takes at once,
    on average.
    """

    skus: list[str]
    names: list[str]
    category: NDArray[np.int64]
    sizes: list[Size]
    price: NDArray[np.float64]
    dealer_share: NDArray[np.float64]
    cost_share: NDArray[np.float64]
    listed: NDArray[np.int64]
    last_supply: NDArray[np.int64]
    ends: NDArray[np.int64]
    life_cycle: list[str]
    popularity: NDArray[np.float64]
    growth: NDArray[np.float64]
    usual_quantity: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.skus)

    @property
    def multiple(self) -> NDArray[np.int64]:
        return np.array([size.multiple for size in self.sizes])

    @property
    def minimum(self) -> NDArray[np.int64]:
        return np.array([size.minimum for size in self.sizes])

    def frame(self, *, first: date) -> pl.DataFrame:
        """``products.csv``."""
        return pl.DataFrame(
            {
                "sku": self.skus,
                "name": self.names,
                "category": [RANGES[number].category for number in self.category],
                "supplier": [supplier_code(int(number)) for number in self.category],
                "supplier_name": [RANGES[number].supplier for number in self.category],
                "volume_ml": [size.volume_ml for size in self.sizes],
                "weight_kg": [round(size.volume_ml / 1000 * WEIGHT_OF_A_LITRE, 2) for size in self.sizes],
                "units_per_pallet": [max(PALLET_ML // size.volume_ml, 1) for size in self.sizes],
                "shelf_life_days": [PERISHABLE.get(RANGES[number].category) for number in self.category],
                "unit": [size.unit for size in self.sizes],
                "pack": [size.pack for size in self.sizes],
                "minimum": [size.minimum for size in self.sizes],
                "multiple": [size.multiple for size in self.sizes],
                "unit_cost": np.round(self.price * self.cost_share, 2),
                "unit_price": self.price,
                "barcode": [_barcode(number) for number in range(len(self))],
                "listed_on": [first + timedelta(days=int(day)) for day in self.listed],
                "life_cycle": self.life_cycle,
            }
        )


def supplier_code(number: int) -> str:
    return f"S{number + 1:02d}"


def suppliers_frame() -> pl.DataFrame:
    """``suppliers.csv``."""
    return pl.DataFrame(
        {"supplier": [supplier_code(number) for number in range(len(RANGES))], "name": [r.supplier for r in RANGES]}
    )


def make_catalogue(rng: Generator, *, products: int, days: int) -> Catalogue:
    """A catalogue of ``products`` products (a multiple of the twelve ranges is best), ``days`` of history behind it.

    Five in a hundred are new (listed in the last 90 days, one six weeks ago), four are being phased out and six are
    unlisted; one in five of the others was launched within the history. Of each there is at least one.
    """
    category, names, sizes, price = _draw_products(rng, products=products)
    order = rng.permutation(products)  # codes say nothing of the range, as in life
    category, price = category[order], price[order]
    names, sizes = [names[i] for i in order], [sizes[i] for i in order]
    life = _draw_life(rng, products=products, days=days)
    dealer_share = rng.uniform(0.72, 0.78, products)
    base = np.array([RANGES[number].weight for number in category])
    return Catalogue(
        skus=[f"{number:06d}" for number in 101 + 7 * np.arange(products)],
        names=names,
        category=category,
        sizes=sizes,
        price=price,
        dealer_share=dealer_share,
        cost_share=dealer_share * rng.uniform(0.66, 0.80, products),
        listed=life[0],
        last_supply=life[1],
        ends=life[2],
        life_cycle=life[3],
        popularity=base * rng.lognormal(0.0, 0.9, products),
        growth=np.array([RANGES[number].growth for number in category]) + rng.normal(-0.06, 0.08, products),
        usual_quantity=np.clip(130.0 / price, 1.3, 6.0),
    )


def _draw_products(
    rng: Generator, *, products: int
) -> tuple[NDArray[np.int64], list[str], list[Size], NDArray[np.float64]]:
    category: list[int] = []
    names: list[str] = []
    sizes: list[Size] = []
    price: list[float] = []
    for number, line in enumerate(RANGES):
        wanted = products // len(RANGES) + int(number < products % len(RANGES))
        everything = [
            (line.brand + variant + kind, size)
            for kind, variants in line.kinds.items()
            for variant in variants
            for size in line.sizes.get(kind, line.sizes[""])
        ]
        for pick in np.sort(rng.permutation(len(everything))[:wanted]):
            name, size = everything[pick]
            category.append(number)
            names.append(f"{name} {size.label}")
            sizes.append(size)
            # Prices end in .9 or .5, as prices do.
            price.append(float(np.floor(size.price * rng.uniform(0.9, 1.15)) + rng.choice((0.5, 0.9))))
    return np.array(category), names, sizes, np.array(price)


def _draw_life(
    rng: Generator, *, products: int, days: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], list[str]]:
    """First day, last day of supply, last day of sale, and the name of the stage, for each product."""
    new, leaving, gone = (max(1, round(products * share)) for share in (0.05, 0.04, 0.06))
    listed = -rng.integers(60, 1800, products)
    launched = rng.random(products) < 0.2
    listed[launched] = rng.integers(60, days - 120, launched.sum())
    last_supply, ends = np.full(products, NEVER), np.full(products, NEVER)
    stage = np.full(products, "active", dtype=object)
    order = rng.permutation(products)
    fresh, fading, ended = order[:new], order[new : new + leaving], order[new + leaving : new + leaving + gone]
    listed[fresh] = days - rng.integers(15, 85, new)
    listed[fresh[0]] = days - LAUNCHED_AGO
    stage[fresh] = "new"
    listed[order[new : new + leaving + gone]] = -rng.integers(300, 1500, leaving + gone)
    last_supply[fading] = days - rng.integers(10, 50, leaving)
    stage[fading] = "phase_out"
    ends[ended] = days - rng.integers(30, 420, gone)
    last_supply[ended] = ends[ended] - 45
    stage[ended] = "unlisted"
    return listed, last_supply, ends, [str(name) for name in stage]


def _barcode(number: int) -> str:
    """An EAN-13 with prefix 20, which GS1 keeps for use inside a company: no real article carries it.

    The check digit makes the digits, weighted 1 and 3 in turn, sum to a multiple of 10.
    """
    body = f"20{number + 1:010d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return body + str(-total % 10)
