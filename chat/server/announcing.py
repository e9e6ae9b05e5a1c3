"""What a server that has started says to its operator: where it can be reached, and by which command."""

from typing import Any

from chat.server.addresses import client_line, is_local
from chat.server.console import Console
from chat.words import t


def announce(
    console: Console, asked: Any, bound: list[tuple[str, int]], doors: list[str], handed: list[str]
) -> None:
    """Say where the server can be reached, from here and from elsewhere; `doors` and `handed` are lines."""
    (host, port), somebody = bound[0], t("name")
    console.say(t("Server started..."))
    console.say(t("Server connected: waiting for connections on {addresses}.", addresses=_addresses(bound)))
    for line in doors:
        console.say(line)
    console.say(t("On this machine:  {command}", command=client_line(host, port, somebody)))
    if asked.host is None or is_local(asked.host):
        console.say(t("For other machines too:  chat-server --host 0.0.0.0 --port {port}", port=port))
        return
    if asked.plaintext:
        console.say(t("WARNING: --plaintext: whoever is on the network can read and change what is said."))
    for address in handed:
        console.say(t("On another machine:  {command}", command=f"chat-client {address}"))


def _addresses(bound: list[tuple[str, int]]) -> str:
    return ", ".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in bound)
