"""A request to an address that somebody outside named: it must not become a way into the own network.

The name is resolved once, every address that it has is looked at, and the connection goes to the first of them that
answers: a name that points elsewhere a moment later gains nothing. Redirections are not followed.
"""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from firstmove.kernel.errors import Invalid

_PORTS = {"http": 80, "https": 443}
# Of an answer the beginning is enough to see why it was refused.
_READ_BYTES = 2000
# Names that reach IPv4 addresses through a translator (RFC 6052): what they mean is looked at, not what they are.
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


class NotReached(Exception):
    """Nothing came back; the message says why, in words for a log."""


@dataclass(frozen=True)
class Target:
    scheme: str
    host: str
    port: int
    path: str


def target_of(url: str, *, allowed: Collection[str]) -> Target:
    """The parts of an address that may be asked for as far as it says itself. Raises Invalid.

    HTTPS, without a name and password; hosts in `allowed` may be in the own network and need no HTTPS.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Invalid(_("This is not an address."), field="url") from error
    host = (parts.hostname or "").rstrip(".").lower()
    plain = min(url, default=" ") > "\x20" and max(url, default=" ") < "\x7f"
    if not plain or parts.scheme not in _PORTS or not host or parts.username is not None or parts.fragment:
        raise Invalid(
            _("This is not an address."), _("Write it whole, such as https://erp.example.com/firstmove."), field="url"
        )
    if parts.scheme != "https" and host not in allowed:
        raise Invalid(_("News is sent by HTTPS alone."), _("Begin the address with https://."), field="url")
    if host not in allowed and (not is_public_name(host) or port not in (None, 443, 8443)):
        raise Invalid(
            _("This address lies in the installation's own network."),
            _("Name a public host and port 443 or 8443, or ask for it to be allowed: FIRSTMOVE_WEBHOOK_HOSTS."),
            field="url",
        )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or _PORTS[parts.scheme], path)


def is_public_name(host: str) -> bool:
    """False for addresses of the own network and for names that can mean nothing else."""
    try:
        return is_public(host)
    except ValueError:
        return "." in host and not host.endswith((".localhost", ".local", ".internal"))


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet. Raises ValueError for what is no address."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif ip.sixtofour is not None:
            ip = ip.sixtofour
        elif ip in _TRANSLATED:
            ip = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def addresses_of(target: Target, *, allowed: Collection[str]) -> list[str]:
    """Where the name leads. Raises NotReached where it leads nowhere, or anywhere into the own network."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotReached(f"{target.host} has no address") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if target.host not in allowed:
        for address in addresses:
            if not is_public(address):
                raise NotReached(f"{target.host} leads into the own network ({address})")
    return addresses


def post(
    url: str, *, body: bytes, headers: dict[str, str], allowed: Collection[str], seconds: float = 10.0
) -> tuple[int, str]:
    """Status and the beginning of the answer. All of it takes no longer than `seconds`. Raises NotReached, Invalid.

    It is asked once: another address is tried only where the one before did not take the connection.
    """
    target = target_of(url, allowed=allowed)
    connection = _Connection(target, addresses_of(target, allowed=allowed), seconds)
    # A server that sends a byte now and then would never run into the socket's own time limit.
    end = threading.Timer(seconds, connection.cut)
    end.start()
    try:
        connection.request("POST", target.path, body=body, headers=headers)
        response = connection.getresponse()
        answer = response.status, response.read(_READ_BYTES).decode(errors="replace")
    except (OSError, http.client.HTTPException, ValueError) as error:
        late = f" (within {seconds:g} seconds)" if connection.was_cut or isinstance(error, TimeoutError) else ""
        raise NotReached(f"{type(error).__name__}: {error}{late}") from error
    finally:
        end.cancel()
        connection.close()
    if connection.was_cut:  # the library takes the broken end of an answer for its end
        raise NotReached(f"the answer was not complete within {seconds:g} seconds")
    return answer


class _Connection(http.client.HTTPConnection):
    """To addresses that were looked at, under the name that was asked for: for TLS and for the Host header."""

    def __init__(self, target: Target, addresses: Sequence[str], seconds: float) -> None:
        super().__init__(target.host, target.port, timeout=seconds)
        self.target, self.addresses, self.seconds, self.was_cut = target, addresses, seconds, False

    def connect(self) -> None:
        """Each address has its share of the time, so that one that is silent leaves some for the next."""
        for number, address in enumerate(self.addresses, start=1):
            try:
                sock = self._dialled(address)
            except OSError:
                if self.was_cut or number == len(self.addresses):
                    raise
            else:
                sock.settimeout(self.seconds)
                self.sock = sock
                return

    def _dialled(self, address: str) -> socket.socket:
        sock = socket.create_connection((address, self.target.port), timeout=self.seconds / len(self.addresses))
        if self.target.scheme == "http":
            return sock
        try:
            return ssl.create_default_context().wrap_socket(sock, server_hostname=self.target.host)
        except OSError:
            sock.close()
            raise

    def cut(self) -> None:
        self.was_cut = True
        if self.sock is not None:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)
