"""How a receiver knows that a delivery is ours: HMAC-SHA256 as Standard Webhooks (standardwebhooks.com) says.

``webhook-signature: v1,BASE64`` over ``id.timestamp.body``; several, with a space between, while a secret changes over.
The secret is derived from the installation's own and a nonce, so that a copy of the database signs nothing.

Worked example: with the secret ``whsec_`` + base64(b"key") and the body ``{}``,
``signature("whsec_a2V5", message_id="1", at=0, body="{}") == "v1,zGwIsEpWJehWI9SAZ35qk1GA7jOFwoNvVGoKfG/SvCI="``.
"""

import base64
import hashlib
import hmac
import secrets

from django.utils.crypto import salted_hmac

_MARK = "whsec_"


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
