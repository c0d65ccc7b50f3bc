"""How the failed tasks of an update are told of."""

from __future__ import annotations

from types import SimpleNamespace

from data_sync.orchestration.outcome import failure


class TestTheReason:
    """``task_dict`` of a DAG knows mapped tasks by their name, their states have the index behind it."""

    def reported(self, bad, notes):
        def xcom_pull(task_ids, key, map_indexes=None):
            text = notes.get((task_ids, map_indexes))
            return text and {"text": text, "is_permanent": text.startswith("Permanent")}

        names = ["mass.fetch", "mass.bulk_copy", "mass.step_2", "mass.publish"]
        dag = SimpleNamespace(task_dict=dict.fromkeys(names))
        return failure({"ti": SimpleNamespace(xcom_pull=xcom_pull), "dag": dag}, bad)

    def test_is_the_message_of_the_task_that_failed_not_of_those_that_waited_for_it(self):
        bad = {"mass.publish": "upstream_failed", "mass.fetch": "failed"}
        assert self.reported(bad, {("mass.fetch", None): "SourceUnavailable: gone"}) == (
            "mass.fetch", "mass.fetch: SourceUnavailable: gone", False,
        )  # fmt: skip

    def test_is_that_of_the_mapped_instance(self):
        assert self.reported({"mass.bulk_copy_11": "failed"}, {("mass.bulk_copy", 11): "full"}) == (
            "mass.bulk_copy[11]", "mass.bulk_copy[11]: full", False,
        )  # fmt: skip

    def test_a_name_that_ends_in_a_number_is_no_mapped_instance(self):
        found = self.reported({"mass.step_2": "failed"}, {("mass.step_2", None): "no"})
        assert found[:2] == ("mass.step_2", "mass.step_2: no")

    def test_a_task_that_could_not_say_anything_was_killed(self):
        assert "killed, or failed from outside" in self.reported({"mass.fetch": "failed"}, {})[1]

    def test_three_of_many_are_enough(self):
        bad = {f"mass.bulk_copy_{number}": "failed" for number in range(50)}
        assert len(self.reported(bad, {})[1].splitlines()) == 3

    def test_tells_whether_a_retry_would_cure_it(self):
        assert self.reported({"mass.fetch": "failed"}, {("mass.fetch", None): "PermanentError: no"})[2]
