"""Bytes printed without holding up anything else, however slowly they are read."""

import asyncio
import contextlib
import os
import queue
import stat
import threading

_Job = tuple[bytes, "asyncio.Future[None]"]


class Out:
    """A file descriptor that is written to from now on, by a thread: a pipe, a file and a terminal alike.

    The thread is never joined, since a write to a pipe that nobody reads cannot be broken off. `gone` is
    set when the reader of a pipe has gone, as far as the system tells before the next write.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._loop = asyncio.get_running_loop()
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self.gone = asyncio.Event()
        threading.Thread(target=self._run, daemon=True, name="stdout").start()
        if _is_pipe(descriptor):
            with contextlib.suppress(OSError, NotImplementedError):
                self._loop.add_reader(descriptor, self._look)  # at this end only its breaking is ever heard

    async def write(self, data: bytes) -> None:
        """Return once the system has taken it all. Raises OSError: BrokenPipeError where nobody reads.

        Cancelled, it may be written nevertheless.
        """
        taken = self._loop.create_future()
        self._jobs.put((data, taken))
        await taken

    def close(self) -> None:
        """Watch the pipe no more. What is being written is not broken off."""
        with contextlib.suppress(OSError, NotImplementedError):
            self._loop.remove_reader(self._descriptor)

    def _look(self) -> None:
        self.gone.set()
        self.close()

    def _run(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is gone: nobody waits
            while True:
                data, taken = self._jobs.get()
                self._loop.call_soon_threadsafe(_settle, taken, self._written(data))

    def _written(self, data: bytes) -> OSError | None:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError as error:
            return error
        return None


def _is_pipe(descriptor: int) -> bool:
    return stat.S_ISFIFO(os.fstat(descriptor).st_mode)


def _settle(taken: "asyncio.Future[None]", error: OSError | None) -> None:
    if taken.cancelled():
        return
    if error is None:
        taken.set_result(None)
    else:
        taken.set_exception(error)
