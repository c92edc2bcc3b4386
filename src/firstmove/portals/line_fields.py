"""Quantities that a form asks for line by line, in fields such as ``line-3``."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from firstmove.kernel.errors import Invalid


def quantities(posted: Mapping[str, str], *, prefix: str = "line-", may_be_empty: bool = False) -> dict[int, Decimal]:
    """Quantities by the number behind a field's name; empty fields are refused, or left out where they may be empty.

    Raises Invalid for what is no number.
    """
    found = {}
    for name, text in posted.items():
        number = name.removeprefix(prefix)
        if number == name or not (number.isascii() and number.isdecimal() and len(number) < 19):
            continue
        if may_be_empty and not text.strip():
            continue
        try:
            quantity = Decimal(text.strip())
        except InvalidOperation:
            quantity = Decimal("nan")
        if not quantity.is_finite():
            raise Invalid(_("Line %(line)s: a quantity is a number.") % {"line": number}, field=name)
        found[int(number)] = quantity
    return found
