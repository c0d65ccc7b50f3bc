"""Turns a data source into its DAG."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, Asset, Param, TaskGroup, task, task_group
from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference
from airflow.sdk.definitions.param import ParamsDict
from airflow.sdk.definitions.retry_policy import ExceptionRetryPolicy, RetryAction, RetryRule
from airflow.timetables.interval import CronDataIntervalTimetable, DeltaDataIntervalTimetable
from croniter import croniter

from data_sync.orchestration import alerts, tasks
from data_sync.orchestration import partition_tasks as part_tasks
from data_sync.orchestration.dag_id import dag_id_of
from data_sync.orchestration.outcome import PARTS
from data_sync.orchestration.run_context import CHOOSE_UPDATE
from data_sync.orchestration.runbook import runbook
from data_sync.settings.durations import format_duration
from data_sync.settings.load_method import LoadMethod
from data_sync.settings.update_type import UpdateType

if TYPE_CHECKING:
    from data_sync.settings.load import Settings
    from data_sync.settings.models import DataSource, DataSyncOptions

START_DATE = datetime(2020, 1, 1, tzinfo=timezone.utc)
"""Fixed, so that a DAG is the same at every parse; backfills reach back to it."""

RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception="data_sync.errors.PermanentError",
            action=RetryAction.FAIL,
            reason="a retry would fail the same way",
        ),
    ]
)


def build_dag(source: DataSource, settings: Settings) -> DAG:
    """Return the DAG that keeps one table in step.

    :param source: a valid, enabled data source
    :param settings: the configuration it comes from
    """
    options = settings.options
    dag_id = dag_id_of(source.table_name)
    enabled = [kind for kind in UpdateType if source.schedule(kind)]
    with DAG(
        dag_id=dag_id,
        schedule=timetable(options),
        start_date=START_DATE,
        catchup=False,
        max_active_runs=1,
        default_args={
            "owner": source.owner,
            "retries": options.retries,
            "retry_delay": options.retry_delay,
            "retry_exponential_backoff": True,
            "max_retry_delay": timedelta(minutes=15),
            "retry_policy": RETRY_POLICY,
        },
        tags=sorted({"data-sync", source.source_system, *source.tags}),
        doc_md=runbook(source, options, dag_id),
        description=source.description.split(". ")[0][:200] or f"Keeps {source.table_name} in step",
        **alerting(source, options, enabled),
    ) as dag:
        choose = task.branch(task_id=CHOOSE_UPDATE)(tasks.choose_update)(table_name=source.table_name)
        choose >> nothing_due()
        for kind in enabled:
            choose >> UpdateGroup(source, options, kind).build()
    # Set last: every task made before would get a copy of its own.
    dag.params = ParamsDict(run_params(enabled))
    return dag


def alerting(source: DataSource, options: DataSyncOptions, enabled: list[UpdateType]) -> dict[str, Any]:
    """Return the DAG's callbacks and deadline; none where no notifier is configured."""
    if not options.alerts.notifiers or not enabled:
        return {}
    schedules = [source.schedule(kind) for kind in enabled]
    limit = source.deadline or min(schedule.interval for schedule in schedules if schedule)
    arguments = {"table_name": source.table_name, "limit": format_duration(limit)}
    return {
        "on_failure_callback": alerts.failure_callback(source),
        "on_success_callback": alerts.success_callback(source),
        # Counted from the end of the data interval; a logical date is its beginning. Not from the moment
        # of queueing: with such a deadline, Airflow 3.3.2 answers every clear with an internal error.
        "deadline": DeadlineAlert(
            reference=DeadlineReference.DAGRUN_LOGICAL_DATE,
            interval=data_interval(options) + limit,
            callback=SyncCallback("data_sync.orchestration.alerts.deadline_missed", arguments),
            name="late",
        ),
    }


def timetable(options: DataSyncOptions) -> CronDataIntervalTimetable | DeltaDataIntervalTimetable:
    """Return the timetable of the check interval; one with data intervals, which backfills need."""
    if isinstance(options.check_interval, timedelta):
        return DeltaDataIntervalTimetable(options.check_interval)
    return CronDataIntervalTimetable(options.check_interval, timezone="UTC")


def data_interval(options: DataSyncOptions) -> timedelta:
    """Return the length of a data interval; of a cron expression's first one."""
    if isinstance(options.check_interval, timedelta):
        return options.check_interval
    times = croniter(options.check_interval, START_DATE)
    first: datetime = times.get_next(datetime)
    second: datetime = times.get_next(datetime)
    return second - first


def run_params(enabled: list[UpdateType]) -> dict[str, Param]:
    """Return what a person may choose when triggering the DAG."""
    return {
        "update_type": Param(
            "auto",
            enum=["auto", *(kind.group_id for kind in enabled)],
            description="auto runs what is due, or the finest enabled type when nothing is",
        ),
        "minimum_dt": Param(
            None,
            type=["null", "string"],
            format="date-time",
            description="read rows changed since then, instead of since the last update",
        ),
        "maximum_dt": Param(
            None,
            type=["null", "string"],
            format="date-time",
            description="with minimum_dt: read rows changed before then; one run reads the whole span",
        ),
        # None as well: Airflow's form takes an empty text for a missing one, and would not let go without.
        "requested_by": Param(
            None,
            type=["null", "string"],
            maxLength=250,
            description="who asks, and why; kept in the log",
        ),
        "allow_shrink": Param(False, type="boolean", description="publish a full load however small it is"),
    }


