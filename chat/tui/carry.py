"""`chat-client identity`: shows who one is on this machine, and carries that to another."""

import contextlib
import os
import sys
from pathlib import Path

from chat.client import identity as identities
from chat.client.identity import NotAnIdentity, WrongPassphrase
from chat.errors import DataRefused
from chat.files import data_folder
from chat.text import Kind, safe
from chat.tui.shell.access import hidden
from chat.tui.shell.asked import Carrying
from chat.tui.shell.exits import UNSENT, WELL
from chat.tui.shell.parting import not_read
from chat.words import t


async def carry(asked: Carrying) -> int:
    """Do what is asked for; returns the exit code."""
    try:
        _DO[asked.do](asked.file)
    except (DataRefused, NotAnIdentity, WrongPassphrase) as error:
        brought = asked.do == "import" and isinstance(error, NotAnIdentity)
        print(_not_brought(asked.file) if brought else not_read(error), file=sys.stderr)
        return UNSENT
    except OSError as error:
        sentence = t("{path}: {why}", path=error.filename or "", why=error.strerror or str(error))
        print(sentence, file=sys.stderr)
        return UNSENT
    except (KeyboardInterrupt, EOFError):
        return UNSENT
    return WELL


def _not_brought(file: Path | None) -> str:
    where = safe(str(file or "-"), Kind.LINE)
    return t("{path} holds no identity; export one with: chat-client identity export FILE", path=where)


def _show(file: Path | None) -> None:
    """The fingerprint, and where the identity is."""
    path = data_folder() / identities.FILE
    print(t("Your identity:  {fingerprint}", fingerprint=_opened(identities.kept(path)).shown))
    print(t("It is kept in {path}; who has that file is you.", path=path))


def _export(file: Path | None) -> None:
    """The identity as text, on the standard output or in a file for its owner only."""
    text = _opened(identities.kept(data_folder() / identities.FILE)).written(_new_passphrase())
    if file is None:
        print(text, end="")
        return
    with open(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as exported:
        exported.write(text)
    print(t("Carry {path} to the other machine: chat-client identity import {path}", path=file))


def _import(file: Path | None) -> None:
    """Be from now on who was exported; a passphrase it was sealed with stays."""
    text = sys.stdin.read(identities.MOST) if file is None else file.read_text("ascii", "replace")
    identity = _opened(text)
    identities.keep(data_folder() / identities.FILE, text)
    print(t("You are {fingerprint} on this machine from now on.", fingerprint=identity.shown))


def _opened(text: str) -> identities.Identity:
    """The identity in a text; a person at a terminal is asked for the passphrase."""
    with contextlib.suppress(WrongPassphrase):
        return identities.read(text)
    return identities.read(text, hidden(t("Passphrase of your identity: ")))


def _new_passphrase() -> str:
    """What to seal it with, typed twice; empty where nobody is there to be asked."""
    while True:
        one = hidden(t("Passphrase for it (empty: none): "))
        if not one or one == hidden(t("Once more: ")):
            return one


_DO = {"show": _show, "export": _export, "import": _import}
