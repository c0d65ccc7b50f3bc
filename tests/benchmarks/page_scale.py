"""How long the health endpoint and the page's data take over a large log, in Airflow's real API server.

``python -m tests.benchmarks.page_scale`` fills the log with 1,000,000 rows of 1,000 tables and asks as a
probe and as the page do; where Chromium is installed it opens the page, too. It fails when an answer takes
longer than ``--limit`` seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from tests.benchmarks.log_scale import ROOT, configure, fill

if TYPE_CHECKING:
    from demo.airflow_stack import AirflowStack

KEPT = 3.2
"""Seconds after which the server reads again instead of answering from memory."""


def main() -> int:
    """Run the benchmark and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.page_scale", description=__doc__)
    parser.add_argument("--tables", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--limit", type=float, default=1.0, help="seconds that an answer may take")
    chosen = parser.parse_args()
    sys.path[:0] = [str(ROOT / "plugins"), str(ROOT / "include")]
    with tempfile.TemporaryDirectory(prefix="data_sync_page_", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        configure(folder, chosen.tables)
        from demo.airflow_stack import AirflowStack

        stack = AirflowStack(folder / "stack")
        try:
            start(stack, chosen.tables, chosen.rows)
            return ask(stack, chosen.tables, chosen.limit)
        finally:
            stack.stop()
            stack.postgres.stop()


def start(stack: AirflowStack, tables: int, rows: int) -> None:
    """Start the database, fill the log, and start the API server."""
    stack.postgres.start()
    for database in ("airflow", "warehouse"):
        stack.postgres.create_database(database)
    uri = stack.postgres.uri("warehouse")
    os.environ["AIRFLOW_CONN_WAREHOUSE"] = uri.replace("postgresql://", "postgres://", 1)
    fill(uri, tables, rows)
    stack.home.mkdir(parents=True, exist_ok=True)
    passwords = stack.home / "passwords.json"
    passwords.touch(mode=0o600)
    passwords.write_text(json.dumps({"admin": stack.password}))
    stack.run("airflow", "db", "migrate")
    stack.start_component("api-server")
    deadline = time.monotonic() + 120
    while not answers(stack.url):
        if time.monotonic() > deadline:
            raise TimeoutError(f"the API server did not come up; see its log in {stack.home}")
        time.sleep(0.5)


def answers(url: str) -> bool:
    """Return whether the API server answers yet."""
    try:
        return httpx.get(f"{url}/api/v2/monitor/health", timeout=5).is_success
    except httpx.HTTPError:
        return False


def ask(stack: AirflowStack, tables: int, limit: float) -> int:
    """Ask everything, print how long each takes, and return 1 when one takes too long."""
    login = {"username": "admin", "password": stack.password}
    token = httpx.post(f"{stack.url}/auth/token", json=login).json()["access_token"]
    page = httpx.Client(
        base_url=f"{stack.url}/data-sync", headers={"Authorization": f"Bearer {token}"}, timeout=60
    )
    probe = httpx.Client(base_url=f"{stack.url}/data-sync", timeout=60)
    names = [("table", f"Table{number:04d}") for number in range(min(50, tables))]
    probe.get("/health")  # reads the configuration once
    questions: dict[str, Callable[[], httpx.Response]] = {
        "health, without a login": lambda: probe.get("/health"),
        "health, everything": lambda: page.get("/health"),
        "the page's tables": lambda: page.get("/api/tables"),
        "histories of 50 tables": lambda: page.get("/api/history", params=names),
    }
    slow = 0
    for name, question in questions.items():
        cold, size = min(timed(question, wait=KEPT) for _ in range(3))
        warm, _ = min(timed(question, wait=0) for _ in range(3))
        slow += cold > limit
        told = f"{cold * 1000:>7,.0f} ms, from memory {warm * 1000:>5,.0f} ms, {size / 1024:>7,.0f} KiB"
        print(f"  {name:<26} {told}{'  TOO SLOW' if cold > limit else ''}", flush=True)
    seconds = painted(stack, tables)
    if seconds is None:
        print("  no Chromium: the page was not opened")
    else:
        print(f"  the page in a browser      {seconds * 1000:>7,.0f} ms from its address to {tables:,} rows")
    return 1 if slow else 0


def timed(question: Callable[[], httpx.Response], wait: float) -> tuple[float, int]:
    """Return the seconds that an answer takes and its size in bytes."""
    time.sleep(wait)
    began = time.perf_counter()
    answer = question()
    seconds = time.perf_counter() - began
    if answer.status_code not in (200, 503) or "detail" in answer.text[:20]:
        raise RuntimeError(f"{answer.url}: {answer.status_code} {answer.text[:300]}")
    return seconds, len(answer.content)


def painted(stack: AirflowStack, tables: int) -> float | None:
    """Return the seconds until a browser shows all tables; None where there is none."""
    chromium = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    if chromium is None:
        return None
    with sync_playwright() as playwright:
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
        page = playwright.chromium.launch(executable_path=chromium, args=flags).new_page()
        page.goto(f"{stack.url}/auth/login")
        page.fill('input[name="username"]', "admin")
        page.fill('input[name="password"]', stack.password)
        page.click('button[type="submit"]')
        page.wait_for_url(lambda url: "login" not in url)
        seconds = []
        for _ in range(3):
            began = time.perf_counter()
            page.goto(f"{stack.url}/data-sync/")
            page.locator("#tables > tbody").nth(tables - 1).wait_for(state="attached")
            seconds.append(time.perf_counter() - began)
        return min(seconds)


if __name__ == "__main__":
    sys.exit(main())
