"""What stands on the plain terminal when no session came about, or after it."""

import shlex
from collections.abc import Sequence

from chat.address import Address, shown
from chat.client import ConnectFailed, Item
from chat.client.identity import WrongPassphrase
from chat.errors import ChatError, DataRefused
from chat.sentences import FAULTS, reason
from chat.text import Kind, safe
from chat.usage import DEFAULT_PORT
from chat.words import mark, n, t

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


_DISTRUST = {
    "unknown_server": mark(
        "It shows the fingerprint {fingerprint}.\n"
        "If whoever runs it says that this is right, go there with: {client}"
    ),
    "certificate_changed": mark(
        "It shows the fingerprint {fingerprint}, which is not the one that is known.\n"
        "Somebody may be between you and the server: nothing was said to it. If whoever runs it says that\n"
        "this is right, go there with: {client}"
    ),
}


def unsent_sentence(count: int) -> str:
    """What is told to somebody who is about to leave."""
    return n(
        "{n} message is not sent yet. Press again to leave.",
        "{n} messages are not sent yet. Press again to leave.",
        count,
    )


def not_read(error: ChatError) -> str:
    """Why the identity on this machine cannot be used."""
    if isinstance(error, WrongPassphrase) and not error.needed:
        return t("That passphrase does not open your identity; try again.")
    if isinstance(error, WrongPassphrase):
        return t(
            "Your identity is sealed by a passphrase: type it in a terminal, put it into CHAT_PASSPHRASE, "
            "or come with --guest."
        )
    if isinstance(error, DataRefused):
        return t("{path} cannot be read or written ({detail}).", path=error.path, detail=error.detail)
    return t("Your identity cannot be read: bring it back with chat-client identity import FILE.")


def not_connected(failure: ConnectFailed) -> str:
    """That there is no connection, what was tried, and what to type next."""
    where = f"{failure.host}:{failure.port}"
    if failure.tried and failure.tried != (where,):
        where = f"{where} ({', '.join(failure.tried)})"
    lines = [
        t("Could not connect to the server."),
        t("Tried {where}: {why}.", where=safe(where, Kind.LINE), why=reason(failure.reason)),
    ]
    if failure.reason not in FAULTS:  # else it is the right server, and its answer says what to do next
        lines.append(_next(failure))
    return "\n".join(("", *lines))


def _next(failure: ConnectFailed) -> str:
    if failure.reason in _DISTRUST:
        digits = shown(failure.fingerprint)
        known = str(Address(failure.host, failure.port, failure.fingerprint))
        return t(
            _DISTRUST[failure.reason], fingerprint=digits, client=safe(f"chat-client {known}", Kind.LINE)
        )
    if failure.host in LOCAL:
        port = "" if failure.port == DEFAULT_PORT else f" --port {failure.port}"
        return t(
            "Start one on this machine with: {server}\nor go to another: {client}",
            server=f"chat-server{port}",
            client=t("chat-client --host ADDRESS --port PORT"),
        )
    again = shlex.join(("chat-client", "--host", failure.host, "--port", str(failure.port)))
    return t(
        "Ask whoever runs it for address and port, then try again: {client}", client=safe(again, Kind.LINE)
    )


def goodbye(unsent: Sequence[Item], *, kept: bool = False) -> str:
    """That one has left, and the words that were not sent: nobody should have to write them twice.

    Those that are `kept` go out the next time by themselves.
    """
    if not unsent:
        return t("You have left the chat.")
    count = len(unsent)
    if kept:
        first = n(
            "You have left; {n} message goes out when you come back:",
            "You have left; {n} messages go out when you come back:",
            count,
        )
    else:
        first = n(
            "You have left; {n} message was not sent:", "You have left; {n} messages were not sent:", count
        )
    lines = [first, *(f"{safe(item.to, Kind.NAME)}: {safe(item.body, Kind.LINE)}" for item in unsent)]
    return "\n".join(lines)
