"""What a screen shows, for tests of it: a welcome, its state, and the lines."""

from typing import Any

from chat import messages as m
from chat.client.state import State

NOW = 1_795_216_610_000


def welcome(**changed: Any) -> m.Welcome:
    """A welcome into the lobby and one more room."""
    members: dict[str, Any] = {
        "version": 1,
        "server": "casa",
        "user": "Ana",
        "session": "s",
        "log": "log-1",
        "head": 10,
        "rooms": [m.RoomInfo("#Geral", "avisos", 3), m.RoomInfo("#jogos", "", 1)],
        "max_frame": 65_536,
        "max_body": 2_000,
        "features": [],
    }
    return m.Welcome(**(members | changed))


def shown(state: State, key: str) -> list[tuple[int | None, str]]:
    """Id and body of a talk's lines."""
    return [(line.id, line.body) for line in state.talks[key].lines]
