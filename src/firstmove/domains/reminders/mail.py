"""Letters to a mail server, over one connection a batch; where none is named, into a folder."""

import smtplib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from firstmove.domains.reminders.wording import Letter

_MOST_SUBJECT = 200
# From here on the server will not take this letter, however often it is asked (RFC 5321, 4.2.1).
_NEVER = 500


@dataclass(frozen=True)
class Email:
    """`message_id` stays with a letter that is sent again, so that a mailbox can know it."""

    to: str
    letter: Letter
    message_id: str


def one_line(text: str) -> str:
    """What can stand in a header: one line of printable signs, whatever a name had in it.

    ``one_line("Order 7\\r\\nBcc: all@example.com") == "Order 7 Bcc: all@example.com"``.
    """
    printable = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(printable.split())[:_MOST_SUBJECT]


def message_of(email: Email) -> EmailMultiAlternatives:
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"
    made = EmailMultiAlternatives(
        subject=one_line(email.letter.subject),
        body=email.letter.text,
        to=[email.to],
        headers={"Message-ID": f"<{email.message_id}@{domain}>", "Auto-Submitted": "auto-generated"},
    )
    if email.letter.html:
        made.attach_alternative(email.letter.html, "text/html")
    return made


def send(letters: Sequence[Email]) -> Iterator[tuple[str, bool]]:
    """For each letter why the server did not take it (empty: it did), and whether that is final.

    A server that is not there is asked once: the rest of the batch shares its answer.
    """
    connection, down = get_connection(), ""
    try:
        for email in letters:
            if down:
                yield down, False
                continue
            try:
                connection.open()
                connection.send_messages([message_of(email)])
            except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
                yield _refusal(error)
                connection.close()
            except (OSError, smtplib.SMTPException, ValueError) as error:
                down = f"{type(error).__name__}: {error}"
                yield down, False
            else:
                yield "", False
    finally:
        connection.close()


def _refusal(error: smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused) -> tuple[str, bool]:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
    else:
        code, text = error.smtp_code, error.smtp_error
    told = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
    # A wrong login is the installation's to mend, not the letter's fault.
    is_final = code >= _NEVER and not isinstance(error, smtplib.SMTPAuthenticationError)
    return f"{code} {told}", is_final
