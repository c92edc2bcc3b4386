"""Who may call: the person of the session, on behalf of one of the audiences that an operation names."""

from django.conf import settings
from django.http import HttpRequest
from ninja.security import APIKeyCookie

from firstmove.kernel.errors import NotAllowed
from firstmove.kernel.tenancy import Actor, Kind


class SessionOf(APIKeyCookie):
    """The session's cookie, with the CSRF token where a request changes something; ``request.auth`` is the actor."""

    param_name: str = settings.SESSION_COOKIE_NAME

    def __init__(self, *kinds: Kind) -> None:
        super().__init__(csrf=True)
        self.kinds = kinds

    def authenticate(self, request: HttpRequest, _key: str | None) -> Actor | None:
        """None for somebody who is not signed in. Raises NotAllowed for another audience."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        if actor.kind == "nobody":
            return None
        if actor.kind not in self.kinds:
            raise NotAllowed()
        return actor
