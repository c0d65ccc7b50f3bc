"""The ODBC hook writes connection strings in which no value can become a keyword."""

from __future__ import annotations

import json
from typing import Any

import pytest

from data_sync.errors import ConfigurationError


def string(monkeypatch: pytest.MonkeyPatch, allowed: str = "True", **connection: Any) -> str:
    monkeypatch.setenv("AIRFLOW_CONN_HOOK_TEST", json.dumps({"conn_type": "odbc", **connection}))
    monkeypatch.setenv("AIRFLOW__PROVIDERS_ODBC__ALLOW_DRIVER_IN_EXTRA", allowed)
    from data_sync.fetchers.odbc.hook import OdbcSourceHook

    return OdbcSourceHook(odbc_conn_id="hook_test").odbc_connection_string


def test_the_connections_parts_become_keywords(monkeypatch: pytest.MonkeyPatch) -> None:
    found = string(
        monkeypatch, host="erp", port=1521, schema="jde", login="reader", password="pw",
        extra={"driver": "Oracle", "DBQ": "erp:1521/jde", "connect_kwargs": {}},
    )  # fmt: skip
    assert found == "DRIVER={Oracle};SERVER=erp;PORT=1521;DATABASE=jde;UID=reader;PWD=pw;DBQ=erp:1521/jde;"


@pytest.mark.parametrize(
    ("password", "written"),
    [
        ("a;b", "{a;b}"), ("a}b", "{a}}b}"), ("a=b", "a=b"), ("=b", "{=b}"), ("{a", "{{a}"), (" a", "{ a}"),
        ("x;SERVER=evil", "{x;SERVER=evil}"),
        ("}};SERVER=evil", "{}}}};SERVER=evil}"), ("plain-1", "plain-1"),
    ],
)  # fmt: skip
def test_special_characters_are_escaped(monkeypatch: pytest.MonkeyPatch, password: str, written: str) -> None:
    assert string(monkeypatch, password=password, extra={"dsn": "erp"}) == f"DSN=erp;PWD={written};"


def test_a_driver_counts_only_where_airflow_allows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="allow_driver_in_extra is not set"):
        string(monkeypatch, allowed="False", extra={"driver": "Oracle"})
    assert string(monkeypatch, allowed="False", extra={"driver": "Oracle", "dsn": "erp"}) == "DSN=erp;"


def test_neither_driver_nor_dsn_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="names neither driver nor dsn"):
        string(monkeypatch, host="erp")


@pytest.mark.parametrize("extra", [{"dsn": "erp", "A;B": "1"}, {"dsn": "erp", "A": "1\n2"}, {"dsn": "e\x00"}])
def test_what_no_connection_string_can_hold_is_refused(
    monkeypatch: pytest.MonkeyPatch, extra: dict[str, str]
) -> None:
    with pytest.raises(ConfigurationError, match="cannot stand in an ODBC connection"):
        string(monkeypatch, extra=extra)


def test_postgresql_is_read_through_a_cursor_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "UseDeclareFetch=1;" in string(monkeypatch, extra={"driver": "PostgreSQL Unicode"})
    told = string(monkeypatch, extra={"driver": "PostgreSQL Unicode", "usedeclarefetch": "0"})
    assert "usedeclarefetch=0;" in told
    assert "UseDeclareFetch" not in told
