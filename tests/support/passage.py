"""A way to a server that can fall silent: connections stand, and nothing comes through, as with a stopped process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit, urlunsplit


class Passage:
    """Lets everything through to a server until it is told to be silent."""

    def __init__(self, url: str) -> None:
        """Lead to the server that a URL names."""
        self._parts = urlsplit(url)
        self._tasks: set[asyncio.Task[None]] = set()
        self._port = 0
        self.open = asyncio.Event()
        self.open.set()

    @property
    def url(self) -> str:
        """Return the URL that leads through here."""
        who = self._parts.netloc.rpartition("@")[0]
        return urlunsplit(self._parts._replace(netloc=f"{who}@127.0.0.1:{self._port}"))

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Passage"]:
        """Listen while the block runs."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection(self._parts.hostname, self._parts.port)
        for source, sink in ((reader, there[1]), (there[0], writer)):
            task = asyncio.create_task(self._carry(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                await self.open.wait()
                sink.write(data)
        sink.close()
