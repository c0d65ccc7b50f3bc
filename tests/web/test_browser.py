"""The page in a real browser, in a real Airflow with its scheduler."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENT = 30_000
SHOTS = os.environ.get("DATA_SYNC_SCREENSHOTS")

pytestmark = [
    pytest.mark.scheduler,
    pytest.mark.skipif(
        CHROMIUM is None, reason="no Chromium is installed (Debian: apt-get install chromium)"
    ),
]


@pytest.fixture(scope="session")
def airflow(whole_airflow):
    """A whole Airflow in which one table has been synced and another's second sync has failed."""
    web, api = whole_airflow, whole_airflow.stack.api
    wait_until(lambda: {"sync_WorkOrder", "sync_LotUsage"} <= {dag["dag_id"] for dag in api.dags()})
    for dag in ("sync_WorkOrder", "sync_LotUsage"):
        api.unpause(dag)  # the scheduler starts a run at once
    for dag in ("sync_WorkOrder", "sync_LotUsage"):
        wait_until(lambda dag=dag: api.runs(dag))
        assert api.wait(dag, api.runs(dag)[0]["dag_run_id"]) == "success"
    web.warehouse('ALTER TABLE dbo."LotUsage" RENAME COLUMN "Id" TO "Other"')
    assert api.wait("sync_LotUsage", api.trigger("sync_LotUsage", {"update_type": "hourly"})) == "failed"
    return web


def wait_until(check):
    deadline = time.monotonic() + 90
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.5)


# Of this module alone: until Playwright ends, its event loop runs in this thread and keeps others out.
@pytest.fixture(scope="module")
def chromium() -> Iterator[sync_api.Browser]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Visit:
    """One person at the browser, logged in."""

    def __init__(self, browser, web, user="viewer", **options):
        self.web = web
        self.context = browser.new_context(**({"viewport": {"width": 1500, "height": 900}} | options))
        self.context.set_default_timeout(PATIENT)
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._note)
        self.page.goto(f"{web.url}/auth/login")
        self.page.fill('input[name="username"]', user)
        self.page.fill('input[name="password"]', web.passwords[user])
        self.page.click('button[type="submit"]')
        self.page.wait_for_url(lambda url: "login" not in url)
        self.frame = self.page.frame_locator("iframe")

    def _note(self, message):
        place = message.location.get("url", "")
        if message.type == "error" and "/data-sync/" in place:
            self.errors.append(f"{place}: {message.text}")

    def open(self, path="/plugin/data-sync"):
        self.page.goto(f"{self.web.url}{path}")
        expect(self.frame.locator("#tables")).to_be_visible(timeout=PATIENT)
        return self

    def row(self, table):
        return self.frame.locator(f'tbody[data-name="{table}"]')

    @property
    def shown(self):
        return self.frame.locator("#tables > tbody").evaluate_all("rows => rows.map(row => row.dataset.name)")

    def shoot(self, name):
        if SHOTS:
            self.page.wait_for_timeout(800)
            self.page.screenshot(path=Path(SHOTS) / f"{name}.png")


@pytest.fixture
def visit(chromium, airflow):
    visits = []

    def go(**options):
        visits.append(Visit(chromium, airflow, **options))
        return visits[-1]

    yield go
    for visit in visits:
        visit.context.close()
        assert visit.errors == []


def test_from_the_navigation_to_the_state_of_every_table(visit):
    person = visit()
    person.page.get_by_role("link", name="DataSync").click()
    expect(person.row("WorkOrder").locator(".pill")).to_have_text("Healthy", timeout=PATIENT)
    expect(person.row("LotUsage").locator(".pill")).to_have_text("Degraded")
    expect(person.row("Retired").locator(".pill")).to_have_text("Disabled")
    expect(person.row("LotUsage").locator(".reason")).to_contain_text("The last update failed: hourly.")
    expect(person.row("WorkOrder").locator("td.records")).to_have_text("2,000")
    expect(person.row("WorkOrder").locator("td.mass time")).to_have_attribute(
        "title", re.compile(r"^Mass of .*, 2,000 rows in ")
    )
    expect(person.row("WorkOrder").locator(".spark rect.bar")).to_have_count(1)
    assert person.shown == ["LotUsage", "WorkOrder", "Retired"]
    person.shoot("light")


def test_filter_and_sort(visit):
    person = visit().open()
    person.frame.locator("#search").fill("shop floor")
    assert person.shown == ["WorkOrder"]
    expect(person.frame.locator("#shown")).to_have_text("1 of 3 tables")
    person.frame.locator("#search").press("Escape")
    person.frame.get_by_role("button", name="Degraded").click()
    assert person.shown == ["LotUsage"]
    person.frame.get_by_role("button", name="Degraded").click()
    header = person.frame.locator('th[data-key="name"]')
    header.get_by_role("button").click()
    assert person.shown == ["LotUsage", "Retired", "WorkOrder"]
    expect(header).to_have_attribute("aria-sort", "ascending")
    header.get_by_role("button").click()
    assert person.shown == ["WorkOrder", "Retired", "LotUsage"]
    person.frame.locator("#search").fill("no such table")
    expect(person.frame.locator("#empty")).to_contain_text("No table matches")


