from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent

import pytest

from data_sync.project import load_settings

OPTIONS = """
source_systems:
  JDE: {connection: jde, pool: jde, time_zone: America/Denver}
  CMS: {connection: cms, pool: cms}
"""


class Project:
    """A folder with an options file and files of data sources, read in place of the shipped ones."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sources = folder / "data_sources"
        self.sources.mkdir()
        self.options(OPTIONS)

    def options(self, text: str) -> None:
        (self.folder / "data_sync.yaml").write_text(dedent(text), encoding="utf-8")

    def write(self, name: str, text: str) -> None:
        (self.sources / name).write_text(dedent(text), encoding="utf-8")

    def load(self):
        return load_settings()

    def problems(self) -> list[str]:
        """The problems, without the folder in front of file names."""
        return [problem.text.replace(f"{self.sources}/", "") for problem in self.load().problems]


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_SYNC_OPTIONS", str(tmp_path / "data_sync.yaml"))
    monkeypatch.setenv("DATA_SYNC_SOURCES", str(tmp_path / "data_sources"))
    monkeypatch.delenv("DATA_SYNC_SPOOL", raising=False)
    return Project(tmp_path)


FETCHER = """
from data_sync.errors import ConfigurationError
from data_sync.fetchers.base import Fetcher, FetchSettings


class OrderSettings(FetchSettings):
    table: str = "F4801"
    rows: int = 10


class Orders(Fetcher):
    Settings = OrderSettings

    def fetch(self, window):
        return iter(())


class MissingFile(Orders):
    def __init__(self, source, system, base):
        raise ConfigurationError(f"fetch.sql_file: {base.name}/orders.sql does not exist")


class Broken(Orders):
    def __init__(self, source, system, base):
        raise KeyError("surprise")
"""


@pytest.fixture(autouse=True)
def site_fetchers(tmp_path, monkeypatch):
    """A module of fetchers, as a site would write it, importable as ``site_fetchers``."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "site_fetchers.py").write_text(FETCHER, encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "site_fetchers", raising=False)
    yield
    sys.modules.pop("site_fetchers", None)
