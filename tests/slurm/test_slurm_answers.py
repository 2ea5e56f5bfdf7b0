"""Answers of Slurm are read tolerantly: of older and newer releases, and of none at all."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.slurm import answers
from app.slurm.client import SlurmAwayError, SlurmFullError, SlurmRefusedError
from app.values.slurm import ClusterNode, JobState


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ("RUNNING", JobState.RUNNING),
        (["RUNNING"], JobState.RUNNING),
        (["PENDING", "REQUEUED"], JobState.REQUEUED),
        (["FAILED", "COMPLETING"], JobState.COMPLETING),
        ("COMPLETED+", JobState.COMPLETED),
        ("SPECIAL_EXIT", JobState.OTHER),
        ([], JobState.OTHER),
        (None, JobState.OTHER),
    ],
)
def test_a_state_is_a_word_or_a_list(told: Any, state: JobState) -> None:
    """Flags of one that is not over yet go before what it will be."""
    assert answers.state(told) is state


def test_numbers_are_plain_or_wrapped() -> None:
    """Some stand for none: NO_VAL, infinite, unset, words."""
    assert answers.number(5) == answers.number("5") == 5
    assert answers.number({"set": True, "infinite": False, "number": 5}) == 5
    none: tuple[Any, ...] = (None, "x", -1, 0xFFFFFFFE, 0xFFFFFFFF, {"set": False, "number": 0}, {})
    assert {answers.number(one) for one in none} == {None}


def test_an_exit_code_is_a_wait_status_or_its_parts() -> None:
    """768 is exit 3, 9 is signal 9."""
    assert answers.exit_code(768) == 768
    assert answers.exit_code({"return_code": {"set": True, "number": 3}}) == 768
    told = {"return_code": {"number": 0}, "signal": {"id": {"set": True, "number": 9}}}
    assert answers.exit_code(told) == 9


def test_a_job_of_a_newer_release_is_read() -> None:
    """As slurmrestd writes it from API v0.0.40 on; what is none is passed over."""
    [job] = answers.jobs(
        [
            {
                "job_id": 7, "name": "disparo-1-a-1", "job_state": ["PENDING"],
                "state_reason": "Resources", "nodes": "", "restart_cnt": 1,
                "submit_time": {"set": True, "number": 1_772_452_800},
                "start_time": {"set": False, "number": 0}, "user_name": "disparo",
            },
            {"name": "no id"}, "nothing", None,
        ]
    )  # fmt: skip
    assert (job.id, job.state, job.reason, job.node, job.restarts) == (
        7, JobState.PENDING, "Resources", None, 1
    )  # fmt: skip
    assert job.submitted_at == datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert job.started_at is None
    assert answers.jobs({"jobs": []}) == []
    assert answers.nodes("none") == []


@pytest.mark.parametrize(
    ("state", "is_well"),
    [
        ("IDLE", True), ("MIXED", True), ("ALLOCATED", True), ("DOWN", False), ("DOWN*", False),
        ("IDLE*", False), ("IDLE+DRAIN", False), ("DRAINING", False),
    ],
)  # fmt: skip
def test_a_node_takes_jobs_or_not(state: str, is_well: bool) -> None:  # noqa: FBT001
    """By its state and its flags."""
    assert ClusterNode(name="n0", state=state).is_well is is_well


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Invalid partition name specified", SlurmRefusedError),
        ("Requested node configuration is not available", SlurmRefusedError),
        ("Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
         SlurmFullError),
        ("Unable to contact slurm controller (connect failure)", SlurmAwayError),
        ("Socket timed out on send/recv operation", SlurmAwayError),
        ("Slurm temporarily unable to accept job, sleeping and retrying", SlurmAwayError),
        ("Protocol authentication error", SlurmAwayError),
        ("", SlurmRefusedError),
    ],
)  # fmt: skip
def test_what_is_about_the_job_is_told_from_what_may_pass(words: str, kind: type) -> None:
    """The first fails the dispatch; the last waits for Slurm."""
    assert type(answers.fault(words)) is kind


def test_errors_are_read_whatever_their_form() -> None:
    """A list of mappings, of words, or nothing."""
    assert answers.words_of([{"error": "a"}, {"error_number": 5}, "b"]) == "a; 5; b"
    assert answers.words_of(None) == answers.words_of({}) == answers.words_of([]) == ""
    assert answers.means_unknown_job([{"error_number": 2017}])
    assert answers.means_unknown_job([{"error": "Invalid job id specified"}])
    assert not answers.means_unknown_job([{"error_number": -1}, "x"])
