"""Speaks enough of ClickHouse's HTTP protocol for its Go client, over chdb.

chdb is ClickHouse's engine as a library. One statement runs at a time. The
first question of a client, who the server is, is answered by hand with
revision 0: from then on client and server agree on Native blocks without
anything around them, which is how chdb writes them.
"""
import struct
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from chdb import session

HELLO = "SELECT displayName(), version(), revision(), timezone()"
# Parameters of requests that are no settings of the engine, or not of one that
# is embedded.
NOT_SETTINGS = {
    "default_format", "client_protocol_version", "database", "query_id", "quota_key", "compress", "decompress",
    "readonly", "cancel_http_readonly_queries_on_client_close", "query", "session_id",
}

engine = session.Session(sys.argv[1])
turn = threading.Lock()
current = {}


def uvarint(n):
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def text(s):
    b = s.encode()
    return uvarint(len(b)) + b


def hello():
    version = str(engine.query("SELECT version()", "TSVRaw")).strip()
    out = uvarint(1) + b"\0" + uvarint(2) + struct.pack("<i", -1) + uvarint(0) + uvarint(4) + uvarint(1)
    for name, typ, value in (
        ("displayName()", "String", text("chdb")),
        ("version()", "String", text(version)),
        ("revision()", "UInt32", struct.pack("<I", 0)),
        ("timezone()", "String", text("UTC")),
    ):
        out += text(name) + text(typ) + b"\0" + value
    return out


def settle(params):
    """Sets what the request asks for and is not set yet."""
    for name, value in params.items():
        if name not in NOT_SETTINGS and current.get(name) != value:
            quoted = value.replace("\\", "\\\\").replace("'", "\\'")
            engine.query(f"SET {name} = '{quoted}'")
            current[name] = value


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def reply(self, status, body, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.reply(200, b"Ok.\n")

    def do_POST(self):
        params = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query, keep_blank_values=True))
        statement = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        native = params.get("default_format") == "Native"
        if native and statement.strip() == HELLO:
            return self.reply(200, hello())
        with turn:
            try:
                settle(params)
                out = engine.query(statement, "Native" if native else "TSVRaw").bytes()
            except Exception as e:  # what the engine says goes to the client
                return self.reply(500, str(e).encode(), [("X-ClickHouse-Exception-Code", "0")])
        self.reply(200, bytes(out), [("X-ClickHouse-Format", "Native")])


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_address[1], flush=True)
server.serve_forever()
