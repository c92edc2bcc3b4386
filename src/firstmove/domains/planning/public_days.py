"""On which days nothing is ordered or delivered."""

import datetime as dt


def public_holidays(*, around: dt.date, country: str) -> frozenset[dt.date]:
    """Public holidays of the country this year and next; none where the country is not known."""
    if not country:
        return frozenset()
    import holidays  # Here, since calendars of the world take long to load.

    return frozenset(holidays.country_holidays(country, years=(around.year, around.year + 1)))
