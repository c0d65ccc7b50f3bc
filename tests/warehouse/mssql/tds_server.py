"""A server that speaks SQL Server's wire protocol over TLS, with no database behind it.

It knows as much of TDS 7.4 as Microsoft's driver needs to send batches. What they answer is up to the test.
"""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

BATCH, REPLY, TRANSACTION, LOGIN, PRELOGIN = 1, 4, 14, 16, 18
BEGIN, COMMIT, ROLLBACK = 5, 7, 8
MORE, ERROR, COUNT = 1, 2, 16
INSERT, SELECT = 0xC3, 0xC1


def done(status: int = 0, rows: int = 0, command: int = 0) -> bytes:
    return b"\xfd" + struct.pack("<HHQ", status, command, rows)


def inserted(*, more: bool = False) -> bytes:
    """What an INSERT of one row answers."""
    return done(COUNT | (MORE if more else 0), 1, INSERT)


def selected(value: int, *, more: bool = False) -> bytes:
    """What a SELECT of one row with one integer, named a, answers."""
    column = b"\x81\x01\x00" + struct.pack("<IH", 0, 0) + b"\x38\x01" + "a".encode("utf-16le")
    return column + b"\xd1" + struct.pack("<i", value) + done(COUNT | (MORE if more else 0), 1, SELECT)


def failed(number: int, message: str) -> bytes:
    """What a statement answers that fails."""
    text = struct.pack("<H", len(message)) + message.encode("utf-16le")
    body = struct.pack("<IBB", number, 1, 14) + text + b"\x00\x00" + struct.pack("<I", 1)
    return b"\xaa" + struct.pack("<H", len(body)) + body + done(ERROR)


class TdsServer:
    """Listens on a free port of this machine until it is closed.

    :param folder: where its certificate goes
    :param answer: returns what a batch answers
    :ivar log: the batches it got, and the names of transactions' ends
    :ivar packet_sizes: what the logins asked for, in bytes
    """

    def __init__(self, folder: Path, answer: Callable[[str], bytes]) -> None:
        self.answer = answer
        self.log: list[str] = []
        self.packet_sizes: list[int] = []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.maximum_version = ssl.TLSVersion.TLSv1_2
        self.context.load_cert_chain(_certificate(folder))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self.listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:  # closed
                return
            threading.Thread(target=_Connection(self, client).serve, daemon=True).start()


class _Connection:
    """One client. Its TLS handshake travels inside of TDS packets, all after it the other way round."""

    def __init__(self, server: TdsServer, client: socket.socket) -> None:
        self.server = server
        self.client = client
        self.packet_size = 4096
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = server.context.wrap_bio(self.incoming, self.outgoing, server_side=True)
        self.is_encrypted = False

    def serve(self) -> None:
        with self.client:
            try:
                self._log_in()
                while True:
                    self._answer(*self._receive())
            except (EOFError, ConnectionError, ssl.SSLError):
                pass  # the client has gone

    def _log_in(self) -> None:
        self._receive()
        offsets, values = b"", b""
        options = {0: struct.pack(">BBHH", 15, 0, 2000, 0), 1: b"\x01", 2: b"\x00", 4: b"\x00"}
        for option, value in options.items():
            offsets += struct.pack(">BHH", option, 5 * len(options) + 1 + len(values), len(value))
            values += value
        self._send(offsets + b"\xff" + values)
        while not self.is_encrypted:
            try:
                self.tls.do_handshake()
                ended = True
            except ssl.SSLWantReadError:
                ended = False
            if self.outgoing.pending:
                self._send(self.outgoing.read(), PRELOGIN)
            if ended:
                self.is_encrypted = True
            else:
                self.incoming.write(self._receive()[1])
        kind, login = self._receive()
        assert kind == LOGIN
        asked = struct.unpack("<I", login[8:12])[0]
        self.server.packet_sizes.append(asked)
        name = "Microsoft SQL Server"
        version = bytes.fromhex("0174000004") + _short(name) + bytes([15, 0, 7, 208])
        acknowledged = b"\xad" + struct.pack("<H", len(version)) + version
        collation = _changed(7, bytes.fromhex("050904d0003400"))
        size = _changed(4, _short(str(asked)) + _short("4096"))
        database = _changed(1, _short("cache") + _short("master"))
        self._send(database + collation + acknowledged + size + done())
        self.packet_size = asked

    def _answer(self, kind: int, message: bytes) -> None:
        body = message[struct.unpack("<I", message[:4])[0] :]
        if kind == BATCH:
            sql = body.decode("utf-16le")
            self.server.log.append(sql)
            self._send(self.server.answer(sql))
        elif kind == TRANSACTION:
            request = struct.unpack("<H", body[:2])[0]
            number = b"\x08" + struct.pack("<Q", 1)
            if request == BEGIN:
                self._send(_changed(8, number + b"\x00") + done())
            else:
                self.server.log.append({COMMIT: "commit", ROLLBACK: "rollback"}[request])
                self._send(_changed(9 if request == COMMIT else 10, b"\x00" + number) + done())
        else:
            raise AssertionError(f"this server does not know messages of the type {kind}")

    def _receive(self) -> tuple[int, bytes]:
        """Return the type and contents of a message, which may be of several packets."""
        contents = b""
        while True:
            kind, status, length = struct.unpack(">BBH", self._read(8)[:4])
            contents += self._read(length - 8)
            if status & 1:
                return kind, contents

    def _send(self, contents: bytes, kind: int = REPLY) -> None:
        assert len(contents) + 8 <= self.packet_size
        packet = struct.pack(">BBHHBB", kind, 1, len(contents) + 8, 0, 1, 0) + contents
        if self.is_encrypted:
            self.tls.write(packet)
            packet = self.outgoing.read()
        self.client.sendall(packet)

    def _read(self, length: int) -> bytes:
        found = b""
        while len(found) < length:
            try:
                missing = length - len(found)
                part = self.tls.read(missing) if self.is_encrypted else self.client.recv(missing)
            except ssl.SSLWantReadError:
                part = self.client.recv(65536)
                self.incoming.write(part)
                if part:
                    continue
            if not part:
                raise EOFError
            found += part
        return found


def _short(text: str) -> bytes:
    return bytes([len(text)]) + text.encode("utf-16le")


def _changed(what: int, values: bytes) -> bytes:
    body = bytes([what]) + values
    return b"\xe3" + struct.pack("<H", len(body)) + body


def _certificate(folder: Path) -> Path:
    """Write a new key and its certificate into one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file
