"""A connection that breaks at the worst moment."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from urllib.parse import urlsplit


class CuttingProxy:
    """Stands between a client and a server on loopback and passes everything on, until told to cut.

    While `cutting`, a request goes through whole; at the first byte of the server's answer `on_answer` is
    called and both connections are closed, so the server has acted and the client cannot know.
    """

    def __init__(self, target: str, on_answer: Callable[[], None] = lambda: None) -> None:
        parts = urlsplit(target)
        self._target = (str(parts.hostname), int(parts.port or 80))
        self._on_answer = on_answer
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.cutting = False
        self.url = ""

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["CuttingProxy"]:
        listener = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            listener.close()
            for writer in self._writers:
                writer.transport.abort()
            await asyncio.gather(*self._tasks)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, client_in: asyncio.StreamReader, client_out: asyncio.StreamWriter) -> None:
        async with self._closing(client_out):
            server_in, server_out = await asyncio.open_connection(*self._target)
            async with self._closing(server_out):
                upward = asyncio.create_task(_pass_on(client_in, server_out))
                try:
                    while data := await server_in.read(65536):
                        if self.cutting:
                            self._on_answer()
                            return
                        client_out.write(data)
                        await client_out.drain()
                finally:
                    upward.cancel()
                    await asyncio.gather(upward, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def _closing(self, writer: asyncio.StreamWriter) -> AsyncIterator[None]:
        self._writers.add(writer)
        # an end that breaks off is what this is for
        with contextlib.suppress(OSError):
            try:
                yield
            finally:
                self._writers.discard(writer)
                writer.close()
                await writer.wait_closed()


async def _pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        sink.write(data)
        await sink.drain()
