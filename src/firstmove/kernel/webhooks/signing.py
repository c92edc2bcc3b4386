"""How a receiver knows that a delivery is ours: HMAC-SHA256 as Standard Webhooks (standardwebhooks.com) says.

``webhook-signature: v1,BASE64`` over ``id.timestamp.body``; several, with a space between, while a secret changes over.
The secret is derived from the installation's own and a nonce, so that a copy of the database signs nothing.

Worked example: with the secret ``whsec_`` + base64(b"key") and the body ``{}``,
``signature("whsec_a2V5", message_id="1", at=0, body="{}") == "v1,zGwIsEpWJehWI9SAZ35qk1GA7jOFwoNvVGoKfG/SvCI="``.
"""

import base64
import datetime as dt
import hashlib
import hmac
import secrets
from collections.abc import Iterable

from django.utils.crypto import salted_hmac

_MARK = "whsec_"
# How far a sender's clock may be off; an older request may be one that somebody recorded.
TOLERANCE = dt.timedelta(minutes=5)


def new_nonce() -> str:
    return secrets.token_hex(16)


def secret_of(nonce: str) -> str:
    """The secret that belongs to a nonce of this installation."""
    derived = salted_hmac("firstmove.webhook", nonce, algorithm="sha256").digest()
    return _MARK + base64.b64encode(derived).decode()


def signature(secret: str, *, message_id: str, at: int, body: str) -> str:
    """Of one message; `at` in seconds since 1970."""
    key = base64.b64decode(secret.removeprefix(_MARK))
    signed = f"{message_id}.{at}.{body}".encode()
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def is_genuine(
    *, nonces: Iterable[str], message_id: str, timestamp: str, body: bytes, signatures: str, now: dt.datetime
) -> bool:
    """Whether a request that came to us was signed just now with the secret of one of the nonces.

    `timestamp` and `signatures` as their headers say them; several signatures stand with a space between.
    """
    if not message_id or not (timestamp.isascii() and timestamp.isdigit()) or len(timestamp) > 12:
        return False
    if abs(int(timestamp) - now.timestamp()) > TOLERANCE.total_seconds():
        return False
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return False
    given = [one.encode() for one in signatures.split()]
    right = [signature(secret_of(nonce), message_id=message_id, at=int(timestamp), body=text) for nonce in nonces]
    return any(hmac.compare_digest(one, expected.encode()) for one in given for expected in right)
