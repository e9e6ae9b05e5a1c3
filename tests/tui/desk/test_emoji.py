"""Short names and the emoji that they mean."""

import pytest
from wcwidth import wcwidth

from chat.text import emoji_fault
from chat.tui.desk.emoji import NAMED, emoji, expand, starting


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("boa :joinha:", "boa 👍"),
        (":THUMBSUP::fire:", ":THUMBSUP::fire:"),
        (":THUMBSUP: :fire:", "👍 🔥"),
        (":coração: :coracao:", "❤ ❤"),
        ("às 10:30:20", "às 10:30:20"),
        (":nada: e :", ":nada: e :"),
        ("`:joinha:` :joinha:", "`:joinha:` 👍"),
        ("```\n:joinha:\n``` :+1:", "```\n:joinha:\n``` 👍"),
        ("(:joinha:)", "(👍)"),
        ("sem nada", "sem nada"),
    ],
)
def test_expanding(typed, sent):
    """Known names between colons become emoji; code, times and everything else stay as they are."""
    assert expand(typed) == sent


@pytest.mark.parametrize("word", ["joinha", ":joinha:", "thumbsup", "👍"])
def test_reactions(word):
    """A reaction may be written with colons, without them, or as itself."""
    assert emoji(word) == "👍"


def test_offers():
    """Names are found by their beginning, whatever their case and accents, and each emoji once."""
    assert starting("JOI") == [("joinha", "👍")]
    assert ("coração", "❤") in starting("corac")
    found = [char for _, char in starting("c")]
    assert len(found) == len(set(found)) > 10


def test_the_table():
    """Every emoji is one character that stands in the same width everywhere, and may be a reaction."""
    assert all(len(char) == 1 and wcwidth(char) in (1, 2) for char in NAMED.values())
    assert {emoji_fault(char) for char in NAMED.values()} == {None}
    assert len(NAMED) > 400
