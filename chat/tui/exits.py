"""How `chat-client` ends: every exit code, for programs, with what it means."""

from chat.usage import Table
from chat.words import mark

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