def test_open_the_log_of_a_failed_run(visit):
    person = visit().open()
    person.row("LotUsage").get_by_role("link", name="Open the log of the failed run").click()
    person.page.wait_for_url(re.compile(r"/dags/sync_LotUsage/runs/[^/]+/tasks/hourly\.\w+"))
    expect(person.page.get_by_text(re.compile("SchemaMismatch|key column")).first).to_be_visible(
        timeout=PATIENT
    )
    person.page.go_back()
    expect(person.row("LotUsage")).to_be_visible(timeout=PATIENT)


def test_details_with_charts_updates_and_a_link_to_the_run(visit):
    person = visit(color_scheme="dark")
    person.page.evaluate("localStorage.setItem('theme', 'dark')")
    person.open()
    person.row("LotUsage").locator("button.open").click()
    details = person.row("LotUsage").locator(".details")
    expect(details.locator(".chart")).to_have_count(2)
    expect(details.locator(".updates tbody tr").first).to_contain_text("Hourly failed")
    expect(details.locator(".updates pre").first).to_contain_text("hourly.")
    person.shoot("dark")
    assert person.frame.locator("html").get_attribute("data-theme") == "dark"
    details.get_by_role("link", name="Run").first.click()
    person.page.wait_for_url(re.compile(r"/dags/sync_LotUsage/runs/[^/]+$"))


def test_the_keyboard_is_enough(visit):
    person = visit().open()
    person.frame.locator("h1").click()  # gives the frame the keyboard
    person.page.keyboard.press("/")
    expect(person.frame.locator("#search")).to_be_focused()
    first, second = (person.row(name).locator("button.open") for name in person.shown[:2])
    first.focus()
    first.press("ArrowDown")
    expect(second).to_be_focused()
    second.press("Enter")
    expect(second).to_have_attribute("aria-expanded", "true")


def test_the_theme_follows_airflows_own(visit):
    person = visit().open()
    expect(person.frame.locator("html")).to_have_attribute("data-theme", "light")
    person.page.evaluate("document.documentElement.classList.replace('light', 'dark')")
    expect(person.frame.locator("html")).to_have_attribute("data-theme", "dark")


def test_on_a_phone_nothing_is_cut_off(visit):
    person = visit(viewport={"width": 390, "height": 844}).open()
    person.row("LotUsage").locator("button.open").click()
    expect(person.row("LotUsage").locator(".chart")).to_have_count(2)
    overflow = "element => element.scrollWidth - element.clientWidth"
    assert person.frame.locator("html").evaluate(overflow) <= 0
    person.shoot("phone")


def test_the_tab_of_a_dag_shows_its_table_alone(visit):
    person = visit().open("/dags/sync_WorkOrder/plugin/data-sync-table")
    assert person.shown == ["WorkOrder"]
    expect(person.row("WorkOrder").locator(".details .chart")).to_have_count(2)
    person.shoot("tab")


def test_a_person_triggers_an_update_without_filling_anything_in(visit, airflow):
    api = airflow.stack.api
    before = {run["dag_run_id"] for run in api.runs("sync_WorkOrder")}
    person = visit(user="admin")
    person.page.goto(f"{airflow.url}/dags/sync_WorkOrder")
    person.page.get_by_role("button", name="Trigger").first.click()
    dialog = person.page.get_by_role("dialog")
    expect(dialog.get_by_text("requested_by")).to_be_visible(timeout=PATIENT)
    person.shoot("trigger")
    dialog.get_by_role("button", name="Trigger").last.click()
    wait_until(lambda: len(api.runs("sync_WorkOrder")) > len(before))
    (run,) = [run for run in api.runs("sync_WorkOrder") if run["dag_run_id"] not in before]
    assert run["run_type"] == "manual"
    assert api.wait("sync_WorkOrder", run["dag_run_id"]) == "success"
    query = 'SELECT "UpdateType", "RequestedBy" FROM data_sync."DataUpdate" WHERE "RunId" = %s'
    assert airflow.warehouse(query, (run["dag_run_id"],)) == [("Hourly", None)]


def test_a_user_without_permission_sees_no_table(chromium, airflow):
    person = Visit(chromium, airflow, user="stranger")
    answer = person.context.request.get(f"{airflow.url}/data-sync/api/tables")
    assert answer.status == 403
    person.page.goto(f"{airflow.url}/data-sync/")
    assert "WorkOrder" not in person.page.content()
    person.context.close()


def test_without_a_login_the_page_leads_to_it(chromium, airflow):
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{airflow.url}/data-sync/")
    expect(page.locator('input[name="username"]')).to_be_visible(timeout=PATIENT)
    context.close()
