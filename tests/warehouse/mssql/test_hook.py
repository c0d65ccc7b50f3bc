"""How an Airflow connection becomes a connection string of Microsoft's driver."""

from __future__ import annotations

import json
import os
import re
import tempfile
from functools import partial
from types import MappingProxyType
from unittest.mock import MagicMock

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="data_sync_airflow_"))

import pytest
from airflow.providers.common.sql.hooks.handlers import fetch_all_handler
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.sdk import Connection
from mssql_python import DatabaseError
from mssql_python.connection_string_parser import _ConnectionStringParser
from tests.databases.lab import quoted
from tests.warehouse.mssql.tds_server import TdsServer, failed, inserted, selected

from data_sync.errors import ConfigurationError
from data_sync.warehouse.mssql.hook import MssqlPythonHook, _connection_class

AWKWARD = r"""a;b}c{d'e"f=g h{}};PWD=x\%&ä"""


def hook(**changes) -> MssqlPythonHook:
    values = {"conn_id": "wh", "conn_type": "mssql", "host": "sql1", "schema": "cache", "login": "loader",
              "password": "s3cret"}  # fmt: skip
    values |= changes
    if "extra" in values:
        values["extra"] = json.dumps(values["extra"])
    return MssqlPythonHook.of(Connection(**values))


def understood(found: MssqlPythonHook) -> dict[str, str]:
    """The connection string as the driver itself reads it, which refuses keywords that it does not know."""
    return _ConnectionStringParser(validate_keywords=True)._parse(found.connection_string)


def test_a_connection_is_built_from_airflows():
    found = understood(hook(port=14330))
    assert found["server"] == "sql1,14330"
    assert (found["database"], found["uid"], found["pwd"]) == ("cache", "loader", "s3cret")


def test_traffic_is_encrypted_and_the_certificate_checked():
    found = understood(hook())
    assert (found["encrypt"], found["trustservercertificate"]) == ("yes", "no")


@pytest.mark.parametrize("value", ["no", "No", "false", False, 0, "0"])
def test_the_connection_may_say_otherwise(value):
    assert understood(hook(extra={"Encrypt": value}))["encrypt"].lower() == "no"


@pytest.mark.parametrize("spelling", ["TrustServerCertificate", "trustservercertificate"])
def test_a_certificate_can_be_trusted_unseen(spelling):
    assert understood(hook(extra={spelling: True}))["trustservercertificate"] == "yes"


def test_strict_encryption_can_be_asked_for():
    extra = {"Encrypt": "strict", "HostNameInCertificate": "sql1.corp", "ServerCertificate": "/etc/ca.pem"}
    found = understood(hook(extra=extra))
    assert (found["encrypt"], found["hostnameincertificate"], found["servercertificate"]) == (
        "strict", "sql1.corp", "/etc/ca.pem",
    )  # fmt: skip


@pytest.mark.parametrize("encrypt", ["yes", "no", "strict"])
def test_a_packet_size_is_always_sent(encrypt):
    """The driver's own is so small that its bulk copy has failed."""
    assert understood(hook(extra={"Encrypt": encrypt}))["packetsize"] == "8000"


@pytest.mark.parametrize("encrypt", ["yes", "strict", "mandatory", True])
def test_an_encrypted_packet_fits_into_a_tls_record(encrypt):
    assert understood(hook(extra={"Packet Size": 16355, "Encrypt": encrypt}))["packetsize"] == "16355"
    with pytest.raises(ConfigurationError, match=r"'wh'.*PacketSize is 16356.*16355 bytes; write 8000"):
        _ = hook(extra={"PacketSize": 16356, "Encrypt": encrypt}).connection_string


@pytest.mark.parametrize("encrypt", ["no", "No", "optional", "Optional", False])
def test_a_packet_in_the_clear_may_be_as_large_as_the_protocol_allows(encrypt):
    extra = {"PacketSize": "32767", "Encrypt": encrypt}
    assert understood(hook(extra=extra))["packetsize"] == "32767"


