"""Available to promise: what can still be sold, and from which day on."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Availability:
    """Units of a product at the enterprise. `arrivals` are (day, units), earliest first.

    Available to promise now = on hand − reserved − what is waited for, as in the cumulative ATP of textbooks (Vollmann,
    Berry and Whybark, Manufacturing Planning and Control, ch. on demand management), with orders as the only demand.

    Example: 10 on hand, 8 reserved and 20 due on Friday: 2 can be promised today, 5 from Friday on, 30 on no known day.
    """

    on_hand: Decimal
    reserved: Decimal
    waiting: Decimal
    arrivals: tuple[tuple[dt.date, Decimal], ...] = ()

    @property
    def free(self) -> Decimal:
        """Units that can be promised at once; never below nothing."""
        return max(self._net, Decimal(0))

    @property
    def in_transit(self) -> Decimal:
        """Units that are expected, on whatever day."""
        return sum((units for _day, units in self.arrivals), Decimal(0))

    @property
    def short(self) -> Decimal:
        """Units that are promised and not there."""
        return max(-self._net, Decimal(0))

    @property
    def _net(self) -> Decimal:
        return self.on_hand - self.reserved - self.waiting

    def by_day(self, *, today: dt.date) -> list[tuple[dt.date, Decimal]]:
        """Units that can be promised from each day on, today first; a day is listed when it brings more."""
        steps, units = [(today, self.free)], self._net
        for day, came in self.arrivals:
            units += came
            if units > steps[-1][1]:
                steps.append((day, units))
        return steps

    def waited_on(self, *, today: dt.date) -> dt.date | None:
        """The day on which the last of those who wait now gets its goods; today if nobody waits, None if not known."""
        units = self._net
        if units >= 0:
            return today
        for day, came in self.arrivals:
            units += came
            if units >= 0:
                return max(day, today)
        return None
