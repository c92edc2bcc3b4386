"""Which scenarios there are."""

from django.utils.translation import gettext_lazy as _

from firstmove.domains.planning.scenario import SCENARIOS, Scenario
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