@pytest.mark.parametrize("size", ["", 0, 511, 32768, "8k", -8000, 8000.5, None])
def test_a_packet_size_is_a_number_that_the_protocol_knows(size):
    extra = {"PacketSize": size, "Encrypt": "no"}
    with pytest.raises(
        ConfigurationError, match=f"PacketSize is '{size}'; write a number of bytes such as 8000"
    ):
        _ = hook(extra=extra).connection_string


@pytest.mark.parametrize("part", ["login", "password", "schema"])
def test_any_text_survives(part):
    name = {"login": "uid", "password": "pwd", "schema": "database"}[part]
    assert understood(hook(**{part: AWKWARD}))[name] == AWKWARD


def test_a_value_cannot_smuggle_in_a_keyword():
    assert understood(hook(schema="x;Encrypt=no"))["encrypt"] == "yes"


def test_a_named_instance_is_left_to_the_servers_browser():
    assert understood(hook(host=r"sql1\erp"))["server"] == r"sql1\erp"


def test_a_port_beats_the_instances_name():
    assert understood(hook(host=r"sql1\erp", port=1444))["server"] == "sql1,1444"


def test_a_service_principal_of_entra_id():
    found = understood(
        hook(
            login="app-id", password="app;secret", extra={"Authentication": "ActiveDirectoryServicePrincipal"}
        )
    )
    assert (found["authentication"], found["uid"], found["pwd"]) == (
        "ActiveDirectoryServicePrincipal", "app-id", "app;secret",
    )  # fmt: skip


@pytest.mark.parametrize("client", [None, "00000000-0000-0000-0000-000000000001"])
def test_a_managed_identity_of_entra_id(client):
    found = understood(hook(login=client, password=None, extra={"Authentication": "ActiveDirectoryMSI"}))
    assert found["authentication"] == "ActiveDirectoryMSI"
    assert found.get("uid") == client
    assert "pwd" not in found


def test_kerberos_needs_no_login():
    found = understood(hook(login=None, password=None, extra={"Trusted_Connection": True}))
    assert found["trusted_connection"] == "yes"
    with pytest.raises(ConfigurationError, match=r"'wh'.*both a login and Trusted_Connection"):
        _ = hook(extra={"Trusted_Connection": "yes"}).connection_string


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"host": None}, "'wh': names no host"),
        ({"schema": None}, "'wh': names no database"),
        ({"extra": {"Encript": "no"}}, "'encript'.*it takes .*Encrypt"),
        ({"extra": {"driver": "ODBC Driver 18"}}, "'driver'"),
        ({"password": "a\nb"}, "its PWD has a control character"),
    ],
)
def test_what_cannot_work_is_named(changes, message):
    with pytest.raises(ConfigurationError, match=message):
        _ = hook(**changes).connection_string


@pytest.mark.parametrize("value", ["soon", 0, -1, None])
def test_a_login_timeout_is_a_number_of_seconds(value):
    assert hook().login_timeout == 30
    assert hook(extra={"login_timeout": "5"}).login_timeout == 5
    with pytest.raises(ConfigurationError, match="login_timeout"):
        _ = hook(extra={"login_timeout": value}).login_timeout


def test_errors_do_not_hold_the_password():
    assert hook().without_secrets("login with s3cret failed") == "login with *** failed"
    with pytest.raises(ConfigurationError) as caught:
        _ = hook(extra={"bad": 1}).connection_string
    assert "s3cret" not in str(caught.value)


def test_the_server_sees_our_name():
    class Unconnected(_connection_class()):
        def __init__(self) -> None:
            pass

    text, _ = Unconnected()._construct_connection_string(hook(password=AWKWARD).connection_string)
    parts = _ConnectionStringParser(validate_keywords=False)._parse(text)
    assert parts["app"] == "DataSync"
    assert (parts["pwd"], parts["driver"]) == (AWKWARD, "ODBC Driver 18 for SQL Server")


class Query(SQLExecuteQueryOperator):
    """The operator as the docs say to use it: with our hook."""

    def get_db_hook(self) -> MssqlPythonHook:
        return MssqlPythonHook(self.conn_id)


