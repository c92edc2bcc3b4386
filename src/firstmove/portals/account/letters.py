"""Letters with a link by which a person sets a password."""

import logging
import smtplib

from django.conf import settings
from django.core.mail import send_mail
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

log = logging.getLogger(__name__)


def origin_of(request: HttpRequest) -> str:
    """Where the links of a letter lead, such as ``https://orders.example.com``.

    Where the installation names its origin (FIRSTMOVE_ORIGINS), that is used. Else the host of the request, which
    whoever asks for a letter to somebody else can choose: see `may_write_to_others`.
    """
    return next(iter(settings.CSRF_TRUSTED_ORIGINS), "") or request.build_absolute_uri("/").rstrip("/")


def link_address(request: HttpRequest, *, uid: str, token: str) -> str:
    """The whole address of a password link."""
    return origin_of(request) + reverse("account:set-password", kwargs={"uid": uid, "token": token})


def may_write_to_others(request: HttpRequest) -> bool:
    """Whether a stranger's request may become a letter: never with a link to a host that only the stranger named."""
    named = [host for host in settings.ALLOWED_HOSTS if host != "*"]
    host = split_domain_port(request.get_host())[0]
    if settings.CSRF_TRUSTED_ORIGINS or validate_host(host, [*named, ".localhost", "127.0.0.1", "[::1]"]):
        return True
    log.error("No letter is sent with a link to %s. Set FIRSTMOVE_ORIGINS to the address of these pages.", host)
    return False


def send_password_link(*, kind: str, email: str, name: str, place: str, address: str, language: str) -> bool:
    """Send an ``invitation`` or a ``reset`` at once, since whoever asks for it is told whether it left.

    Returns whether the mail server took it; the log says why where not.
    """
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
