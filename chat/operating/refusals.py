"""Why a server does not start, in a sentence each, with what to do about it."""

import errno
import shlex
from pathlib import Path

from chat.errors import DataRefused
from chat.operating.nodes import CLUSTER
from chat.text import Kind, safe
from chat.words import mark, t


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
    """Why a file or folder is not used, and what helps."""
    sentence = _DATA.get(error.reason)
    if sentence is None:
        return str(error)
    return t(
        sentence, path=error.path, detail=safe(error.detail, Kind.LINE), restore=_restore(Path(error.path))
    )


_DATA = {
    "newer_schema": mark(
        "{path} was written by a newer version of chat; nothing was changed. "
        "Update this one, or restore an older backup: {restore}"
    ),
    "damaged": mark("{path} is damaged ({detail}); nothing was changed. Restore a backup: {restore}"),
    "in_use": mark("{path} is in use by another chat-server; choose another folder with --data."),
    "exposed": mark("{path} can be read by everybody on this machine: chmod 600 {path}"),
    "private_lobby": mark("{path} is a private room; choose another with --lobby."),
    "bad_certificate": mark("{path} is no certificate with its key ({detail})."),
    "unreadable": mark("{path} cannot be read or written ({detail}); choose another folder with --data."),
    "unreadable_file": mark("{path} cannot be read ({detail}); look at the option that names it."),
    "no_history": mark("{path} has no history of a server; name its folder with --data."),
    "not_empty": mark("{path} has a history already; name an empty folder with --data."),
    "not_whole": mark("{path} is no backup, or not all of one ({detail}); nothing was changed."),
    "newer_archive": mark("{path} was made by a newer version of chat; update this one."),
    **CLUSTER,
}


def _restore(path: Path) -> str:
    """The line to type where a file of a data folder is of no use."""
    return f"chat-server restore {t('FILE')} --data {shlex.quote(str(path.parent))}"
