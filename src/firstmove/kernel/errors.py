"""Errors that people and programs are told about: what was wrong, where, and what to do (RFC 9457 for programs)."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class Problem(Exception):
    """Base of every error that is the caller's to mend: a stable `code`, a `title` for people, a `detail` what to do.

    Example: ``Conflict(_("This order was changed meanwhile."), _("Read it again and repeat."), code="stale")``.
    """

    status = 400
    code = "problem"

    def __init__(self, title: Text, detail: Text = "", *, code: str | None = None, **facts: Any) -> None:
        super().__init__(title)
        self.title = title
        self.detail = detail
        self.code = code or self.code
        self.facts = facts

    def __str__(self) -> str:
        return " ".join(str(part) for part in (self.title, self.detail) if part)

    def as_json(self) -> dict[str, Any]:
        """The body of an ``application/problem+json`` answer."""
        return {
            "type": f"urn:firstmove:problem:{self.code}",
            "title": str(self.title),
            "status": self.status,
            "detail": str(self.detail),
            **self.facts,
        }


class Invalid(Problem):
    status = 422
    code = "invalid"


class NotAllowed(Problem):
    status = 403
    code = "not-allowed"

    def __init__(self, title: Text = _("This is not yours to see or do."), detail: Text = "", **facts: Any) -> None:
        super().__init__(title, detail, **facts)


class NotFound(Problem):
    status = 404
    code = "not-found"

    def __init__(self, title: Text = _("There is nothing here."), detail: Text = "", **facts: Any) -> None:
        super().__init__(title, detail, **facts)


class Conflict(Problem):
    status = 409
    code = "conflict"
