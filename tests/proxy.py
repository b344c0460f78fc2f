"""A real HTTP proxy on 127.0.0.1, for tests of how requests leave this machine."""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

HOP_BY_HOP = {"connection", "proxy-authorization", "proxy-connection", "transfer-encoding", "content-length"}


class Proxy:
    """A proxy for plain HTTP, in a `with` block.

    Args:
        status: Answered in place of passing anything on, if it is set.

    `asked` collects the hosts that it was asked for, `passwords` what it was told with each request.
    """

    def __init__(self, status: int | None = None) -> None:
        self.status = status
        self.asked: list[str] = []
        self.passwords: list[str] = []

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.host = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                proxy.asked.append(urlsplit(self.path).netloc)
                proxy.passwords.append(self.headers.get("Proxy-Authorization", ""))
                status, content = proxy.status, b"no"
                headers: Mapping[str, str] = {}
                if status is None:
                    status, headers, content = _passed_on(self.path, self.headers, body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def do_CONNECT(self) -> None:
                proxy.asked.append(self.path)
                proxy.passwords.append(self.headers.get("Proxy-Authorization", ""))
                self.send_error(403)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        return Handler


def _passed_on(url: str, headers: Any, body: bytes) -> tuple[int, dict[str, str], bytes]:
    """A server's answer."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port)
    kept = {name: value for name, value in headers.items() if name.lower() not in HOP_BY_HOP}
    connection.request("POST", parts.path, body, kept)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    told = {name: value for name, value in answer.getheaders() if name.lower() not in HOP_BY_HOP}
    return answer.status, told, content
