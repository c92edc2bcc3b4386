"""On which days nothing is ordered or delivered."""

import datetime as dt
import functools


def public_holidays(*, around: dt.date, country: str) -> frozenset[dt.date]:
    """Public holidays of the country this year and next; none where the country is not known."""
    return _of_years(country, around.year) if country else frozenset()


@functools.lru_cache(maxsize=64)
def _of_years(country: str, year: int) -> frozenset[dt.date]:
    """Kept, as every order by hand or program asks for the day on which it comes."""
    import holidays  # Here, since calendars of the world take long to load.

    return frozenset(holidays.country_holidays(country, years=(year, year + 1)))
