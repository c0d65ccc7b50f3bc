"""The embedded PostgreSQL: kept, found again, and closed to those without its password."""

from __future__ import annotations

import os
import pwd
import signal
import socket
import stat
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from demo.embedded_postgres import HOST, EmbeddedPostgres, add_mode, free_port, open_to_others

pytestmark = pytest.mark.integration
INCLUDE = Path(__file__).parents[2] / "include"


@pytest.fixture(scope="module")
def server(session_folder: Path) -> Iterator[EmbeddedPostgres]:
    deep = session_folder / "a folder" / ("deep " * 20) / ("deeper" * 10)
    started = EmbeddedPostgres(deep).start()
    yield started
    started.stop()


def pid_of(server: EmbeddedPostgres) -> int:
    return int((server.data / "postmaster.pid").read_text().split("\n", 1)[0])


def rows(server: EmbeddedPostgres, statement: str, database: str = "postgres") -> list[tuple]:
    with psycopg.connect(server.uri(database)) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def kill(server: EmbeddedPostgres) -> None:
    """End the server as a power cut would, so that its pid file stays."""
    postmaster = psutil.Process(pid_of(server))
    family = [postmaster, *postmaster.children()]
    for process in family:
        process.kill()
    psutil.wait_procs(family, timeout=10)


def test_it_answers_from_a_folder_deeper_than_a_socket_path_may_be(server):
    assert len(str(server.data)) > 107
    assert rows(server, "SELECT current_setting('server_version_num')::int / 10000") == [(18,)]


def test_it_keeps_what_it_promised_to_disk(server):
    found = rows(
        server, "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit')"
    )
    assert dict(found) == {"fsync": "on", "synchronous_commit": "on"}


def test_it_listens_on_this_machine_only_and_takes_200_connections(server):
    settings = rows(
        server,
        "SELECT current_setting('listen_addresses'), current_setting('unix_socket_directories'), "
        "current_setting('max_connections')",
    )
    assert settings == [(HOST, "", "200")]


@pytest.mark.parametrize("password", ["", "postgres"])
def test_it_refuses_a_wrong_password(server, password):
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host=HOST, port=server.port, user=server.user, password=password, dbname="postgres")


def test_its_password_is_stored_as_scram_and_readable_by_its_owner_only(server):
    assert rows(server, "SELECT rolpassword LIKE 'SCRAM-SHA-256$%' FROM pg_authid WHERE rolcanlogin") == [
        (True,)
    ]
    assert stat.S_IMODE((server.folder / "password").stat().st_mode) == 0o600
    assert not [file for file in server.folder.iterdir() if file.name.startswith(("password-", "new-"))]


def test_the_password_is_in_no_command_line_and_in_no_log(server):
    postmaster = psutil.Process(pid_of(server))
    assert server.password not in " ".join(postmaster.cmdline() + list(postmaster.environ().values()))
    assert server.password not in server.log.read_text()


def test_creating_a_database_twice_keeps_it(server):
    server.create_database('odd "name"')
    rows(server, "CREATE TABLE kept AS SELECT 1 AS n", 'odd "name"')
    server.create_database('odd "name"')
    assert rows(server, "SELECT n FROM kept", 'odd "name"') == [(1,)]


def test_text_sorts_by_code_point_on_every_machine(server):
    assert rows(server, "SELECT * FROM (VALUES ('b'), ('B'), ('ä'), ('a')) AS v (t) ORDER BY t") == [
        ("B",), ("a",), ("b",), ("ä",),
    ]  # fmt: skip


def test_a_running_server_is_found_again(server):
    before = pid_of(server)
    again = EmbeddedPostgres(server.folder).start()
    assert (pid_of(again), again.uri()) == (before, server.uri())


