"""Sign-in by e-mail and password."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from firstmove.domains.network import queries
from firstmove.domains.reminders.queries import unread_of
from firstmove.kernel import tenancy


class EmailBackend(BaseBackend):
    """Rows of users are hidden outside a scope; only here and in the middleware does the system look them up.

    A session's person comes with the number of their unread messages, `unread`, for the frame of every page.
    """

    def authenticate(self, request: HttpRequest | None, email: str = "", password: str = "", **_: Any) -> Any:  # noqa: ARG002
        with tenancy.scope(tenancy.SYSTEM):
            return queries.sign_in(email=email, password=password)

    def get_user(self, user_id: int) -> Any:
        with tenancy.scope(tenancy.SYSTEM):
            return queries.active_user(user_id=user_id, counted={"unread": unread_of("pk")})
