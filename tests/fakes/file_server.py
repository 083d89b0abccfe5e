"""A web server on this machine, with the files that a test puts there."""

import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FileServer:
    """`files` by path: status, type, content."""

    def __init__(self) -> None:
        server = self
        self.files: dict[str, tuple[int, str, bytes]] = {}
        self.asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(self.path)
                status, kind, content = server.files.get(self.path, (404, "text/html", b"<html>nothing"))
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def put(self, content: bytes, kind: str = "text/csv", status: int = 200) -> str:
        """The file's address."""
        path = f"/{uuid.uuid4().hex}"
        self.files[path] = (status, kind, content)
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
