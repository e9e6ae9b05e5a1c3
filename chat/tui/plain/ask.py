"""Who the user is: asks for a name until the server takes one."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from chat.address import shown
from chat.client import Client, ConnectFailed, NameRefused
from chat.client.identity import WrongPassphrase
from chat.sentences import fault
from chat.text import Kind, safe
from chat.tui.commands.commands import NAMED, QUIT
from chat.tui.shell.access import Access, hidden, is_new, passphrase, remember, settings
from chat.tui.shell.asked import Asked
from chat.understand import understand
from chat.words import t

Ask = Callable[[str], Awaitable[str | None]]
"""Puts a question and returns the answer; None if there is none to be had any more."""
Dial = Callable[[str | None, str], Client]
"""A client for a name, None before there is one, and the passphrase of the identity."""


async def admitted(
    stack: AsyncExitStack,
    dial: Dial,
    asked: Asked,
    ask: Ask,
    say: Callable[[str], None],
    confirm: Ask | None = None,
) -> Client | None:
    """A client that is in, and is closed with `stack`; None if no name was given.

    Without a user's name the server is greeted first, so that nobody types one for a server that is not
    there. `confirm` puts a question to a person, where there is one. Raises ConnectFailed, DataRefused,
    NotAnIdentity, WrongPassphrase; NameRefused where no person can choose another name.
    """
    user, access = asked.user, asked.access
    word = await _passphrase(access, confirm)
    while True:
        try:
            client = await stack.enter_async_context(dial(user, word))
        except ConnectFailed as failure:
            if confirm is None or not is_new(failure) or not await _confirmed(failure, say, confirm):
                raise
            remember(asked.host, asked.port, failure.fingerprint)
            continue
        except NameRefused as refusal:
            if confirm is None and user is not None and user == asked.user:
                raise  # what comes out of a pipe was written to be said, not to be a name
            say(t("Client connected") if user is None else t("Sorry, {why}.", why=fault(refusal.word)))
        else:
            if access.fingerprint:
                remember(asked.host, asked.port, access.fingerprint)
            return client
        user = await _name(ask)
        if user is None:
            return None


async def _confirmed(failure: ConnectFailed, say: Callable[[str], None], confirm: Ask) -> bool:
    """Whether a person says that a server is the one that is meant, as with SSH."""
    say(t("{host} is not known here yet. It shows this fingerprint:", host=safe(failure.host, Kind.LINE)))
    say(f"  {shown(failure.fingerprint)}")
    answer = await confirm(t("Is it the one that whoever runs it gave you? [y/N] "))
    return (answer or "").strip().casefold() in ("y", "yes", "s", "sim")


async def _passphrase(access: Access, confirm: Ask | None) -> str:
    """What opens the identity on this machine; empty where nothing has to be opened."""
    given = passphrase()
    try:
        settings(access, given, checked=False)
    except WrongPassphrase:
        if confirm is None or given:
            raise
        return await asyncio.to_thread(hidden, t("Passphrase of your identity: "))
    return given


async def _name(ask: Ask) -> str | None:
    """A name of at least one character; None where there is none, or a goodbye instead."""
    while True:
        answer = await ask(t("User: "))
        if answer is None or NAMED.get(understand(answer)[0]) is QUIT:
            return None
        if answer.strip():
            return answer.strip()
