"""Which servers a client trusts: those it knows by their fingerprint, kept in a file like SSH's."""

import ipaddress
import os
from pathlib import Path

from chat.errors import DataRefused

FILE = "known_servers"
"""Its name in the data folder."""
MOST = 1_048_576
"""Bytes of the longest file that is looked at: some 10,000 servers."""


class KnownServers:
    """The file of known servers: a line `HOST:PORT SHA256` for each; other lines are passed over."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fingerprint(self, host: str, port: int) -> str:
        """What is known of a server, empty if nothing. Raises DataRefused."""
        found = ""
        for line in self._lines():
            match line.split():
                case [place, fingerprint] if place == _place(host, port):
                    found = fingerprint
        return found

    def add(self, host: str, port: int, fingerprint: str) -> None:
        """Know a server from now on, by this certificate. Raises DataRefused."""
        others = [line for line in self._lines() if line.split()[:1] != [_place(host, port)]]
        text = "".join(f"{line}\n" for line in [*others, f"{_place(host, port)} {fingerprint}"])
        new = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        try:
            with open(os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
                file.write(text.encode())
            os.replace(new, self.path)
        except OSError as error:
            raise DataRefused("unreadable", str(self.path), error.strerror or str(error)) from error

    def _lines(self) -> list[str]:
        try:
            with self.path.open("rb") as file:
                return file.read(MOST).decode("utf-8", "replace").splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise DataRefused("unreadable", str(self.path), error.strerror or str(error)) from error


class Trust:
    """What a client asks of a connection.

    `encrypted` None: yes, unless it does not leave this machine. `fingerprint` is the SHA-256 the server's
    certificate must have. Without one what is `known` counts, and for an unknown server its authority.
    """

    def __init__(
        self, *, encrypted: bool | None = None, fingerprint: str = "", known: KnownServers | None = None
    ) -> None:
        self.encrypted = encrypted
        self._fingerprint = fingerprint
        self._known = known

    def fingerprint(self, host: str, port: int) -> str:
        """What the certificate must be, empty if that is for the authorities to say. Raises DataRefused."""
        if self._fingerprint or self._known is None:
            return self._fingerprint
        return self._known.fingerprint(host, port)

    def encrypts(self, address: str, fingerprint: str) -> bool:
        """Whether a connection to this (numeric) address is to be encrypted."""
        if self.encrypted is not None:
            return self.encrypted
        return bool(fingerprint) or not _is_local(address)


def _place(host: str, port: int) -> str:
    host = host.casefold()
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _is_local(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
