"""`chat-client`'s first step: the program is imported, and set apart from what garbage is looked for in."""

import gc


def main() -> int:
    """The console script; returns one of the exit codes of `chat.tui.exits`.

    Of 285 ms for the imports 45 went into looking for garbage among what they make, where there is none; and
    each full search later took 20 ms for it, in which no key was seen.
    """
    gc.disable()
    from chat.tui import cli

    gc.freeze()
    gc.enable()
    return cli.main()
