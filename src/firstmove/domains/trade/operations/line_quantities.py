"""What somebody says of an order line by line: confirmed, received, counted."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Protocol, TypeVar

from django.utils.translation import gettext_lazy as _

from firstmove.kernel.errors import Invalid

_SMALLEST = Decimal("0.001")  # as quantities are stored


class Numbered(Protocol):
    """A line of an order or of a return."""

    number: int


Line = TypeVar("Line", bound=Numbered)


def said_quantities(
    lines: Iterable[Line], quantities: Mapping[int, Decimal] | None, *, most: Callable[[Line], Decimal]
) -> list[tuple[Line, Decimal]]:
    """Each line with its units: what was said by line number, else all that it can be.

    Raises Invalid for a line that is not there, and for less than nothing or more than `most` of a line.
    """
    lines, said = list(lines), quantities or {}
    if unknown := sorted(set(said) - {line.number for line in lines}):
        raise Invalid(_("This order has no line %(line)s.") % {"line": unknown[0]}, field=f"line-{unknown[0]}")
    found = []
    for line in lines:
        limit = most(line)
        units = Decimal(said.get(line.number, limit))
        if not (units.is_finite() and 0 <= units <= limit):
            raise Invalid(
                _("Line %(line)s: the quantity must lie between 0 and %(most)s.")
                % {"line": line.number, "most": f"{limit.normalize():f}"},
                field=f"line-{line.number}",
            )
        found.append((line, units.quantize(_SMALLEST)))
    return found
