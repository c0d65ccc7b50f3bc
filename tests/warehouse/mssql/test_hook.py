"""How an Airflow connection becomes a connection string of Microsoft's driver."""

from __future__ import annotations

import json
import os
import tempfile

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="data_sync_airflow_"))

import pytest
from airflow.sdk import Connection
from mssql_python.connection_string_parser import _ConnectionStringParser

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
