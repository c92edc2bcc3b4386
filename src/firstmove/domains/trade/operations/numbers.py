"""Numbers of orders: one sequence for what is sold and what is bought."""

import datetime as dt

from django.db import connection


def next_number(prefix: str, *, on: dt.date) -> str:
    """Such as ``SO260302-00017``: a number that was never given, with the day on which it was ordered."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval('trade_order_number')")
        return f"{prefix}{on:%y%m%d}-{cursor.fetchone()[0]:05d}"
