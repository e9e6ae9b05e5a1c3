"""Which links may be opened, with what, and where not."""

import pytest

from chat.tui.commands.browser import may_open, open_link, opener


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://example.org/a?b=c", True),
        ("http://10.0.0.1:8080", True),
        ("file:///etc/passwd", False),
        ("javascript:alert(1)", False),
        ("https://", False),
        ("https://a b", False),
        ("https://a\x1b[2J", False),
        ("https://[", False),
        ("-version", False),
    ],
)
def test_addresses(url, allowed):
    """Only addresses of the web are opened."""
    assert may_open(url) is allowed


def test_openers(tmp_path):
    """Each system has its own way; from afar, or without a screen, there is none."""
    (tmp_path / "xdg-open").touch(0o755)
    path = {"PATH": str(tmp_path)}
    assert opener({"BROWSER": "firefox --new-tab"}, "linux") == ["firefox", "--new-tab"]
    assert opener({"SSH_CONNECTION": "x", "DISPLAY": ":0"}, "linux") is None
    assert opener({"DISPLAY": ":0", **path}, "linux") == [str(tmp_path / "xdg-open")]
    assert opener({"DISPLAY": ":0", "PATH": str(tmp_path / "none")}, "linux") is None
    assert opener(path, "linux") is None
    assert opener({}, "darwin") == ["open"]
    assert opener({}, "win32") == ["rundll32", "url.dll,FileProtocolHandler"]


async def test_no_such_browser(monkeypatch):
    """A browser that is not there opens nothing; and what may not be opened is not tried."""
    monkeypatch.setenv("BROWSER", "/nowhere/browser")
    assert await open_link("https://example.org") is False
    assert await open_link("file:///etc/passwd") is False
