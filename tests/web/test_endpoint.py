"""The health endpoint and the page's data, asked of Airflow's real API server."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import psycopg
import pytest

pytestmark = pytest.mark.integration

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DATA = ("/api/tables", "/api/history?table=WorkOrder")


def synced(web, *tables, ago=10 * MINUTE):
    for table in tables:
        web.logged(table, "Mass", DAY)
        web.logged(table, "Hourly", ago)


def table(answer, name):
    """Return one table of an answer of the health endpoint or of the page's data."""
    return next(row for row in answer.json()["tables"] if name in (row.get("name"), row.get("table_name")))


class TestHealth:
    def test_healthy_while_every_table_is_in_step(self, web):
        synced(web, "WorkOrder", "LotUsage")
        answer = web.fresh("/health", "admin")
        assert (answer.status_code, answer.json()["status"]) == (200, "Healthy")
        assert table(answer, "WorkOrder")["reason"].startswith("On time; Hourly is due in ")
        assert table(answer, "Retired")["cause"] == "disabled"

    def test_degraded_is_still_200(self, web):
        synced(web, "WorkOrder", "LotUsage")
        web.logged("WorkOrder", "Hourly", 5 * MINUTE, succeeded=False)
        answer = web.fresh("/health", "admin")
        assert (answer.status_code, answer.json()["status"]) == (200, "Degraded")
        assert answer.json()["counts"] == {"Healthy": 2, "Degraded": 1, "Unhealthy": 0}

    def test_unhealthy_is_503(self, web):
        synced(web, "WorkOrder")
        synced(web, "LotUsage", ago=5 * HOUR)
        answer = web.fresh("/health", "admin")
        assert (answer.status_code, answer.json()["status"]) == (503, "Unhealthy")
        assert table(answer, "LotUsage")["cause"] == "overdue"
        assert "its DAG is paused" in table(answer, "LotUsage")["reason"]
        assert table(answer, "WorkOrder")["status"] == "Healthy"

    def test_an_update_whose_run_airflow_does_not_know_was_interrupted(self, web):
        synced(web, "WorkOrder", "LotUsage")
        web.logged("WorkOrder", "Hourly", 5 * MINUTE, succeeded=None)
        assert table(web.fresh("/health", "admin"), "WorkOrder")["cause"] == "interrupted"
        shown = table(web.get("/api/tables", "admin"), "WorkOrder")
        assert shown["running"] is None
        assert shown["interrupted"]

    def test_one_from_a_terminal_is_left_to_itself(self, web):
        synced(web, "WorkOrder", "LotUsage")
        web.logged("WorkOrder", "Hourly", 5 * MINUTE, succeeded=None, DagId="terminal")
        assert table(web.fresh("/health", "admin"), "WorkOrder")["running"]["update_type"] == "Hourly"

    def test_head_is_answered_too(self, web):
        synced(web, "WorkOrder", "LotUsage")
        assert web.fresh("/health").status_code == 200
        assert httpx.head(f"{web.url}/data-sync/health").status_code == 200

    def test_a_changed_configuration_is_read_again(self, web):
        file = web.config / "data_sources" / "more.yaml"
        synced(web, "WorkOrder", "LotUsage")
        try:
            file.write_text(
                "data_sources: [{table_name: Another, source_system: JDE, fetcher: sample, keys: [Id], "
                "mass: {interval: 1d}}, {table_name: Wrong}]"
            )
            answer = web.fresh("/health", "admin")
            assert table(answer, "Another")["cause"] == "never_synced"
            assert any("Wrong" in problem for problem in answer.json()["problems"])
        finally:
            file.unlink()


class TestWhoMaySee:
    def test_without_a_login_there_is_nothing_but_the_overall_word(self, web):
        synced(web, "WorkOrder", "LotUsage")
        answer = web.fresh("/health")
        assert answer.json() == {"status": "Healthy"}
        for path in DATA:
            assert web.get(path).status_code == 401

    def test_nor_when_everything_is_broken(self, web):
        answer = web.fresh("/health")
        assert (answer.status_code, answer.json()) == (503, {"status": "Unhealthy"})

    def test_a_user_without_permission_is_refused(self, web):
        for path in ("/", *DATA):
            assert web.get(path, "stranger").status_code == 403
        assert web.get("/health", "stranger").json().keys() == {"status"}

    @pytest.mark.parametrize("user", ["viewer", "admin"])
    def test_a_user_with_it_sees_everything(self, web, user):
        synced(web, "WorkOrder")
        assert web.get("/", user).status_code == 200
        for path in DATA:
            assert web.get(path, user).status_code == 200
        assert len(web.get("/health", user).json()["tables"]) == 3

    def test_a_wrong_token_is_told_so(self, web):
        answer = httpx.get(f"{web.url}/data-sync/health", headers={"Authorization": "Bearer wrong"})
        assert answer.status_code in (401, 403)

    def test_the_page_leads_to_the_login_and_back(self, web):
        answer = web.get("/?dag=sync_WorkOrder")
        assert answer.status_code == 307
        assert answer.headers["location"].endswith("/auth/login?next=%2Fdata-sync%2F%3Fdag%3Dsync_WorkOrder")
        followed = web.get("/", follow_redirects=True)
        assert "/auth/login" in str(followed.url)


