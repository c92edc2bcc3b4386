"""What a run assumes where no feed says: named, stored with the run, shown as assumed wherever its results show.

It goes to every worker with the run, so it knows no Django.
"""

from dataclasses import asdict, dataclass
from typing import Any

DRIVERS = ("season", "holidays", "prices", "promotions")


@dataclass(frozen=True)
class Scenario:
    """Inputs for want of feeds. They belong to the run and never reach the ledger."""

    name: str = "reactive-opening"
    # Stock is what a fixed-cover policy would hold that day: this many days of the last 28 days' rate, every two weeks.
    opening_cover_days: int = 35
    opening_review_days: int = 14
    lead_time_min_days: int = 5
    lead_time_max_days: int = 12
    review_days: int = 7
    # What the dealer keeps of the customer's price where its purchase price is not known.
    dealer_margin: float = 0.2
    # Capital, space and loss for goods on the shelf, a year, as a share of their purchase price.
    holding_rate_per_year: float = 0.25
    # What is lost on goods that a quarter does not sell, as a share of their purchase price.
    overstock_share: float = 0.3
    # The quantile of demand up to which a line is ordered.
    service_quantile: float = 0.95
    # The same for a pair that hardly sold yet, at a new dealer or of a new product.
    first_order_quantile: float = 0.8
    # Bounds of what a class of stock may get where its service is chosen by replay.
    service_lowest: float = 0.85
    service_highest: float = 0.99
    # Days from a production or purchase order of the enterprise to its receipt.
    supply_days: int = 14
    # The quantile of the dealers' need over that time for which the enterprise keeps stock.
    supply_service_quantile: float = 0.95
    # What of the calendar, prices and promotions moves the demand of the days ahead: names of `DRIVERS`.
    drivers: tuple[str, ...] = ("season",)
    # Goods from one dealer to another: days, and freight as a share of their purchase price, the more the farther.
    transfer_days: int = 2
    transfer_freight_share: float = 0.02
    transfer_freight_share_per_100_km: float = 0.01
    # Kilometres between two dealers of a region, and of two regions, where nobody told where they are.
    transfer_near_km: int = 100
    transfer_far_km: int = 600
    # Of a trip, in the installation's currency: what it costs whatever it carries, and the least that it has to gain.
    transfer_trip_cost: float = 100.0
    transfer_least_gain: float = 100.0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


SCENARIOS = {"reactive-opening": Scenario()}
