"""From a host's name to an open connection, and why there is none."""

import asyncio
import hmac
import re
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from chat import tls
from chat.client.trust import Trust
from chat.client.waking import waking
from chat.flow import Flow

F = TypeVar("F", bound=Flow)


class Unreachable(Exception):
    """No address of the host accepted; see `errors.ConnectFailed` for the members."""

    def __init__(
        self, reason: str, tried: tuple[str, ...], error: OSError | None, fingerprint: str = ""
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.tried = tried
        self.error = error
        self.fingerprint = fingerprint


class _Distrusted(Exception):
    """It answers, but is not to be talked to, whatever the host's other addresses say."""

    def __init__(self, reason: str, fingerprint: str = "", error: OSError | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.fingerprint = fingerprint
        self.error = error


_TELLING = {ConnectionRefusedError: "refused", TimeoutError: "timeout"}
"""The reasons that say most, first: a machine that refuses is there."""


_NO_AUTHORITY = frozenset({2, 18, 19, 20, 21})
"""OpenSSL's codes for a certificate that only lacks somebody known behind it."""
_WRONG = {
    9: "certificate_expired",
    10: "certificate_expired",
    62: "certificate_other",
    64: "certificate_other",
}
"""Its codes for one that is wrong in itself: not yet or no longer good, another host's, another address's."""


_PLAIN = re.compile("[A-Za-z0-9.:-]+")
"""Hosts that are no international names: as bytes, Python need not read its tables of those for 9 ms."""


async def dial(make: Callable[[], F], host: str, port: int, patience: float, trust: Trust | None = None) -> F:
    """Join what `make` makes to the first address of `host` that accepts within `patience` seconds.

    What `trust` wants to be encrypted is, and nothing has been said yet to a server that is not trusted.
    Raises Unreachable, DataRefused. Cancellation leaves nothing open.
    """
    trust = trust or Trust()
    pin = trust.fingerprint(host, port)
    errors: list[OSError] = []
    tried: list[str] = []
    for family, address in await _addresses(host, port, patience):
        tried.append(f"[{address}]:{port}" if family == socket.AF_INET6 else f"{address}:{port}")
        encrypted = trust.encrypts(address, pin)
        try:
            authorities = await _authorities() if encrypted and not pin else None
            async with waking(patience):
                if authorities is not None:
                    return await _certified(make, address, port, family, host, authorities)
                if encrypted:
                    return await _pinned(make, address, port, family, pin)
                return await _joined(make, address, port, family)
        except _Distrusted as error:
            raise Unreachable(error.reason, tuple(tried), error.error, error.fingerprint) from error
        except OSError as error:
            errors.append(error)
    raise _unreachable(errors, tuple(tried))


async def _pinned(make: Callable[[], F], address: str, port: int, family: int, pin: str) -> F:
    """A connection to a server with this very certificate."""
    link, shown = await _shown(make, address, port, family)
    if not hmac.compare_digest(shown, pin):
        link.abort()
        raise _Distrusted("certificate_changed", shown)
    return link


async def _authorities() -> ssl.SSLContext:
    """Whom the system trusts, read anew each time, in 80 ms for which the loop does not stand still.

    No server's patience is used up by it.
    """
    return await asyncio.to_thread(tls.trusting_context)


async def _certified(
    make: Callable[[], F], address: str, port: int, family: int, host: str, authorities: ssl.SSLContext
) -> F:
    """A connection to a server that an authority vouches for; if none does, what it shows is told."""
    try:
        return await _encrypted(make, address, port, family, authorities, host)
    except ssl.SSLCertVerificationError as error:
        if error.verify_code not in _NO_AUTHORITY:
            raise _Distrusted(_WRONG.get(error.verify_code, "certificate_wrong"), error=error) from error
    link, shown = await _shown(make, address, port, family)
    link.abort()
    raise _Distrusted("unknown_server", shown)


async def _shown(make: Callable[[], F], address: str, port: int, family: int) -> tuple[F, str]:
    """A connection to whoever is there, and the fingerprint of what it shows, which is good today."""
    from chat.certificate import expired

    link = await _encrypted(make, address, port, family, tls.pinning_context(), "")
    connection = link.extra("ssl_object")
    if expired(connection, datetime.now(UTC)):
        link.abort()
        raise _Distrusted("certificate_expired")
    return link, tls.certificate(connection)


async def _encrypted(
    make: Callable[[], F], address: str, port: int, family: int, context: ssl.SSLContext, host: str
) -> F:
    try:
        return await _joined(make, address, port, family, ssl=context, server_hostname=host)
    except ssl.SSLCertVerificationError:
        raise
    except ssl.SSLError as error:
        plain = error.reason in ("WRONG_VERSION_NUMBER", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE")
        raise _Distrusted("not_encrypted" if plain else "handshake", error=error) from error


async def _joined(make: Callable[[], F], address: str, port: int, family: int, **how: Any) -> F:
    loop = asyncio.get_running_loop()
    _, link = await loop.create_connection(make, address, port, family=family, **how)
    return link


def _unreachable(errors: list[OSError], tried: tuple[str, ...]) -> Unreachable:
    for kind, reason in _TELLING.items():
        for error in errors:
            if isinstance(error, kind):
                return Unreachable(reason, tried, error)
    return Unreachable("unreachable", tried, errors[-1])


async def _addresses(host: str, port: int, patience: float) -> list[tuple[int, str]]:
    loop = asyncio.get_running_loop()
    name = host.encode() if _PLAIN.fullmatch(host) else host
    try:
        async with waking(patience):
            found = await loop.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except TimeoutError as error:
        raise Unreachable("timeout", (), error) from error
    except OSError as error:
        raise Unreachable("not_found", (), error) from error
    except ValueError as error:  # no name at all: an empty label, one too long, a NUL
        raise Unreachable("not_found", (), OSError(str(error))) from error
    return [(family, str(address[0])) for family, _, _, _, address in found]
