"""Whether this process can serve: for a load balancer or a watchdog."""

import logging

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse

log = logging.getLogger(__name__)


def health(_request: HttpRequest) -> HttpResponse:
    """200 ``ok``, or 503 where the database does not answer. Says nothing else, since anybody may ask."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except DatabaseError as error:
        log.error("health: %s", error)
        return HttpResponse("database unreachable\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")
