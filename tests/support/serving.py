"""A server that runs in a thread for the length of a block."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# How often it looks whether it is to end.
_POLL_SECONDS = 0.02


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[None]:
    """The server answers within this block; it is closed by whoever has made it."""
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
