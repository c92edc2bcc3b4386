"""What every page shows of the installation."""

from django.http import HttpRequest
from django.utils import timezone

from firstmove.domains.network import queries
from firstmove.kernel.errors import NotFound


def installation(request: HttpRequest) -> dict[str, object]:
    """`installation`: the enterprise with its business date, or None before it is initialised."""
    try:
        return {"installation": queries.enterprise(now=timezone.now())}
    except NotFound:
        return {"installation": None}
