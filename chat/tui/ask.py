"""Who the user is: asks for a name until the server takes one."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from chat.client import Client, NameRefused
from chat.sentences import fault
from chat.words import t

Ask = Callable[[str], Awaitable[str | None]]
"""Puts a question and returns the answer; None if there is none to be had any more."""
Dial = Callable[[str | None], Client]
"""A client for a name, None before there is one."""


async def admitted(
    stack: AsyncExitStack, dial: Dial, user: str | None, ask: Ask, say: Callable[[str], None]
) -> Client | None:
    """A client that is in, and is closed with `stack`; None if no name was given.

    Without `user` the server is greeted first, so that nobody types a name for a server that is not there.
    Raises ConnectFailed.
    """
    while True:
        try:
            return await stack.enter_async_context(dial(user))
        except NameRefused as refusal:
            say(t("Client connected") if user is None else t("Sorry, {why}.", why=fault(refusal.code)))
        user = await _name(ask)
        if user is None:
            return None


async def _name(ask: Ask) -> str | None:
    """A name of at least one character."""
    while True:
        answer = await ask(t("User: "))
        if answer is None or answer.strip():
            return answer and answer.strip()
