"""What lets a person in: the identity that is theirs on this machine, and which server is the right one."""

import getpass
import os
import sys
from typing import Any

from msgspec import Struct

from chat.client import ConnectFailed, KnownServers, Trust
from chat.client import identity as identities
from chat.client import trust as trusts
from chat.client.identity import Identity, WrongPassphrase
from chat.files import data_folder
from chat.words import t

PASSPHRASE = "CHAT_PASSPHRASE"


class Access(Struct, frozen=True):
    """What the command line says of it. `encrypted` None: unless it does not leave this machine."""

    fingerprint: str = ""
    invitation: str = ""
    encrypted: bool | None = None
    guest: bool = False


def settings(access: Access, passphrase: str = "", *, checked: bool = True) -> dict[str, Any]:
    """What `connect` is told of it. Not `checked`, it is ready 10 ms sooner, see `identity.opened`.

    Raises DataRefused, NotAnIdentity; WrongPassphrase where the identity is sealed and this does not open it.
    """
    return {
        "identity": None if access.guest else mine(passphrase, checked=checked),
        "invitation": access.invitation or None,
        "trust": Trust(encrypted=access.encrypted, fingerprint=access.fingerprint, known=_known()),
    }


def mine(passphrase: str = "", *, checked: bool = True) -> Identity:
    """The identity on this machine, made if there is none. Raises as `settings` does."""
    read = identities.read if checked else identities.opened
    return read(identities.kept(data_folder() / identities.FILE), passphrase)


def remember(host: str, port: int, fingerprint: str) -> None:
    """Know this server by its certificate from now on. Raises DataRefused."""
    known = _known()
    if known.fingerprint(host, port) != fingerprint:
        known.add(host, port, fingerprint)


def hidden(question: str) -> str:
    """What a person types without showing it; empty where there is no terminal."""
    return getpass.getpass(question) if sys.stdin.isatty() else ""


def unlocked(access: Access) -> dict[str, Any]:
    """`settings` for a program whose input is no person's: a sealed identity is opened by what
    CHAT_PASSPHRASE holds, else a person at the terminal is asked. Raises as `settings` does.
    """
    try:
        return settings(access, passphrase())
    except WrongPassphrase as error:
        if not error.needed or not _has_terminal():
            raise
        try:
            return settings(access, getpass.getpass(t("Passphrase of your identity: ")))
        except EOFError:
            raise error from None


def passphrase() -> str:
    """What the surroundings give to open the identity with; mostly empty."""
    return os.environ.get(PASSPHRASE, "")


def _has_terminal() -> bool:
    """Whether somebody could be asked, whatever the standard streams are (not under cron)."""
    try:
        with open(os.ctermid(), "rb"):
            return True
    except (OSError, AttributeError):  # Windows has no such name
        return sys.stdin.isatty()


def is_new(failure: ConnectFailed) -> bool:
    """Whether all that was wrong is that nobody knows the server yet."""
    return failure.reason == "unknown_server"


def _known() -> KnownServers:
    return KnownServers(data_folder() / trusts.FILE)
