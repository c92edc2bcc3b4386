"""Whether letters and reminders can leave, and whether they did."""

import smtplib
from collections.abc import Iterator

from firstmove.cli.checks import Finding, good, note, wrong


def server() -> Iterator[Finding]:
    """The mail server answers, speaks TLS and takes our login; no letter is sent."""
    from django.conf import settings
    from django.core.mail import get_connection

    if settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
        yield note(
            "letters",
            f"They are written to {settings.EMAIL_FILE_PATH}. Name a mail server to send them: FIRSTMOVE_SMTP",
        )
        return
    where = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    connection = get_connection()
    try:
        connection.open()
    except smtplib.SMTPAuthenticationError as error:
        yield wrong(
            "letters",
            f"{where} refuses the login of {settings.EMAIL_HOST_USER}: {error.smtp_code}.",
            "Set FIRSTMOVE_SMTP_USER and FIRSTMOVE_SMTP_PASSWORD.",
        )
        return
    except (OSError, smtplib.SMTPException) as error:
        yield wrong(
            "letters",
            f"{where} cannot be used: {type(error).__name__}: {error}",
            "Look at FIRSTMOVE_SMTP (host:port) and FIRSTMOVE_SMTP_TLS (tls, starttls or none).",
        )
        return
    finally:
        connection.close()
    kept = "TLS" if settings.EMAIL_USE_SSL or settings.EMAIL_USE_TLS else "no TLS"
    login = f"as {settings.EMAIL_HOST_USER}" if settings.EMAIL_HOST_USER else "without a login"
    yield good("letters", f"{where} takes them with {kept}, {login}, from {settings.DEFAULT_FROM_EMAIL}.")
    if not settings.CSRF_TRUSTED_ORIGINS:
        yield note("letters", "Reminders have no links: name the address of these pages in FIRSTMOVE_ORIGINS.")


def reminders() -> Iterator[Finding]:
    from firstmove.domains.reminders import queries
    from firstmove.kernel import tenancy

    with tenancy.scope(tenancy.SYSTEM):
        counts = queries.delivery_counts()
    dead, waiting = counts.get("dead", 0), counts.get("waiting", 0)
    if dead:
        yield wrong("reminders", f"{dead:,} were given up.", "Why, and sending them again: page Data → Reminders.")
    else:
        yield good("reminders", f"None was given up; {waiting:,} wait for their time.")
