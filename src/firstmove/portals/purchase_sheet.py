"""What the pages of purchase orders share, whichever side reads them: fields of quantities and of a day."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from firstmove.kernel.errors import Invalid

TONES = {"complete": "good", "cancelled": "bad", "order_review": "neutral"}


def quantities(posted: Mapping[str, str], *, prefix: str = "line-") -> dict[int, Decimal]:
    """Quantities by the number behind a field's name, such as ``line-3``; empty fields are left out.

    Raises Invalid for what is no number.
    """
    found = {}
    for name, text in posted.items():
        number = name.removeprefix(prefix)
        if number == name or not (number.isascii() and number.isdecimal() and len(number) < 19) or not text.strip():
            continue
        try:
            quantity = Decimal(text.strip())
        except InvalidOperation:
            quantity = Decimal("nan")
        if not quantity.is_finite():
            raise Invalid(_("Line %(line)s: a quantity is a number.") % {"line": number}, field=name)
        found[int(number)] = quantity
    return found


def day(text: str) -> dt.date:
    """A day of a date field. Raises Invalid for what is none."""
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid(_("Choose a day."), field="day") from None
