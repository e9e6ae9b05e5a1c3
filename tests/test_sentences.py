"""What codes mean to a person."""

import pytest

from chat.errors import Code
from chat.sentences import FAULTS, fault, reason


@pytest.mark.parametrize("code", [Code.BAD_FRAME, Code.FRAME_TOO_LARGE, Code.BAD_MESSAGE])
def test_a_peer_that_is_no_chat_server(code: Code) -> None:
    """Where a conversation ends because the bytes made no sense, nobody is told to write something else."""
    assert "chat server" in reason(code)
    assert reason(code) != fault(code)


def test_every_code_has_a_sentence() -> None:
    """What a server may refuse with is said in words."""
    assert set(Code) <= set(FAULTS)


def test_a_code_of_a_newer_server() -> None:
    """What is not known yet is shown as it came, but harmless."""
    assert reason("gone\x1b[2J") == "the server says: gone␛[2J"
    assert reason(None) == "the server closed the connection"
