"""Prints the figures; those of the steps as a Markdown table, a line as soon as it is known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.benchmarks.parse import Parse
    from tests.benchmarks.steps import Step

HEAD = (
    f"| {'step':<27} | {'rows/s':>9} | {'seconds':>7} | {'CPU s':>6} | {'peak MiB':>8} "
    f"| {'raw limit':<23} | {'rows/s':>9} | {'seconds':>7} | {'CPU s':>6} | {'ratio':>5} | {'by CPU':>6} |\n"
    f"|{'-' * 29}|{'-' * 10}:|{'-' * 8}:|{'-' * 7}:|{'-' * 9}:"
    f"|{'-' * 25}|{'-' * 10}:|{'-' * 8}:|{'-' * 7}:|{'-' * 6}:|{'-' * 7}:|"
)


def print_steps(steps: Iterable[Step]) -> list[Step]:
    """Print each step as it comes, and return them."""
    print(HEAD, flush=True)
    done = []
    for step in steps:
        print(line(step), flush=True)
        done.append(step)
    return done


def line(step: Step) -> str:
    """Return a step's line."""
    ours, limit = step.ours, step.limit
    return (
        f"| {step.name:<27} | {ours.rate:>9,.0f} | {ours.seconds:>7.2f} | {ours.cpu_seconds:>6.2f} "
        f"| {ours.peak_mib:>8.0f} "
        f"| {step.limit_name:<23} | {limit.rate:>9,.0f} | {limit.seconds:>7.2f} | {limit.cpu_seconds:>6.2f} "
        f"| {step.ratio:>5.0%} | {step.cpu_ratio:>6.0%} |"
    )


def print_parse(one: Parse, many: Parse) -> None:
    """Print how long one and many data sources take, and what each more of them costs."""
    print(f"| {'data sources':>12} | {'seconds':>7} | {'of these CPU':>12} | {'CPU ms per DAG':>14} |")
    print(f"|{'-' * 13}:|{'-' * 8}:|{'-' * 13}:|{'-' * 15}:|")
    for parsed in (one, many):
        each = parsed.cpu_seconds / parsed.dags * 1000
        print(
            f"| {parsed.dags:>12,} | {parsed.seconds:>7.2f} | {parsed.cpu_seconds:>12.2f} | {each:>14.1f} |"
        )
    if many.dags > one.dags:
        added = (many.cpu_seconds - one.cpu_seconds) / (many.dags - one.dags)
        print(f"Each further data source takes {added * 1000:.1f} ms of CPU.")