def nothing_due() -> Any:
    """Return the task that a run ends with when no update is due."""

    @task(task_id=tasks.NOTHING_DUE)
    def nothing() -> None:
        """Do nothing."""

    return nothing()


class UpdateGroup:
    """Builds the task group of one update type.

    :param source: the data source
    :param options: what holds for all of them
    :param kind: the update type, which the source has enabled
    """

    def __init__(self, source: DataSource, options: DataSyncOptions, kind: UpdateType) -> None:
        self.source = source
        self.options = options
        self.kind = kind
        schedule = source.schedule(kind)
        if schedule is None:
            raise ValueError(f"{source.table_name} has no {kind.value} schedule")
        self.method = source.load_method(kind)
        self.table = {"table_name": source.table_name}
        self.warehouse_pool = options.warehouse.pool

    def build(self) -> Any:
        """Return the group's first task, ``open_update``."""
        source_pool = self.options.source_systems[self.source.source_system].pool
        with TaskGroup(self.kind.group_id):
            opened: Any = task()(tasks.open_update)(**self.table)
            if self.is_divided:
                first, loaded = self.load_in_parts(source_pool)
            else:
                first = task(pool=source_pool)(tasks.fetch)(**self.table)
                loaded = self.load(first)
            last: Any = loaded
            if self.source.post_processor:
                last = task(pool=self.warehouse_pool, outlets=[self.asset()])(tasks.post_process)(
                    **self.table
                )
                loaded >> last
            closed = task()(tasks.close_update)(**self.table)
            opened >> first
            last >> closed.as_teardown(setups=opened.operator, on_failure_fail_dagrun=True)
        return opened

    @property
    def is_divided(self) -> bool:
        """Whether the source is read in parts.

        Full loads are, where the source says how. Changed rows are too few to be worth asking the source
        for the ends of its key; and a table is only emptied when all of its rows are at hand.
        """
        is_mass = self.kind is UpdateType.MASS and self.method is not LoadMethod.TRUNCATE
        return is_mass and bool(self.source.fetch.get("partition_by"))

    def load_in_parts(self, source_pool: str) -> tuple[Any, Any]:
        """Return the task that plans the parts, and the one that ends the load.

        A mapped group reads and stages each part, so that staging it overlaps the reading of the next.
        """
        swap = self.method is LoadMethod.SWAP
        label = "part {{ part_number }}"
        planned: Any = task(pool=source_pool)(part_tasks.plan_parts)(**self.table)

        @task_group(group_id=PARTS)
        def each_part(part: Any) -> Any:
            fetch = task(task_id="fetch", pool=source_pool, map_index_template=label)(part_tasks.fetch_part)
            stage = task(
                task_id="bulk_copy" if swap else "stage", pool=self.warehouse_pool, map_index_template=label
            )(part_tasks.stage_part)
            fetched: Any = fetch(part=part, **self.table)
            return stage(batches=fetched, **self.table)

        staged = each_part.expand(part=planned)
        return planned, self.last(tasks.publish if swap else tasks.merge)(staged=staged, **self.table)

    def load(self, fetched: Any) -> Any:
        """Return the task that ends the load, after the mapped ones that bring the batches in."""
        if self.method is LoadMethod.MERGE:
            staged = self.mapped("stage", tasks.stage).expand(batch=fetched)
            return self.last(tasks.merge)(staged=staged, **self.table)
        if self.method is LoadMethod.SWAP:
            staged = self.mapped("bulk_copy", tasks.stage).expand(batch=fetched)
            return self.last(tasks.publish)(staged=staged, **self.table)
        emptied: Any = task(pool=self.warehouse_pool)(tasks.empty)(**self.table)
        copied = self.mapped("bulk_copy", tasks.copy_into).expand(batch=fetched)
        finished = self.last(tasks.finish_truncate, task_id="publish")(**self.table)
        fetched >> emptied >> copied >> finished
        return finished

    def mapped(self, task_id: str, step: Any, **fixed: Any) -> Any:
        """Return a step that runs once per batch, side by side within the warehouse's pool."""
        decorated = task(
            task_id=task_id, pool=self.warehouse_pool, map_index_template="batch {{ batch_number }}"
        )(step)
        return decorated.partial(**self.table, **fixed)

    def last(self, step: Any, **arguments: Any) -> Any:
        """Return the step that completes the load; it emits the asset unless a post-processor follows."""
        outlets = [] if self.source.post_processor else [self.asset()]
        return task(pool=self.warehouse_pool, outlets=outlets, **arguments)(step)

    def asset(self) -> Asset:
        """Return the asset that other DAGs can be scheduled on."""
        warehouse = self.options.warehouse
        schema = self.source.target_schema or warehouse.target_schema
        name = f"{schema}.{self.source.table_name}"
        return Asset(name=name, uri=f"{warehouse.uri.rstrip('/')}/{schema}/{self.source.table_name}")
