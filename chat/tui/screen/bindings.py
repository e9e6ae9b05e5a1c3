"""The table of keys as prompt_toolkit's bindings, each active in the modes in which its action is."""

from collections.abc import Callable
from typing import Any, Protocol

from prompt_toolkit.application import Application
from prompt_toolkit.filters import Condition
from prompt_toolkit.input.ansi_escape_sequences import ANSI_SEQUENCES
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

from chat.tui.desk.keys import Mode, pressed
from chat.tui.screen.notices import FOCUS_IN, FOCUS_OUT
from chat.tui.screen.stage import Stage

ESCAPE = 0.1
"""Seconds after which an escape that nothing follows is the key, and no beginning of another one."""
SEQUENCE = 1.0
"""Seconds in which the second of two keys that are pressed in turn must come."""

# prompt_toolkit has no names for what a terminal says of its focus. These two keys no terminal sends.
_FRONT, _BACK = Keys.ControlF3, Keys.ControlF15
ANSI_SEQUENCES[FOCUS_IN] = _FRONT
ANSI_SEQUENCES[FOCUS_OUT] = _BACK

Handler = Callable[[KeyPressEvent], None]


class Keyed(Protocol):
    """What the keys act upon."""

    stage: Stage

    @property
    def mode(self) -> Mode: ...

    def write(self) -> None: ...

    def front(self, *, in_front: bool) -> None: ...


def bindings(screen: Keyed) -> KeyBindings:
    """The bindings of a screen."""
    made = KeyBindings()
    add: Callable[..., Callable[[Handler], object]] = made.add
    for key in screen.stage.config.keys:
        for keys in key.keys:
            add(*pressed(keys), filter=_in(screen, *key.modes))(_acting(screen, key.action))
    add(Keys.SIGINT)(_acting(screen, "interrupt"))
    add(_FRONT)(lambda event: screen.front(in_front=True))
    add(_BACK)(lambda event: screen.front(in_front=False))
    add(Keys.Any, filter=_in(screen, Mode.PRESSING, Mode.LISTING, Mode.READING))(_writing(screen))
    add(Keys.Any, filter=_in(screen, Mode.SWITCHING))(_typing(screen))
    add(Keys.Backspace, filter=_in(screen, Mode.SWITCHING))(lambda event: screen.stage.lists.erase())
    add(Keys.Any, filter=_in(screen, Mode.SELECTING, Mode.ASKING))(lambda event: None)
    return made


def _in(screen: Keyed, *modes: Mode) -> Condition:
    return Condition(lambda: screen.mode in modes)


def _acting(screen: Keyed, action: str) -> Handler:
    def act(event: KeyPressEvent) -> None:
        screen.stage.act(action)

    return act


def _writing(screen: Keyed) -> Handler:
    """Writing goes to the field, whatever has the focus or stands over the messages."""

    def write(event: KeyPressEvent) -> None:
        if event.data.isprintable():
            screen.stage.view.overlay = None
            screen.write()
            event.app.key_processor.feed(event.key_sequence[0], first=True)

    return write


def _typing(screen: Keyed) -> Handler:
    """Writing looks for a name."""

    def typed(event: KeyPressEvent) -> None:
        if event.data.isprintable():
            screen.stage.lists.typed(event.data)

    return typed


def hurry(app: Application[Any]) -> None:
    """Let the escape key act at once, and a sequence of keys have its time."""
    app.ttimeoutlen = ESCAPE

    def hurry(processor: Any) -> None:
        alone = [press.key for press in processor.key_buffer] == [Keys.Escape]
        app.timeoutlen = 0.0 if alone else SEQUENCE

    app.key_processor.after_key_press += hurry
