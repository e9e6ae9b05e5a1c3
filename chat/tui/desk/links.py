"""The numbers under which a screen shows addresses, so that a person can ask for one to be opened. Pure."""

KEPT = 999
"""Most addresses that have a number at once; the one numbered first loses its own first."""


class Links:
    """Gives each address a number from 1 on when it is first drawn; it keeps that number on this screen."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._urls: dict[int, str] = {}
        self._given = 0

    def number(self, url: str) -> int:
        """The number of an address, given now if it has none."""
        number = self._numbers.get(url)
        if number is None:
            self._given = number = self._given % KEPT + 1
            self._numbers.pop(self._urls.pop(number, ""), None)
            self._numbers[url], self._urls[number] = number, url
        return number

    def url(self, number: int) -> str | None:
        """The address with this number, None if no address has it."""
        return self._urls.get(number)

    def __len__(self) -> int:
        return len(self._urls)
