"""From a host's name to an open connection, and why there is none."""

import asyncio
import socket

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Unreachable(Exception):
    """No address of the host accepted; see `errors.ConnectFailed` for the members."""

    def __init__(self, reason: str, tried: tuple[str, ...], error: OSError) -> None:
        super().__init__(reason)
        self.reason = reason
        self.tried = tried
        self.error = error


_TELLING = {ConnectionRefusedError: "refused", TimeoutError: "timeout"}
"""The reasons that say most, first: a machine that refuses is there."""


async def dial(host: str, port: int, patience: float) -> Streams:
    """Connect to the first address of `host` that accepts within `patience` seconds.

    Raises Unreachable. Cancellation leaves nothing open.
    """
    errors: list[OSError] = []
    tried: list[str] = []
    for family, address in await _addresses(host, port, patience):
        tried.append(f"[{address}]:{port}" if family == socket.AF_INET6 else f"{address}:{port}")
        try:
            async with asyncio.timeout(patience):
                return await asyncio.open_connection(address, port, family=family)
        except OSError as error:
            errors.append(error)
    raise _unreachable(errors, tuple(tried))


def _unreachable(errors: list[OSError], tried: tuple[str, ...]) -> Unreachable:
    for kind, reason in _TELLING.items():
        for error in errors:
            if isinstance(error, kind):
                return Unreachable(reason, tried, error)
    return Unreachable("unreachable", tried, errors[-1])


async def _addresses(host: str, port: int, patience: float) -> list[tuple[int, str]]:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(patience):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except TimeoutError as error:
        raise Unreachable("timeout", (), error) from error
    except OSError as error:
        raise Unreachable("not_found", (), error) from error
    except ValueError as error:  # no name at all: an empty label, one too long, a NUL
        raise Unreachable("not_found", (), OSError(str(error))) from error
    return [(family, str(address[0])) for family, _, _, _, address in found]
