"""Who may call: a program by its key, or the person of a session, on behalf of the audiences that an operation names.

An operation says ``auth=access("orders:read", "dealer", "enterprise")``. ``request.auth`` is then the actor, whichever
way it came in: there is one set of rights, that of the account.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja.security import APIKeyCookie, HttpBearer

from firstmove.api.problems import SignedOut, TooMany
from firstmove.domains.network import keys
from firstmove.domains.network.scopes import SCOPES
from firstmove.kernel.errors import NotAllowed
from firstmove.kernel.tenancy import Actor, Kind


def access(scope: str, *kinds: Kind) -> list[Callable[[HttpRequest], Any]]:
    """What an operation wants: the scope that a key needs, and whose accounts may call it at all."""
    if scope not in SCOPES:
        raise ValueError(f"{scope}: say in network/scopes.py what it allows")
    return [KeyWith(scope, *kinds), SessionOf(*kinds)]


class KeyWith(HttpBearer):
    """``Authorization: Bearer fm_…``. A request that brings a key is never tried as a session's."""

    def __init__(self, scope: str, *kinds: Kind) -> None:
        super().__init__()
        self.scope, self.kinds = scope, kinds

    def __call__(self, request: HttpRequest) -> Actor | None:
        given = request.headers.get(self.header)
        if given is None:
            return None
        scheme, _space, token = given.partition(" ")
        return self.authenticate(request, token if scheme.lower() == self.openapi_scheme else "")

    def authenticate(self, request: HttpRequest, token: str) -> Actor:
        """Raises SignedOut for a key that opens nothing, TooMany, NotAllowed for what the key may not do."""
        admission = keys.admit(token=token.strip(), now=timezone.now(), per_minute=settings.API_PER_MINUTE)
        if admission is None:
            raise SignedOut(
                _("This key opens nothing."),
                _("It is wrong, expired or revoked. Make a new one on the page Keys."),
                code="wrong-key",
            )
        request.admission = admission  # type: ignore[attr-defined]
        if admission.is_over:
            raise TooMany(
                _("This key made more requests than a minute allows."),
                _("Wait as many seconds as Retry-After says."),
                limit=admission.limit,
            )
        if self.scope not in admission.scopes:
            raise NotAllowed(
                _("This key may not do that."),
                _("Make one with the scope %(scope)s.") % {"scope": self.scope},
                code="missing-scope",
                scope=self.scope,
            )
        if admission.actor.kind not in self.kinds:
            raise NotAllowed()
        return admission.actor


class SessionOf(APIKeyCookie):
    """The session's cookie, with the CSRF token where a request changes something."""

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
