"""The benchmarks run from end to end and measure what they say; only the figures need many rows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.integration


def run(*arguments: str) -> list[list[str]]:
    """Run the benchmarks' command and return the table that it prints, a list of cells for each line."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'plugins'}{os.pathsep}{ROOT / 'include'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def number(text: str) -> float:
    return float(text.replace(",", "").rstrip("%"))


def test_each_step_is_measured_beside_its_limit():
    steps = run("--rows", "200")
    assert [step[0].partition(":")[0] for step in steps] == [
        "fetch", "bulk copy to staging", "bulk copy and dedupe", "merge", "merge", "merge",
        "truncate-load", "swap", "swap",
    ]  # fmt: skip
    for name, rate, seconds, cpu, peak, _, limit_rate, limit_seconds, limit_cpu, ratio, _ in steps:
        assert number(rate) > 0, name
        assert min(map(number, (seconds, cpu, limit_seconds, limit_cpu))) > 0, name
        assert 50 < number(peak) < 600, name
        assert number(ratio) == pytest.approx(100 * number(rate) / number(limit_rate), abs=2), name


def test_parsing_is_measured_for_one_data_source_and_for_many():
    one, many = run("--parse", "20")
    assert [number(one[0]), number(many[0])] == [1, 20]
    assert all(number(cell) > 0 for cell in one + many)
