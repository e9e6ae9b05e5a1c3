"""The numbers of addresses."""

from chat.tui.desk.links import KEPT, Links


def test_numbers_last():
    """An address keeps its number; each new one has the next."""
    links = Links()
    assert [links.number(url) for url in ("https://a", "https://b", "https://a")] == [1, 2, 1]
    assert (links.url(2), links.url(3), len(links)) == ("https://b", None, 2)


def test_numbers_are_bounded():
    """When all numbers are given, the first address loses its own to the next."""
    links = Links()
    for number in range(KEPT + 1):
        links.number(f"https://{number}")
    assert (len(links), links.url(1)) == (KEPT, f"https://{KEPT}")
    assert links.number("https://0") == 2
