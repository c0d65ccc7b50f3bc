"""How connections to PostgreSQL are made, and what becomes of its errors."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from psycopg.conninfo import conninfo_to_dict

from data_sync.errors import LockTimeout, PermanentError, TransientError, ValueRejected, WarehouseUnavailable
from data_sync.settings.models import WarehouseOptions
from data_sync.warehouse.postgres.errors import to_data_sync_error
from data_sync.warehouse.postgres.session import conninfo

OPTIONS = WarehouseOptions(statement_timeout=timedelta(hours=2), lock_timeout=timedelta(minutes=5))


def connected(host="db.example.com", **extra):
    connection = SimpleNamespace(
        host=host, port=5433, schema="cache", login="loader", password=r"a b'c\d;}", extra_dejson=extra
    )
    return conninfo_to_dict(conninfo(connection, OPTIONS))


def test_a_connection_is_built_from_airflows():
    found = connected()
    assert (found["host"], found["port"], found["dbname"], found["user"]) == (
        "db.example.com", "5433", "cache", "loader",
    )  # fmt: skip


def test_any_password_survives():
    assert connected()["password"] == r"a b'c\d;}"


@pytest.mark.parametrize(
    ("host", "mode"),
    [("db.example.com", "require"), ("10.0.0.5", "require"), ("localhost", "prefer"), ("127.0.0.1", "prefer"),
     ("::1", "prefer"), ("/var/run/postgresql", "prefer"), (None, "prefer"), ("", "prefer")],
)  # fmt: skip
def test_remote_servers_are_asked_for_tls(host, mode):
    assert connected(host)["sslmode"] == mode


def test_the_connections_extra_decides_over_tls():
    found = connected(sslmode="verify-full", sslrootcert="/etc/ca.pem")
    assert (found["sslmode"], found["sslrootcert"]) == ("verify-full", "/etc/ca.pem")


def test_extras_that_libpq_does_not_know_are_left_out():
    assert "cursor" not in connected(cursor="dictcursor", log_sql=True)


def test_sessions_have_limits_and_notice_a_dead_client():
    options = connected()["options"]
    assert "-c statement_timeout=7200000 " in options
    assert "-c lock_timeout=300000 " in options
    assert "-c client_connection_check_interval=5000 " in options
    assert "-c timezone=UTC" in options


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("08006", WarehouseUnavailable), ("57P01", WarehouseUnavailable), ("57P03", WarehouseUnavailable),
        ("40001", TransientError), ("40P01", TransientError), ("53100", TransientError),
        ("53300", TransientError), ("57014", TransientError), ("25P03", TransientError),
        ("58030", TransientError), ("55P03", LockTimeout),
        ("22001", ValueRejected), ("22003", ValueRejected),
        ("23505", PermanentError), ("23502", PermanentError), ("42501", PermanentError),
        ("42P01", PermanentError), ("21000", PermanentError), (None, PermanentError),
    ],
)  # fmt: skip
def test_errors_are_sorted_by_what_a_retry_would_do(code, kind):
    assert type(to_data_sync_error(code, "text")) is kind


def test_a_lost_connection_is_worth_a_retry_without_any_code():
    assert isinstance(to_data_sync_error(None, "gone", connection_lost=True), WarehouseUnavailable)


def test_the_servers_message_is_kept():
    assert "PostgreSQL 23505: duplicate key" in str(to_data_sync_error("23505", "duplicate key"))
