"""Letters with a link by which a person sets a password."""

import logging
import smtplib

from django.conf import settings
from django.core.mail import send_mail
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

log = logging.getLogger(__name__)


def link_address(request: HttpRequest, *, uid: str, token: str) -> str:
    """The whole address of a password link.

    Where the installation names its origin (FIRSTMOVE_ORIGINS), that is used and not the host of the request, which
    whoever asks for a letter to somebody else could choose.
    """
    path = reverse("account:set-password", kwargs={"uid": uid, "token": token})
    origin = next(iter(settings.CSRF_TRUSTED_ORIGINS), "")
    return f"{origin}{path}" if origin else request.build_absolute_uri(path)


def send_password_link(*, kind: str, email: str, name: str, place: str, address: str, language: str) -> bool:
    """Send an ``invitation`` or a ``reset``. Returns whether the mail server took it; the log says why where not."""
    with translation.override(language):
        facts = {"name": name, "place": place, "address": address}
        subject = render_to_string(f"account/letters/{kind}_subject.txt", facts).strip()
        body = render_to_string(f"account/letters/{kind}.txt", facts)
    try:
        send_mail(subject, body, None, [email])
    except (OSError, smtplib.SMTPException) as error:
        log.error("A letter could not be sent: %s", error)
        return False
    return True


def leave_the_machine() -> bool:
    """Whether letters reach anybody: without a mail server (FIRSTMOVE_SMTP) they are only written to a folder."""
    return not settings.EMAIL_BACKEND.endswith("filebased.EmailBackend")
