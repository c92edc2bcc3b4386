"""Numbers and dates as people read them, in the language of the page.

Every function takes None (and NaN) for "not known" and answers a dash, so templates need no conditions. Rounding is
half up, as on an invoice. A minus is the real sign (−), so that it stands as wide as a plus in a column.
"""

from __future__ import annotations

import datetime as dt
import math
from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

Number = int | float | Decimal

UNKNOWN = "–"
MINUS = "−"
NBSP = "\u00a0"
_SYMBOLS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "HKD": "HK$", "TWD": "NT$", "SGD": "S$"}
_STEPS_ZH = ((Decimal(10) ** 8, "亿"), (Decimal(10) ** 4, "万"))
_STEPS_EN = ((Decimal(10) ** 9, "bn"), (Decimal(10) ** 6, "m"), (Decimal(10) ** 3, "k"))


def _decimal(value: Number | str | None) -> Decimal | None:
    if value is None or value == "" or (isinstance(value, float) and not math.isfinite(value)):
        return None
    number = Decimal(str(value))
    return number if number.is_finite() else None


def _is_chinese() -> bool:
    return (get_language() or "").startswith("zh")


def _digits(number: Decimal, decimals: int) -> str:
    """Grouped digits of the absolute value: ``48,460``."""
    return f"{abs(number).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP):,f}"


def _sign(number: Decimal, decimals: int) -> str:
    """Minus where what is shown is below zero; −0 does not exist."""
    shown = number.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return MINUS if shown < 0 else ""


def symbol(currency: str) -> str:
    """``¥`` for CNY; a currency without a common sign is written by its code and a space."""
    return _SYMBOLS.get(currency, f"{currency}{NBSP}" if currency else "")


def number(value: Number | None, decimals: int = 0) -> str:
    """``number(1234.5, 1)`` is ``1,234.5``."""
    amount = _decimal(value)
    return UNKNOWN if amount is None else f"{_sign(amount, decimals)}{_digits(amount, decimals)}"


def quantity(value: Number | None, unit: str = "") -> str:
    """A count with its unit, kept on one line: ``40 箱``. Fractions are shown only where there are any."""
    amount = _decimal(value)
    if amount is None:
        return UNKNOWN
    decimals = 0 if amount == amount.to_integral_value() else 1
    text = number(amount, decimals)
    return f"{text}{NBSP}{unit}" if unit else text


def money(value: Number | None, currency: str = "") -> str:
    """A sum in whole units, as one reads it: ``¥48,460``, ``−$1,200``."""
    amount = _decimal(value)
    return UNKNOWN if amount is None else f"{_sign(amount, 0)}{symbol(currency)}{_digits(amount, 0)}"


def price(value: Number | None, currency: str = "") -> str:
    """An amount to the cent, as one pays it: ``¥3.50``."""
    amount = _decimal(value)
    return UNKNOWN if amount is None else f"{_sign(amount, 2)}{symbol(currency)}{_digits(amount, 2)}"


def money_short(value: Number | None, currency: str = "") -> str:
    """A large sum with three figures: ``¥61.2 万`` in Chinese, ``¥612k`` in English; below a thousand as `money`."""
    amount = _decimal(value)
    if amount is None:
        return UNKNOWN
    for step, name in _STEPS_ZH if _is_chinese() else _STEPS_EN:
        if abs(amount) >= step:
            scaled = amount / step
            decimals = 0 if abs(scaled) >= 100 else 1
            gap = NBSP if _is_chinese() else ""
            return f"{_sign(amount, 0)}{symbol(currency)}{_digits(scaled, decimals)}{gap}{name}"
    return money(amount, currency)


def span(low: Number | None, high: Number | None, decimals: int = 0) -> str:
    """A range: ``1,510–3,120``. Where either end is below zero the word stands between: ``−40 to 120``."""
    first, last = _decimal(low), _decimal(high)
    if first is None or last is None:
        return UNKNOWN
    texts = {"low": number(first, decimals), "high": number(last, decimals)}
    return _("%(low)s to %(high)s") % texts if first < 0 or last < 0 else f"{texts['low']}–{texts['high']}"


def money_span(low: Number | None, high: Number | None, currency: str = "") -> str:
    """A range of money, the sign once: ``¥1,510–3,120``; below zero ``−¥40 to ¥120``."""
    first, last = _decimal(low), _decimal(high)
    if first is None or last is None:
        return UNKNOWN
    if first < 0 or last < 0:
        return _("%(low)s to %(high)s") % {"low": money(first, currency), "high": money(last, currency)}
    return f"{money(first, currency)}–{number(last)}"


def percent(value: Number | None, decimals: int = 0) -> str:
    """A share as per cent: ``percent(0.962, 1)`` is ``96.2%``."""
    amount = _decimal(value)
    return UNKNOWN if amount is None else f"{number(amount * 100, decimals)}%"


def change(value: Number | None, decimals: int = 1) -> str:
    """A difference with its sign: ``+1.8``, ``−6.2``; nothing to see is ``±0``."""
    amount = _decimal(value)
    if amount is None:
        return UNKNOWN
    shown = amount.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    if shown == 0:
        return "±0"
    return f"{'+' if shown > 0 else MINUS}{_digits(amount, decimals)}"


def percent_change(value: Number | None, decimals: int = 0) -> str:
    """Growth as per cent with its sign: ``percent_change(0.18)`` is ``+18%``."""
    amount = _decimal(value)
    return UNKNOWN if amount is None else f"{change(amount * 100, decimals)}%"


def days(value: Number | None, decimals: int = 0) -> str:
    """A length of time, kept on one line: ``13 天``, ``13 d``."""
    amount = _decimal(value)
    return UNKNOWN if amount is None else (_("%(count)s d") % {"count": number(amount, decimals)}).replace(" ", NBSP)


def _as_date(value: dt.date | dt.datetime) -> dt.date:
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value


def day(value: dt.date | None) -> str:
    """A near day, without the year: ``11月22日``, ``22 Nov``."""
    if not value:
        return UNKNOWN
    return date_format(_as_date(value), "n月j日" if _is_chinese() else "j M", use_l10n=False)


def weekday(value: dt.date | None) -> str:
    """A near day with its weekday: ``11月22日 星期日``, ``Sun 22 Nov``."""
    if not value:
        return UNKNOWN
    return date_format(_as_date(value), "n月j日 l" if _is_chinese() else "D j M", use_l10n=False)


def full_day(value: dt.date | None) -> str:
    """A day of any year: ``2026年11月22日``, ``22 Nov 2026``."""
    if not value:
        return UNKNOWN
    return date_format(_as_date(value), "Y年n月j日" if _is_chinese() else "j M Y", use_l10n=False)


def moment(value: dt.datetime | None) -> str:
    """A point in time in the installation's zone: ``11月22日 08:05``, ``22 Nov 08:05``."""
    if not value:
        return UNKNOWN
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return f"{day(local)}{NBSP}{local:%H:%M}"