INSERT, SEVEN, EIGHT, REPEAT = (
    "INSERT INTO t VALUES (1)",
    "SELECT 7 AS a",
    "SELECT 8 AS a",
    "INSERT INTO t VALUES (2)",
)


@pytest.fixture
def server(tmp_path):
    """Speaks TDS over TLS with the driver, and answers each statement of a batch."""
    answers = {
        INSERT: inserted,
        SEVEN: partial(selected, 7),
        EIGHT: partial(selected, 8),
        REPEAT: lambda more: failed(2627, "a repeated key"),
    }

    def answer(batch: str) -> bytes:
        statements = batch.split("; ")
        last = len(statements) - 1
        return b"".join(
            answers.get(name, inserted)(more=number < last) for number, name in enumerate(statements)
        )

    found = TdsServer(tmp_path, answer)
    yield found
    found.close()


def hook_at(server: TdsServer, **extra) -> MssqlPythonHook:
    return hook(host="127.0.0.1", port=server.port, extra={"TrustServerCertificate": "yes", **extra})


LONG = f"SELECT N'{'x' * 50_000}'"


@pytest.mark.parametrize("extra", [{}, {"PacketSize": 16355}])
def test_a_long_statement_is_sent_whole_over_tls(server, extra):
    hook_at(server, **extra).run(LONG)
    assert server.packet_sizes == [extra.get("PacketSize", 8000)]
    assert server.log == [LONG, "commit"]


def test_the_driver_cannot_encrypt_the_packets_that_are_refused(server, monkeypatch):
    """Drop the limit when this fails: the driver has learned to."""
    monkeypatch.setattr(MssqlPythonHook, "_check_packet_size", lambda *_: None)
    found = hook_at(server, PacketSize=32767)
    found.run(INSERT)
    with pytest.raises(DatabaseError):
        found.run(LONG)
    assert server.log == [INSERT, "commit"]


def test_rows_are_plain_tuples(server):
    records, first = hook_at(server).get_records(SEVEN), hook_at(server).get_first(EIGHT)
    assert (records, first) == ([(7,)], (8,))
    assert {type(row) for row in [*records, first]} == {tuple}


def test_a_batch_returns_its_first_rows(server):
    found = hook_at(server)
    assert found.get_records(f"{INSERT}; {SEVEN}; {INSERT}; {EIGHT}") == [(7,)]
    assert [column[0] for column in found.last_description] == ["a"]
    assert found.get_records(f"{INSERT}; {INSERT}") is None


@pytest.mark.parametrize("handler", [None, fetch_all_handler])
@pytest.mark.parametrize("batch", [REPEAT, f"{INSERT}; {REPEAT}", f"{INSERT}; {SEVEN}; {REPEAT}"])
def test_an_error_anywhere_in_a_batch_is_raised_and_nothing_committed(server, batch, handler):
    with pytest.raises(DatabaseError, match="a repeated key"):
        hook_at(server).run(batch, handler=handler)
    assert server.log == [batch, "rollback"]


def test_each_of_several_statements_has_its_result(server):
    found = hook_at(server)
    assert found.run([SEVEN, EIGHT], handler=fetch_all_handler) == [[(7,)], [(8,)]]
    assert len(found.descriptions) == 2
    assert found.run(SEVEN) is None
    assert found.descriptions == []


def test_autocommit_is_the_drivers_property(server):
    found = hook_at(server)
    found.run(INSERT, autocommit=True)
    assert server.log[-1] == INSERT
    connection = found.get_conn()
    assert found.get_autocommit(connection) is False
    found.set_autocommit(connection, True)
    assert found.get_autocommit(connection) is True
    connection.close()


