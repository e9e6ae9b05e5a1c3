"""Why a server does not start, in a sentence each, with what to do about it."""

import errno

from chat.errors import DataRefused
from chat.words import t


def not_started(why: str) -> str:
    """The three lines of a server that did not start."""
    return "\n".join((t("Server was not started."), t("Could not start the server."), why))


def of_listening(error: OSError, host: str, port: int, flag: str) -> str:
    """Why an address cannot be listened on."""
    place = {"host": host, "port": port, "flag": flag}
    sentences = {
        errno.EADDRINUSE: t("Port {port} is in use; choose another with {flag}.", **place),
        errno.EACCES: t(
            "Port {port} is not permitted to this user; choose one above 1023 with {flag}.", **place
        ),
        errno.EADDRNOTAVAIL: t(
            "{host} is not an address of this machine; leave --host out, or use 0.0.0.0 for all.", **place
        ),
    }
    known = sentences.get(error.errno or 0)
    return known or t("Cannot listen on {host}: {why}.", why=error.strerror or str(error), **place)


def of_data(error: DataRefused) -> str:
    """Why a file or folder is not used."""
    place = {"path": error.path, "detail": error.detail}
    sentences = {
        "newer_schema": t(
            "{path} was written by a newer version of chat; nothing was changed. Update this one.", **place
        ),
        "damaged": t("{path} is damaged ({detail}); nothing was changed. Restore a backup.", **place),
        "in_use": t("{path} is in use by another chat-server; choose another folder with --data.", **place),
        "exposed": t("{path} can be read by everybody on this machine: chmod 600 {path}", **place),
        "private_lobby": t("{path} is a private room; choose another with --lobby.", **place),
        "bad_certificate": t("{path} is no certificate with its key ({detail}).", **place),
        "unreadable": t(
            "{path} cannot be read or written ({detail}); choose another folder with --data.", **place
        ),
    }
    return sentences.get(error.reason, str(error))
