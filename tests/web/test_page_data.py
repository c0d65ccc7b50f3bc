"""Where an update's links lead, and what the page's files and the plugin may contain."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

import pytest

from data_sync.settings.load import ROOT
from data_sync.settings.update_type import UpdateType
from data_sync.updates.log_history import LoggedUpdate
from data_sync.web.page_data import log_task

STATIC = ROOT / "plugins" / "data_sync" / "web" / "static"
NOW = datetime(2026, 3, 10, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("failed", "task"),
    [
        (None, ("daily.close_update", None)),
        ("mass.parts.fetch[2]", ("mass.parts.fetch", 2)),
        ("daily.fetch", ("daily.fetch", None)),
        ("daily.stage[12]", ("daily.stage", 12)),
    ],
)
def test_the_log_of_the_task_that_failed_is_linked_or_else_of_the_read(failed, task):
    update = LoggedUpdate(1, "WorkOrder", UpdateType.DAILY, NOW, NOW, failed_task=failed)
    assert log_task(update) == task


@pytest.mark.parametrize("file", sorted(STATIC.iterdir()), ids=lambda file: file.name)
def test_the_page_needs_nothing_from_elsewhere_and_no_inline_code(file: Path):
    text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|//\w+\.\w+|@import|url\(", text)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text)
    if file.suffix == ".html":
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)", text)


def test_loading_the_plugin_loads_nothing_of_the_package():
    script = (
        "import sys, data_sync_plugin as plugin; print(len(plugin.DataSyncPlugin.external_views)); "
        "assert not [name for name in sys.modules if name.startswith('data_sync.')]"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT / "plugins", capture_output=True, text=True, check=False
    )
    assert (found.stdout.strip(), found.returncode) == ("2", 0), found.stderr
