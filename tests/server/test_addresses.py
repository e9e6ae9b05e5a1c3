"""What a server tells people to type reaches it."""

import pytest

from chat.server.addresses import client_line


@pytest.mark.parametrize(
    ("host", "port", "line"),
    [
        ("127.0.0.1", 10101, "chat-client --user ana"),
        ("::1", 10101, "chat-client --user ana"),
        ("0.0.0.0", 7000, "chat-client --port 7000 --user ana"),
        ("127.0.0.2", 10101, "chat-client --host 127.0.0.2 --user ana"),
        ("192.168.0.5", 7000, "chat-client --host 192.168.0.5 --port 7000 --user ana"),
    ],
)
def test_the_line_for_this_machine(host: str, port: int, line: str) -> None:
    """A host is named unless the client comes to the listener without it."""
    assert client_line(host, port, "ana") == line
