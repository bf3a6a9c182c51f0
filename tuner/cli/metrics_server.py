"""The figures of a watch over HTTP, for Prometheus on this machine: loopback only."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tuner.errors import UsageError
from tuner.watch.exposition import CONTENT_TYPE

LOOPBACK = "127.0.0.1"


class MetricsServer:
    """Serves the text that was set last."""

    def __init__(self, port: int) -> None:
        """Listen; port 0 takes any free one. Raises UsageError for a port that is in use."""
        self.text = ""
        try:
            self._server = ThreadingHTTPServer((LOOPBACK, port), self._handler())
        except OSError as error:
            reason = error.strerror or str(error)
            raise UsageError(f"--metrics {port}: {reason}", "Give another port.") from error
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                """Answer /metrics; nothing else is there."""
                is_known = self.path.partition("?")[0] in ("/", "/metrics")
                body = server.text.encode() if is_known else b"not found\n"
                self.send_response(200 if is_known else 404)
                self.send_header("Content-Type", CONTENT_TYPE)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing: the terminal belongs to the screen."""

        return Handler

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