def test_airflows_operator_works_through_the_hook(server, monkeypatch):
    uri = f"mssql://u:secret@127.0.0.1:{server.port}/cache?TrustServerCertificate=yes"
    monkeypatch.setenv("AIRFLOW_CONN_WH", uri)
    assert Query(task_id="query", conn_id="wh", sql=f"{INSERT}; {SEVEN}").execute({}) == [(7,)]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ([1, 2], (1, 2)),
        (iter([1, 2]), (1, 2)),
        ({"a": 1}, {"a": 1}),
        (MappingProxyType({"a": 1}), {"a": 1}),
    ],
)
def test_parameters_reach_the_driver_as_types_that_it_knows(monkeypatch, given, sent):
    connection = MagicMock()
    cursor = connection.cursor.return_value
    cursor.nextset.return_value = False
    found = hook()
    monkeypatch.setattr(found, "get_conn", lambda: connection)
    found.run("SELECT 1", parameters=given)
    cursor.execute.assert_called_once_with("SELECT 1", sent)


def test_generated_statements_have_the_drivers_placeholders():
    assert hook().dialect.generate_insert_sql("t", (1, 2), ("a", "b")).endswith("VALUES (?,?)")


live = pytest.mark.parametrize("lab", [pytest.param("mssql", marks=pytest.mark.mssql)], indirect=True)


@live
def test_a_long_statement_passes_over_tls_with_the_defaults(lab):
    given = lab.warehouse.hook.connection
    extra = {
        name: value
        for name, value in given.extra_dejson.items()
        if name.lower().replace(" ", "") not in {"encrypt", "packetsize", "trustservercertificate"}
    }
    over_tls = hook(
        host=given.host, port=given.port, schema=given.schema, login=given.login, password=given.password,
        extra={**extra, "TrustServerCertificate": "yes"},
    )  # fmt: skip
    assert understood(over_tls)["encrypt"] == "yes"
    try:
        over_tls.get_conn().close()
    except DatabaseError as error:
        if not re.search("ssl|tls|encrypt", str(error), re.IGNORECASE):
            raise
        pytest.skip(f"the endpoint has no TLS: {error}")
    text = "x" * 20_000
    statement = f"SELECT N'{text}' AS a, N'{text}' AS b"
    assert len(statement) > 40_000
    assert over_tls.get_first(statement) == (text, text)


@live
def test_a_server_is_read_and_written_through_the_hook(lab):
    found = lab.warehouse.hook
    target = lab.table({"Id": "bigint", "Value": "text10"})
    name = quoted(target.table)
    found.run(f"INSERT INTO {name} VALUES (?, ?)", parameters=[1, "ä"])
    found.run(f"INSERT INTO {name} VALUES (%(id)s, %(value)s)", parameters={"id": 2, "value": None})
    found.insert_rows(name, [(3, "c"), (4, "d")], target_fields=["Id", "Value"])
    query = f'SELECT * FROM {name} WHERE "Id" >= ? ORDER BY "Id"'
    assert found.get_records(query, parameters=(2,)) == [(2, None), (3, "c"), (4, "d")]
    assert found.get_first(query, parameters=(1,)) == (1, "ä")
    assert found.get_first(query, parameters=(5,)) is None
    assert found.get_df(query, parameters=(3,)).values.tolist() == [[3, "c"], [4, "d"]]
    assert found.test_connection() == (True, "Connection successfully tested")


@live
def test_a_batch_is_done_whole_or_not_at_all(lab):
    found = lab.warehouse.hook
    name = quoted(lab.table({"Id": "bigint"}).table)
    found.run(f"INSERT INTO {name} VALUES (1); INSERT INTO {name} VALUES (2); INSERT INTO {name} VALUES (3)")
    with pytest.raises(DatabaseError):
        found.run(f"INSERT INTO {name} VALUES (4); INSERT INTO {name} VALUES (1)")
    assert found.get_records(f"SELECT 0; SELECT * FROM {name} ORDER BY 1") == [(0,)]
    count = f"SELECT COUNT(*) FROM {name}"
    assert found.get_first(count) == (3,)
    found.run(f"INSERT INTO {name} VALUES (5)", autocommit=True)
    assert found.get_first(count) == (4,)


@live
def test_airflows_operator_reads_a_server(lab):
    operator = Query(task_id="query", conn_id=lab.options.connection, sql="SELECT %(n)s", parameters={"n": 7})
    assert operator.execute({}) == [(7,)]
