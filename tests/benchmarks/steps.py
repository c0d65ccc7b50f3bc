"""Which steps are measured, in which order, each beside its raw limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tests.benchmarks import raw_copy, states, sync
from tests.benchmarks.process import Measured, measure

if TYPE_CHECKING:
    from tests.benchmarks.sync import Batches


@dataclass(frozen=True)
class Figure:
    """Processes that together did one thing to all rows.

    :param rows: rows that they worked on
    :param seconds: the sum over the processes
    :param cpu_seconds: the same of their processor time and the server's
    :param peak_mib: the largest process
    """

    rows: int
    seconds: float
    cpu_seconds: float
    peak_mib: float

    @property
    def rate(self) -> float:
        """Rows per second."""
        return self.rows / self.seconds


@dataclass(frozen=True)
class Step:
    """One step beside its limit.

    :param name: what the package did
    :param ours: its figure
    :param limit_name: what the limit did with the same rows
    :param limit: the limit's figure
    """

    name: str
    ours: Figure
    limit_name: str
    limit: Figure

    @property
    def ratio(self) -> float:
        """How much of the raw rate the package reaches; 1 is all of it."""
        return self.ours.rate / self.limit.rate

    @property
    def cpu_ratio(self) -> float:
        """The same for rows per second of processor time."""
        return self.limit.cpu_seconds / self.ours.cpu_seconds


@dataclass
class Benchmark:
    """A run over one table, in the environment that :func:`tests.benchmarks.ground.prepared` set.

    :param repeat: how often both sides of each step run, in turns; the shortest run of each counts
    """

    repeat: int = 1
    fetched: dict[str, Any] = field(default_factory=dict)
    batches: Batches = field(default_factory=list)
    plain: Batches = field(default_factory=list)
    deduped: Batches = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Rows of the table."""
        return sum(batch["rows"] for batch in self.batches)

    def run(self) -> Iterator[Step]:
        """Run the steps, and yield each as soon as it is measured."""
        sync.install()
        yield self._fetch()
        yield self._stage()
        yield self._stage_and_dedupe()
        yield self._merge("merge: 9 in 10 rows new", states.ONE_IN_TEN, states.NONE)
        yield self._merge("merge: 9 in 10 rows changed", states.EVERY, states.NINE_IN_TEN)
        yield self._merge_unchanged()
        yield self._truncate_load()
        yield self._swap("swap: first load", states.NONE, states.NONE)
        yield self._swap("swap: 1 in 10 rows changed", states.EVERY, states.ONE_IN_TEN)

    # -- the steps --------------------------------------------------------------------------------

    def _fetch(self) -> Step:
        def ours() -> Figure:
            done = measure("sync", "fetch", operation="fetch")
            self.fetched, self.batches = done.result, done.result["batches"]
            return figure(self.rows, done)

        def limit() -> Figure:
            done = measure("raw_source", "drain")
            return figure(done.result, done)

        return self._both("fetch: ODBC to spool", ours, "drained cursor", limit)

    def _stage(self) -> Step:
        def ours() -> Figure:
            done = [
                measure("sync", "stage", operation="plain", batch=batch, dedupe=False)
                for batch in self.batches
            ]
            self.plain = [one.result for one in done]
            return figure(self.rows, *done)

        return self._both("bulk copy to staging", ours, "plain copy", self._plain_copy)

    def _stage_and_dedupe(self) -> Step:
        def ours() -> Figure:
            done = [
                measure("sync", "stage", operation="deduped", batch=batch, dedupe=True)
                for batch in self.batches
            ]
            self.deduped = [one.result for one in done]
            return figure(self.rows, *done)

        def limit() -> Figure:
            copied = self._plain_copy()
            again = figure(self.rows, measure("raw_copy", "copy_again", name="raw", into="raw_again"))
            return joined(self.rows, copied, again)

        return self._both("bulk copy and dedupe", ours, "plain copy, SELECT INTO", limit)

    def _plain_copy(self) -> Figure:
        raw_copy.create_heap("raw")
        states.rest()
        done = [measure("raw_copy", "copy", name="raw", batch=batch) for batch in self.batches]
        return figure(sum(one.result for one in done), *done)

    def _merge(self, name: str, held: str, other: str) -> Step:
        def start() -> None:
            states.put(self.deduped, held, other)

        def ours() -> Figure:
            return figure(self.rows, measure("sync", "merge", fetched=self.fetched, staged=self.deduped))

        def limit() -> Figure:
            return figure(self.rows, measure("raw_merge", "merge", staged=self.deduped))

        return self._both(name, ours, "plain MERGE", limit, start)

    def _merge_unchanged(self) -> Step:
        def start() -> None:
            states.put(self.deduped, states.EVERY, states.NONE)

        def ours() -> Figure:
            return figure(self.rows, measure("sync", "merge", fetched=self.fetched, staged=self.deduped))

        def limit() -> Figure:
            return figure(self.rows, measure("raw_merge", "compare", staged=self.deduped))

        return self._both("merge: nothing changed", ours, "join that compares", limit, start)

    def _truncate_load(self) -> Step:
        def start() -> None:
            states.put(self.plain, states.EVERY, states.NONE)
            raw_copy.create_like_target("raw_keyed", self.batches)

        def ours() -> Figure:
            load = {"operation": "truncate", "fetched": self.fetched}
            begun = measure("sync", "empty", **load)
            copied = [measure("sync", "copy_into", **load, batch=batch) for batch in self.batches]
            ended = measure("sync", "finish_truncate", **load)
            return figure(self.rows, begun, *copied, ended)

        def limit() -> Figure:
            done = [measure("raw_copy", "copy", name="raw_keyed", batch=batch) for batch in self.batches]
            return figure(self.rows, *done)

        return self._both("truncate-load", ours, "plain copy, primary key", limit, start)

    def _swap(self, name: str, held: str, other: str) -> Step:
        def start() -> None:
            states.put(self.plain, held, other)

        def ours() -> Figure:
            return figure(
                self.rows,
                measure("sync", "publish", operation="plain", fetched=self.fetched, staged=self.plain),
            )

        def limit() -> Figure:
            return figure(self.rows, measure("raw_merge", "reload", staged=self.plain))

        return self._both(name, ours, "TRUNCATE, INSERT SELECT", limit, start)

    # -- measuring --------------------------------------------------------------------------------

    def _both(
        self,
        name: str,
        ours: Callable[[], Figure],
        limit_name: str,
        limit: Callable[[], Figure],
        start: Callable[[], object] | None = None,
    ) -> Step:
        """Run both sides in turns, each from the same start."""
        mine, raw = [], []
        for _ in range(self.repeat):
            for side, found in ((ours, mine), (limit, raw)):
                (start or states.rest)()
                found.append(side())
        return Step(name, best(mine), limit_name, best(raw))


def figure(rows: int, *processes: Measured) -> Figure:
    """Return what processes did together, one after the other."""
    return joined(rows, *(Figure(rows, one.seconds, one.cpu_seconds, one.peak_mib) for one in processes))


def joined(rows: int, *parts: Figure) -> Figure:
    """Return the figure of several parts of one thing, done one after the other."""
    return Figure(
        rows,
        sum(one.seconds for one in parts),
        sum(one.cpu_seconds for one in parts),
        max(one.peak_mib for one in parts),
    )


def best(figures: list[Figure]) -> Figure:
    """Return the fastest run, with the largest memory of any."""
    fastest = min(figures, key=lambda one: one.seconds)
    return replace(fastest, peak_mib=max(one.peak_mib for one in figures))
