"""What a bus is: the way between the nodes for what is forgotten when missed, above all who is where."""

import abc
from collections.abc import Collection

from chat.errors import Code, Refused
from chat.hub.hub import Hub


class Bus(abc.ABC):
    """All methods are called on one event loop."""

    @abc.abstractmethod
    async def open(self, hub: Hub) -> None:
        """From now on tell the other nodes of who is here, and the hub of who is there; returns at once."""

    @abc.abstractmethod
    async def close(self) -> None:
        """Tell the others that nobody is here any more."""

    @abc.abstractmethod
    def end(self, sessions: Collection[str], reason: str) -> None:
        """End sessions that are on other nodes, for a reason; returns at once."""

    @abc.abstractmethod
    async def report(self) -> list[str]:
        """The state of the nodes and of what is between them, a line each, for the operator."""

    @abc.abstractmethod
    async def hand_over(self, server: str) -> list[str]:
        """Have others do what a server that is between the nodes leads, so that it may be stopped.

        Returns what is led by whom, a line each, and in less than 10 s. Raises Refused.
        """


class Alone(Bus):
    """There is no other node."""

    async def open(self, hub: Hub) -> None:
        pass

    async def close(self) -> None:
        pass

    def end(self, sessions: Collection[str], reason: str) -> None:
        pass

    async def report(self) -> list[str]:
        return ["alone"]

    async def hand_over(self, server: str) -> list[str]:
        raise Refused(Code.NOT_ALLOWED, "alone")
