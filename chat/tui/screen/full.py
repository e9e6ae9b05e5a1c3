"""One session on the full screen: the terminal, who comes in, the configuration, and the end."""

import gc
from contextlib import AsyncExitStack
from functools import partial

from prompt_toolkit import PromptSession
from prompt_toolkit.application import Application
from prompt_toolkit.output import Output
from prompt_toolkit.output.defaults import create_output
from prompt_toolkit.output.vt100 import Vt100_Output

from chat.client import Client
from chat.tui.desk import config
from chat.tui.desk.style import THEMES
from chat.tui.plain.ask import Dial, admitted
from chat.tui.screen.app import Screen
from chat.tui.shell.asked import Asked
from chat.tui.shell.first import tell_first
from chat.tui.shell.stopping import on_stop


async def sit(stack: AsyncExitStack, dial: Dial, asked: Asked) -> Client | None:
    """Show the screen until the user leaves; the client, closed, or None if no name was given.

    Raises as `ask.admitted` does. Cancellation gives the terminal back.
    """
    output = create_output()
    if isinstance(output, Vt100_Output):
        output.enable_cpr = False  # nothing here needs to know where the cursor is; asking can cost a second
    ask = partial(_prompted, output)
    client = await admitted(stack, dial, asked, ask, print, ask)
    if client is None:
        return None
    said, wrong = config.load(config.place(), tuple(THEMES))
    screen = Screen(client, config=said, output=output)
    screen.app.after_render += _freeze
    tell_first(screen.stage, wrong)
    with on_stop(screen.leave, "SIGTERM", "SIGHUP"):
        await screen.run()
    await client.close()
    return client


def _freeze(app: Application[None]) -> None:
    """What there is when the screen is first drawn lasts too.

    Looking for garbage among it again and again held up a key for 15 ms each time.
    """
    app.after_render -= _freeze
    gc.freeze()


async def _prompted(output: Output, question: str) -> str | None:
    """What a person answers; a session for questions takes 12 ms to make, and most are never asked any."""
    session: PromptSession[str] = PromptSession(output=output)
    try:
        return await session.prompt_async(question)
    except (EOFError, KeyboardInterrupt):
        return None
