"""A whole Airflow on this machine: scheduler, DAG processor and API server with the LocalExecutor.

Its metadata lives in the embedded PostgreSQL and everything else under one state folder. The demo runs on
it, and so do the tests that need a real scheduler.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import httpx
import psutil

from demo.airflow_api import AirflowApi
from demo.embedded_postgres import HOST, EmbeddedPostgres, free_port, port_in_use

ROOT = Path(__file__).resolve().parents[2]
COMPONENTS = ("api-server", "scheduler", "dag-processor")
ADMIN = "admin"

_START_TIMEOUT = 180
_STOP_TIMEOUT = 20


class AirflowStack:
    """Starts and stops Airflow's processes.

    :param state: folder for everything that is kept; created when missing
    :param environment: more environment variables, which win over the stack's own
    """

    def __init__(self, state: Path, environment: Mapping[str, str] | None = None) -> None:
        self.state = state.resolve()
        self.home = self.state / "airflow"
        self.postgres = EmbeddedPostgres(self.state / "postgres")
        self._more = dict(environment or {})
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._secrets = self._load_secrets()

    @property
    def url(self) -> str:
        """Where the UI and the API answer."""
        return f"http://{HOST}:{self._secrets['port']}"

    @property
    def password(self) -> str:
        """The password of the user ``admin``."""
        return str(self._secrets["password"])

    @property
    def api(self) -> AirflowApi:
        """A client that is logged in as ``admin``."""
        return AirflowApi(self.url, ADMIN, self.password)

    def environment(self) -> dict[str, str]:
        """Return the environment that all Airflow commands of this stack run in."""
        passwords = self.home / "passwords.json"
        metadata = self.postgres.uri("airflow").replace("postgresql://", "postgresql+psycopg2://", 1)
        own = {
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__FERNET_KEY": str(self._secrets["fernet"]),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{ADMIN}:admin",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
            "AIRFLOW__API__HOST": HOST,
            "AIRFLOW__API__PORT": str(self._secrets["port"]),
            "AIRFLOW__API__BASE_URL": self.url,
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API__SECRET_KEY": str(self._secrets["secret"]),
            "AIRFLOW__API_AUTH__JWT_SECRET": str(self._secrets["jwt"]),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata,
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
            "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "10",
            "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "2",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            "AIRFLOW__PROVIDERS_ODBC__ALLOW_DRIVER_IN_EXTRA": "True",
            "PYTHONPATH": f"{ROOT / 'plugins'}:{ROOT / 'include'}",
            "AIRFLOW_CONN_WAREHOUSE": self._warehouse(),
            "AIRFLOW_CONN_JDE": self._odbc("jde"),
            "AIRFLOW_CONN_CMS": self._odbc("cms"),
        }
        return {**os.environ, **own, **self._more}

    def start(self, say: Callable[[str], None] = lambda text: None) -> AirflowStack:
        """Start the database and Airflow, and wait until it answers.

        :param say: told of each step
        :raises RuntimeError: a component did not come up; the message names its log
        """
        self.end_leftovers()
        say("starting the embedded PostgreSQL")
        self.postgres.start()
        for database in ("airflow", "warehouse"):
            self.postgres.create_database(database)
        self.home.mkdir(parents=True, exist_ok=True)
        passwords = self.home / "passwords.json"
        passwords.touch(mode=0o600)
        passwords.write_text(json.dumps({ADMIN: self.password}))
        say("preparing Airflow's database")
        self.run("airflow", "db", "migrate")
        self.run(sys.executable, "-m", "data_sync", "apply-settings")
        say(f"starting {', '.join(COMPONENTS)}")
        for component in COMPONENTS:
            self.start_component(component)
        self._wait_until_healthy()
        return self

    def start_component(self, component: str) -> None:
        """Start one of :data:`COMPONENTS` in a process group of its own; its output goes to a file."""
        with self._log(component).open("ab") as log:
            process = subprocess.Popen(  # noqa: S603
                [self._program("airflow"), component],
                env=self.environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=self.home,
            )
        self._processes[component] = process
        pids = {name: running.pid for name, running in self._processes.items()}
        (self.home / "pids.json").write_text(json.dumps(pids))

    def stop(self) -> None:
        """Stop Airflow; the database goes on."""
        end_groups([process.pid for process in self._processes.values()])
        self._processes.clear()
        (self.home / "pids.json").unlink(missing_ok=True)

    def run(self, program: str, *arguments: str) -> str:
        """Run a command in the stack's environment and return what it printed.

        :raises RuntimeError: it failed; the message holds the end of its output
        """
        result = subprocess.run(  # noqa: S603
            [self._program(program), *arguments],
            env=self.environment(),
            capture_output=True,
            text=True,
            cwd=self.home,
            check=False,
        )
        if result.returncode:
            output = (result.stdout + result.stderr)[-3000:]
            raise RuntimeError(f"{program} {' '.join(arguments)} failed:\n{output}")
        return result.stdout

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + _START_TIMEOUT
        while True:
            for component, process in self._processes.items():
                if process.poll() is not None:
                    raise RuntimeError(f"{component} ended at once; see {self._log(component)}")
            try:
                health = httpx.get(f"{self.url}/api/v2/monitor/health", timeout=5).json()
                if all(
                    health[part]["status"] == "healthy"
                    for part in ("metadatabase", "scheduler", "dag_processor")
                ):
                    return
            except (httpx.HTTPError, ValueError, KeyError):
                pass
            if time.monotonic() > deadline:
                raise RuntimeError(f"Airflow did not become healthy; see the logs in {self.home}")
            time.sleep(0.5)

    def end_leftovers(self) -> None:
        """End components of an earlier start that was killed."""
        try:
            pids = json.loads((self.home / "pids.json").read_text())
        except (OSError, ValueError):
            return
        end_groups(pid for pid in pids.values() if self._is_ours(pid))

    def _is_ours(self, pid: int) -> bool:
        with suppress(psutil.Error):
            return bool(psutil.Process(pid).environ().get("AIRFLOW_HOME") == str(self.home))
        return False

    def _log(self, component: str) -> Path:
        return self.home / f"{component}.log"

    def _program(self, name: str) -> str:
        beside = Path(sys.executable).parent / name
        return str(beside) if beside.exists() else name

    def _warehouse(self) -> str:
        return json.dumps(
            {
                "conn_type": "postgres",
                "host": HOST,
                "port": self.postgres.port,
                "schema": "warehouse",
                "login": self.postgres.user,
                "password": self.postgres.password,
            }
        )

    def _odbc(self, database: str) -> str:
        return json.dumps(
            {
                "conn_type": "odbc",
                "host": HOST,
                "port": self.postgres.port,
                "schema": database,
                "login": self.postgres.user,
                "password": self.postgres.password,
                "extra": {"driver": odbc_driver(), "connect_kwargs": {}},
            }
        )

    def _load_secrets(self) -> dict[str, str | int]:
        """Return the stack's secrets and port, made up once and kept in a file only we read."""
        file = self.state / "airflow-secrets.json"
        if file.exists():
            kept: dict[str, str | int] = json.loads(file.read_text())
            if not port_in_use(int(kept["port"])) or (self.home / "pids.json").exists():
                return kept
            kept["port"] = free_port()
        else:
            self.state.mkdir(parents=True, exist_ok=True)
            kept = {
                "port": free_port(),
                "password": secrets.token_urlsafe(12),
                "secret": secrets.token_urlsafe(32),
                "jwt": secrets.token_urlsafe(48),
                "fernet": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            }
        file.touch(mode=0o600)
        file.write_text(json.dumps(kept))
        return kept


def odbc_driver() -> str:
    """Return the name of the installed PostgreSQL ODBC driver.

    :raises RuntimeError: there is none
    """
    import pyodbc

    names: list[str] = [
        name for name in pyodbc.drivers() if name.startswith("PostgreSQL") or "psqlodbc" in name.lower()
    ]
    if not names:
        raise RuntimeError(
            "no ODBC driver for PostgreSQL is installed; install the packages in packages.txt "
            "(Debian: apt-get install unixodbc odbc-postgresql; macOS: brew install unixodbc psqlodbc)"
        )
    return next((name for name in names if "Unicode" in name), names[0])


def end_groups(pids: Iterable[int]) -> None:
    """End processes and all that they started, side by side: politely first, then by force."""
    members = []
    for pid in pids:
        with suppress(psutil.Error):
            parent = psutil.Process(pid)
            members += [*parent.children(recursive=True), parent]
    for step in (signal.SIGTERM, signal.SIGKILL):
        for member in members:
            with suppress(psutil.Error):
                member.send_signal(step)
        _, members = psutil.wait_procs(members, timeout=_STOP_TIMEOUT)
        if not members:
            return
