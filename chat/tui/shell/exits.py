"""How `chat-client` ends: every exit code, for programs, with what it means."""

from chat.errors import Code
from chat.usage import Table
from chat.words import mark

FINAL = frozenset({Code.NOT_INVITED, Code.REGISTRATION_CLOSED, Code.NO_GUESTS})
"""Why a server does not let somebody in, however often they try."""
WELL = 0
UNSENT = 1
WRONG_USE = 2
REFUSED = 3
NO_FILE = 4
SIGNAL = 128
"""And the number of the signal, as a shell counts."""

EXITS = Table(
    mark("exit codes"),
    (
        (str(WELL), mark("all is well; everything sent was acknowledged")),
        (str(UNSENT), mark("no connection, or something was not sent")),
        (str(WRONG_USE), mark("wrong use")),
        (str(REFUSED), mark("the server refused the name, the room or a message")),
        (str(NO_FILE), mark("the file of --state cannot be used")),
        ("130", mark("ended by Ctrl-C; 128 and its number for any other signal")),
    ),
)


def ending(reason: str) -> int:
    """The exit code where no conversation came about, for this reason."""
    return REFUSED if reason in FINAL else UNSENT
