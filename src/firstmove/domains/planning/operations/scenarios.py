"""Which scenarios there are."""

from dataclasses import replace

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from firstmove.domains.planning.scenario import DRIVERS, SCENARIOS, Scenario
from firstmove.kernel.errors import Invalid


def named(name: str) -> Scenario:
    """Raises Invalid for a scenario that nobody described."""
    try:
        return SCENARIOS[name]
    except KeyError:
        raise Invalid(
            _("There is no scenario %(name)s.") % {"name": name},
            _("Known: %(names)s.") % {"names": ", ".join(SCENARIOS)},
        ) from None


def chosen(name: str) -> Scenario:
    """The scenario with what the installation's settings say of it. Raises Invalid for a driver that nobody knows."""
    return replace(
        named(name),
        drivers=_drivers(),
        transfer_trip_cost=settings.TRANSFER_TRIP_COST,
        transfer_least_gain=settings.TRANSFER_LEAST_GAIN,
    )


def _drivers() -> tuple[str, ...]:
    """What of the calendar the installation chose. Raises Invalid for a name that nobody knows."""
    names = tuple(name for name in settings.PLAN_DRIVERS if name != "none")
    unknown = [name for name in names if name not in DRIVERS]
    if unknown:
        raise Invalid(
            _("There is no driver of demand %(name)s.") % {"name": unknown[0]},
            _("Set FIRSTMOVE_DRIVERS to some of %(names)s, with commas, or to none.") % {"names": ", ".join(DRIVERS)},
        )
    return names
