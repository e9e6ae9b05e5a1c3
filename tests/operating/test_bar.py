"""A bar on a terminal, and nothing elsewhere."""

import io

from chat.operating.bar import Bar


class Terminal(io.StringIO):
    """Says that it is one."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal() -> None:
    """It is drawn over itself, seldom enough to cost nothing, and is gone at the end."""
    out = Terminal()
    with Bar(out) as bar:
        bar(0, 0)
        assert out.getvalue() == ""
        bar(15, 30)
        assert out.getvalue() == f"\r\x1b[K[{'#' * 15}{'.' * 15}] 50%"
        for done in range(1_000):
            bar(done, 1_000)
        assert out.getvalue().count("\r") < 100
    assert out.getvalue().endswith("\r\x1b[K")


def test_elsewhere() -> None:
    """Into a file or a pipe nothing is written."""
    out = io.StringIO()
    with Bar(out) as bar:
        bar(1, 2)
    assert out.getvalue() == ""