def test_it_outlives_the_process_that_started_it(folder):
    server = EmbeddedPostgres(folder)
    code = (
        "import os, pathlib, signal, sys; from demo.embedded_postgres import EmbeddedPostgres; "
        "EmbeddedPostgres(pathlib.Path(sys.argv[1])).start(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    environment = {**os.environ, "PYTHONPATH": str(INCLUDE)}
    ended = subprocess.run([sys.executable, "-c", code, str(folder)], env=environment, check=False)
    try:
        assert ended.returncode == -signal.SIGKILL
        before = pid_of(server)
        assert pid_of(server.start()) == before
        assert rows(server, "SELECT 1") == [(1,)]
    finally:
        server.stop()


def test_a_killed_server_starts_again_with_its_rows_and_its_port(server):
    rows(server, "CREATE TABLE survivor AS SELECT 42 AS n")
    before = server.port
    kill(server)
    assert (server.data / "postmaster.pid").exists()
    server.start()
    assert rows(server, "SELECT n FROM survivor") == [(42,)]
    assert server.port == before


def test_a_pid_file_whose_number_now_belongs_to_another_process_is_stale(server):
    kill(server)
    pid_file = server.data / "postmaster.pid"
    _, rest = pid_file.read_text().split("\n", 1)
    pid_file.write_text(f"{os.getpid()}\n{rest}")
    server.start()
    assert pid_of(server) != os.getpid()
    assert rows(server, "SELECT 1") == [(1,)]


def test_it_moves_to_another_port_when_its_own_was_taken_meanwhile(server):
    before = server.port
    server.stop()
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((HOST, before))
        taken.listen()
        server.start()
    assert server.port != before
    assert rows(server, "SELECT 1") == [(1,)]


def test_stopping_twice_and_stopping_what_never_started_is_no_error(server, tmp_path):
    server.stop()
    server.stop()
    EmbeddedPostgres(tmp_path / "never").stop()
    server.start()
    assert rows(server, "SELECT 1") == [(1,)]


def test_a_server_that_cannot_start_says_why(folder):
    server = EmbeddedPostgres(folder).start()
    server.stop()
    with (server.data / "postgresql.conf").open("a") as settings:
        settings.write("shared_buffers = 'nonsense'\n")
    (server.data / "data_sync.conf").unlink()
    (server.folder / "port").write_text(str(free_port()))
    settings_after_ours = (server.data / "postgresql.conf").read_text()
    assert settings_after_ours.index("include_if_exists") < settings_after_ours.index("nonsense")
    with pytest.raises(RuntimeError, match="shared_buffers"):
        server.start()


def test_folders_on_the_way_to_the_data_are_opened_for_passing_only(tmp_path):
    closed = tmp_path / "closed"
    (closed / "state").mkdir(parents=True)
    programs = tmp_path / "wheel" / "bin"
    programs.mkdir(parents=True)
    (programs / "postgres").touch(mode=0o700)
    (programs.parent / "shared.so").touch(mode=0o600)
    closed.chmod(0o700)
    (closed / "state").chmod(0o750)
    open_to_others(closed / "state" / "data", programs)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o701
    assert stat.S_IMODE((closed / "state").stat().st_mode) == 0o751
    assert stat.S_IMODE((programs / "postgres").stat().st_mode) == 0o705
    assert stat.S_IMODE((programs.parent / "shared.so").stat().st_mode) == 0o604


def test_a_mode_that_is_there_already_is_left_alone(tmp_path):
    file = tmp_path / "file"
    file.touch(mode=0o644)
    before = file.stat().st_ctime_ns
    add_mode(file, stat.S_IROTH)
    assert file.stat().st_ctime_ns == before


def as_nobody(work: Callable[[], None]) -> str:
    """Do something in a child process without root's rights; return what went wrong there."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            nobody = pwd.getpwnam("nobody")
            os.setgroups([])
            os.setgid(nobody.pw_gid)
            os.setuid(nobody.pw_uid)
            work()
        except BaseException:  # noqa: BLE001 - it is told of in the parent
            os.write(write, traceback.format_exc().encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, encoding="utf-8") as told:
        trouble = told.read()
    os.waitpid(child, 0)
    return trouble


@pytest.mark.skipif(os.geteuid() != 0, reason="all other tests run without root's rights here already")
def test_it_runs_without_roots_rights_too(folder):
    folder.chmod(0o777)
    server = EmbeddedPostgres(folder / "state")

    def start_ask_and_stop() -> None:
        server.start()
        try:
            assert psutil.Process(pid_of(server)).uids().real == os.getuid() != 0
            assert rows(server, "SELECT 1") == [(1,)]
        finally:
            server.stop()

    assert as_nobody(start_ask_and_stop) == ""
    with pytest.raises(RuntimeError, match="belongs to another user; name another folder or remove it"):
        server.start()
