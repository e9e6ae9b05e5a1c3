"""The server's certificate: the operator's, or one made at the first start; read again when it is renewed."""

import os
from datetime import UTC, datetime
from pathlib import Path

from chat import tls
from chat.errors import DataRefused

CERTIFICATE = "certificate.pem"
KEY = "key.pem"


class Certificates:
    """The certificate of the connections to come; those that are there keep what they began with."""

    def __init__(self, certificate: Path, key: Path) -> None:
        """Raises DataRefused."""
        self._certificate = certificate
        self._key = key
        self._context = self._read()

    def context(self) -> tls.ServerContext:
        """What the next connection is encrypted with."""
        return self._context

    @property
    def fingerprint(self) -> str:
        """The certificate's SHA-256 in hexadecimal digits."""
        return self._context.fingerprint

    def renew(self) -> None:
        """Read the files again. Raises DataRefused, and then all stays as it was."""
        self._context = self._read()

    def _read(self) -> tls.ServerContext:
        for path in (self._certificate, self._key):
            try:
                path.read_bytes()
            except OSError as error:
                raise DataRefused("unreadable_file", str(path), error.strerror or str(error)) from error
        if os.name == "posix" and self._key.stat().st_mode & 0o007:
            raise DataRefused("exposed", str(self._key))
        try:
            return tls.server_context(self._certificate, self._key)
        except (OSError, ValueError) as error:
            raise DataRefused("bad_certificate", str(self._certificate), _detail(error)) from error


def own(folder: Path, name: str) -> Certificates:
    """The certificate kept in a folder, made if there is none. Raises DataRefused."""
    certificate, key = folder / CERTIFICATE, folder / KEY
    if not (certificate.exists() and key.exists()):
        from chat.certificate import make_certificate

        try:
            make_certificate(certificate, key, name, datetime.now(UTC))
        except OSError as error:
            raise DataRefused("unreadable", str(certificate), error.strerror or str(error)) from error
    return Certificates(certificate, key)


def _detail(error: OSError | ValueError) -> str:
    reason = getattr(error, "reason", None)  # of an SSLError: KEY_VALUES_MISMATCH, NO_START_LINE
    return str(reason or error).lower().replace("_", " ")
