"""When a bell rings and a notice is shown."""

import pytest

from chat.client import Line, Notes, Talk
from chat.tui.desk.alerts import REST, Alerts
from chat.tui.desk.settings import Level, Settings


class Listener:
    """Alerts with a clock that the test moves, and what came of them."""

    def __init__(self):
        self.now = 100.0
        self.rung = 0
        self.shown = []
        self.settings = Settings(Notes(None))
        self.alerts = Alerts(self.settings, lambda: self.now, self.ring, self.show)
        self.talks = {"#redes": Talk("#redes", "#redes"), "@bia": Talk("@bia", "@Bia")}

    def ring(self):
        self.rung += 1

    def show(self, title, text):
        self.shown.append((title, text))

    def said(self, key, *, sender="Bia", mention=False, seen=False):
        line = Line("c", key, sender, 0, "oi", id=1, mention=mention)
        self.alerts.said(self.talks[key], line, seen=seen)


@pytest.fixture
def at():
    """Ana's."""
    return Listener()


@pytest.mark.parametrize(
    ("level", "key", "mention", "rings"),
    [
        (None, "#redes", False, False),
        (None, "#redes", True, True),
        (None, "@bia", False, True),
        (Level.ALL, "#redes", False, True),
        (Level.OFF, "#redes", True, False),
        (Level.OFF, "@bia", True, False),
        (Level.MENTION, "@bia", False, True),
    ],
)
def test_levels(at, level, key, mention, rings):
    """By itself a mention or a private word rings; each talk may have another level."""
    if level is not None:
        at.settings.set_level(key, level)
    at.said(key, mention=mention)
    assert at.rung == rings


def test_ignored(at):
    """Nobody who is ignored rings."""
    at.settings.ignore("bia", ignored=True)
    at.said("@bia")
    assert at.rung == 0


def test_not_too_often(at):
    """There is a rest between two bells."""
    for _ in range(5):
        at.said("@bia")
    at.now += REST - 0.1
    at.said("@bia")
    assert at.rung == 1
    at.now += 0.2
    at.said("@bia")
    assert at.rung == 2


def test_who_is_looking(at):
    """What stands on the screen of a terminal that is in front rings no bell; else it does."""
    at.alerts.in_front = True
    at.said("@bia", seen=True)
    assert at.rung == 0
    at.said("@bia", seen=False)
    at.now += 3
    at.alerts.in_front = False
    at.said("@bia", seen=True)
    assert at.rung == 2


def test_notices(at):
    """A notice is shown only where the terminal has said that it is not in front, with who and where."""
    at.said("@bia")
    at.alerts.in_front = True
    at.now += 3
    at.said("@bia")
    assert at.shown == []
    at.alerts.in_front = False
    at.said("@bia")
    at.said("#redes", mention=True)
    at.now += 3
    at.said("#redes", mention=True)
    assert at.shown == [("Bia", "oi"), ("#redes Bia", "oi")]