class TestPageData:
    def test_what_a_table_shows(self, web):
        synced(web, "WorkOrder")
        web.logged("WorkOrder", "Hourly", MINUTE, succeeded=False)
        shown = table(web.fresh("/api/tables", "viewer"), "WorkOrder")
        assert shown["dag"] == "sync_WorkOrder"
        assert shown["every"] == {"Mass": "1w", "Hourly": "1h"}
        assert shown["last"]["Mass"]["seconds"] == 60
        assert shown["latest"] == "Hourly"
        assert shown["last"]["Hourly"]["records"] == 2000
        assert (shown["failures"], shown["failed"]["task"], shown["failed"]["index"]) == (
            1,
            "hourly.stage",
            2,
        )
        assert shown["paused"] is True

    def test_the_history_is_newest_first_and_of_the_tables_asked_for(self, web):
        synced(web, "WorkOrder", "LotUsage")
        found = web.fresh("/api/history?table=WorkOrder&table=Unheard&updates=1", "viewer").json()
        assert list(found) == ["WorkOrder"]
        assert [row["type"] for row in found["WorkOrder"]] == ["Hourly"]

    @pytest.mark.parametrize(
        "query", ["", "?table=A&updates=0", "?table=A&updates=51", "?" + "&".join(["table=A"] * 61)]
    )
    def test_unreasonable_requests_are_refused(self, web, query):
        assert web.get(f"/api/history{query}", "viewer").status_code == 422

    def test_names_are_only_ever_values(self, web):
        answer = web.get("/api/history", "viewer", params={"table": "WorkOrder'); DROP TABLE x; --"})
        assert answer.json() == {}


class TestHeaders:
    def test_nothing_that_tells_of_state_is_stored(self, web):
        for path, user in (
            ("/health", None),
            ("/health", "admin"),
            ("/api/tables", "admin"),
            (DATA[1], None),
        ):
            assert web.get(path, user).headers.get("cache-control") in ("no-store", "no-cache")
        assert web.get("/health").headers["cache-control"] == "no-store"

    def test_the_page_runs_its_own_scripts_only_and_only_in_airflows_frame(self, web):
        for path in ("/", "/static/app.js"):
            policy = web.get(path, "viewer").headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "script-src 'self'" in policy
            assert "frame-ancestors 'self'" in policy
            assert "unsafe" not in policy


class TestTrouble:
    def test_a_slow_warehouse_holds_up_nobody_and_is_asked_once(self, web):
        waiting = (
            "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = 'warehouse'"
        )
        with web.held('LOCK TABLE data_sync."DataUpdate"'), ThreadPoolExecutor(12) as pool:
            time.sleep(3.2)
            began = time.monotonic()
            probes = [pool.submit(web.get, "/health") for _ in range(12)]
            time.sleep(2)
            assert web.warehouse(waiting) == [(1,)]
            beside = time.monotonic()
            assert web.get("/static/app.js").status_code == 200
            assert time.monotonic() - beside < 2
            answers = [probe.result() for probe in probes]
            assert time.monotonic() - began < 12
        assert {answer.status_code for answer in answers} == {503}
        assert all(answer.json() == {"status": "Unhealthy"} for answer in answers)

    def test_an_unreachable_warehouse_is_unhealthy_and_comes_back(self, web):
        synced(web, "WorkOrder", "LotUsage")
        admin = web.stack.postgres.uri("postgres")
        closed = "ALTER DATABASE warehouse ALLOW_CONNECTIONS {}"
        with psycopg.connect(admin, autocommit=True) as connection:
            try:
                connection.execute(closed.format("false"))
                assert web.fresh("/health").json() == {"status": "Unhealthy"}
                answer = web.get("/health", "admin")
                assert answer.status_code == 503
                assert "warehouse" in answer.json()["reason"]
                assert web.stack.postgres.password not in answer.text
                data = web.get("/api/tables", "admin")
                assert (data.status_code, data.headers["cache-control"]) == (503, "no-store")
            finally:
                connection.execute(closed.format("true"))
        assert web.fresh("/health").status_code == 200
