"""A server with TLS on a free port, and what connects to it."""

import hashlib
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from chat.limits.gate import is_local
from chat.operating.certificates import Certificates, own
from chat.server.securing import Security
from tests.peer import Peer
from tests.servers import Running, Start


class Encrypted:
    """A running server that listens with TLS; `plain` decides as in `Security`."""

    def __init__(self, running: Running, folder: Path, port: int, certificates: Certificates) -> None:
        self.running = running
        self.folder = folder
        self.certificates = certificates
        self.port = port


StartEncrypted = Callable[..., Awaitable[Encrypted]]


@pytest.fixture
def start_encrypted(start: Start, tmp_path: Path) -> StartEncrypted:
    """Start servers that listen with TLS on a port of their own."""

    async def _start(plain: Callable[[str], bool] = is_local, **options: Any) -> Encrypted:
        running = await start(**options)
        folder = tmp_path / f"tls-{running.port}"
        folder.mkdir()
        certificates = own(folder, "chat")
        security = Security(certificates.context, plain)
        ((_, port),) = await running.server.listen("127.0.0.1", 0, security=security)
        return Encrypted(running, folder, port, certificates)

    return _start


@pytest.fixture
async def encrypted(start_encrypted: StartEncrypted) -> Encrypted:
    """A server as it comes, but that it takes this machine for another: it hears nothing plain."""
    return await start_encrypted(lambda address: False)


def trusting_all() -> ssl.SSLContext:
    """A client's context that takes any certificate and offers what it can."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def fingerprint(peer: Peer) -> str:
    """The certificate a peer was shown."""
    shown = peer.writer.get_extra_info("ssl_object")
    return hashlib.sha256(shown.getpeercert(True)).hexdigest()
