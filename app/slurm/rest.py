"""Slurm over slurmrestd: a Unix socket, or TCP with a token.

Protocol: the OpenAPI description of slurmrestd, https://slurm.schedmd.com/rest_api.html. An answer
may be wrong in three ways: by its status, by its `errors` with status 200, and by its form.
"""

import json
import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import httpx

from app.slurm import answers
from app.slurm.client import SlurmAwayError
from app.values.slurm import NAME_PREFIX, Cluster, JobSpec, JobState, NewJob, SeenJob, array_of

_LIST_FROM = 39
"""The version (0.0.39) from which variables of the environment are a list."""
_SEVERAL = 100
"""Jobs beyond which all of the cluster are asked for at once."""
_REFUSED = {401, 403}
_MIB = 2**20


class Headers(Protocol):
    """Gives the headers that say who asks."""

    def __call__(self, *, anew: bool) -> Mapping[str, str]:
        """Return them; `anew`: those before were refused."""


class RestSlurm:
    """A cluster behind slurmrestd."""

    def __init__(
        self, address: str, *, version: str, headers: Headers, seconds: float, most: int
    ) -> None:
        """`address` is `unix:PATH` or `http(s)://HOST:PORT`; `most` the bytes of an answer."""
        self._address = address
        self._version = version
        self._headers = headers
        self._seconds = seconds
        self._most = most
        self._socket = address.removeprefix("unix:") if address.startswith("unix:") else None
        self._base = "http://slurm" if self._socket else address.rstrip("/")

    @property
    def way(self) -> str:
        """How Slurm is reached."""
        return self._address

    def submit(self, job: NewJob) -> int:
        """Submit a job; return its id. Raises SlurmRefusedError, SlurmAwayError."""
        told = self._ask("POST", "job/submit", self._submission(job))
        # An id goes before `errors`: the job is taken, and has to wait, e.g. for drained nodes.
        if found := answers.number(told.get("job_id")):
            return found
        if words := answers.words_of(told.get("errors")):
            raise answers.fault(words)
        raise SlurmAwayError("slurmrestd took a job and told no id of it")

    def find(self, wanted: Mapping[str, int | None]) -> list[SeenJob]:
        """Return the jobs with these names that Slurm knows. Raises SlurmAwayError."""
        if not wanted:
            return []
        ids = list(dict.fromkeys(one for one in wanted.values() if one is not None))
        # One id of an array tells of the tasks alone that still wait together.
        is_array = any(array_of(name)[1] is not None for name in wanted)
        if is_array or None in wanted.values() or len(ids) > _SEVERAL:
            found = self._list("jobs")
        else:
            found = [one for job in ids for one in self._list(f"job/{job}")]
        return [one for one in answers.jobs(found) if one.name in wanted]

    def cancel(self, job: int, name: str) -> None:
        """Cancel a job, if it has this name. Raises SlurmAwayError."""
        found = self.find({name: job})
        if all(one.state.is_final for one in found):
            return
        handle = next((one.handle for one in found if not one.state.is_final), str(job))
        told = self._ask("DELETE", f"job/{handle}", None)
        errors = told.get("errors")
        words = answers.words_of(errors)
        if words and not answers.means_unknown_job(errors) and "already" not in words.lower():
            raise SlurmAwayError(f"Slurm does not cancel job {job}: {words}")

    def cluster(self, jobs: int) -> Cluster:
        """Return how the cluster is. Raises SlurmAwayError."""
        told = self._ask("GET", "ping", None)
        self._require_well(told)
        pings = [one for one in told.get("pings") or [] if isinstance(one, Mapping)]
        meta = told.get("meta")
        slurm = (meta.get("Slurm") or meta.get("slurm") or {}) if isinstance(meta, Mapping) else {}
        found = answers.jobs(self._list("jobs"))
        unfinished = [one for one in found if not one.state.is_final]
        return Cluster(
            version=answers.text(slurm.get("release")),
            controllers={
                str(one.get("hostname")): str(one.get("ping") or one.get("pinged")) for one in pings
            },
            nodes=tuple(answers.nodes(self._list("nodes"))),
            jobs=answers.shown(unfinished, NAME_PREFIX, jobs),
            waiting=sum(one.state is JobState.PENDING for one in unfinished),
            running=sum(one.state is JobState.RUNNING for one in unfinished),
        )

    def _list(self, path: str) -> Any:
        told = self._ask("GET", path, None)
        if answers.means_unknown_job(told.get("errors")):
            return []
        self._require_well(told)
        return told.get(path.split("/", maxsplit=1)[0].removesuffix("s") + "s")

    def _require_well(self, told: Mapping[str, Any]) -> None:
        if words := answers.words_of(told.get("errors")):
            raise SlurmAwayError(f"Slurm says: {words}")

    def _ask(self, method: str, path: str, body: Any) -> Mapping[str, Any]:
        """Ask once; and again with new headers if those are refused, as of a token that ended."""
        headers = self._headers(anew=False)
        status, told = self._send(method, path, body, headers)
        if status in _REFUSED or _may_be_about_who(told):
            fresh = self._headers(anew=True)
            if fresh != headers:
                status, told = self._send(method, path, body, fresh)
        if status in _REFUSED:
            raise SlurmAwayError(
                f"slurmrestd at {self.way} refuses this service's token ({status})"
            )
        if status >= 400 and not told.get("errors"):  # noqa: PLR2004 - HTTP
            raise SlurmAwayError(f"slurmrestd at {self.way} answers with status {status} to {path}")
        return told

    def _send(
        self, method: str, path: str, body: Any, headers: Mapping[str, str]
    ) -> tuple[int, Mapping[str, Any]]:
        if self._socket and not Path(self._socket).is_socket():
            raise SlurmAwayError(f"there is no socket {self._socket}: slurmrestd does not run")
        url = f"{self._base}/slurm/{self._version}/{path}"
        try:
            with (
                httpx.Client(
                    transport=httpx.HTTPTransport(uds=self._socket) if self._socket else None,
                    timeout=self._seconds,
                    trust_env=False,
                ) as client,
                client.stream(method, url, json=body, headers=dict(headers)) as answer,
            ):
                return answer.status_code, _parsed(self._content(answer, path), path)
        except httpx.HTTPError as error:
            told = str(error) or type(error).__name__
            raise SlurmAwayError(f"slurmrestd at {self.way} does not answer: {told}") from error

    def _content(self, answer: httpx.Response, path: str) -> bytes:
        content, deadline = bytearray(), time.monotonic() + self._seconds
        for piece in answer.iter_bytes():
            content += piece
            if len(content) > self._most:
                raise SlurmAwayError(
                    f"slurmrestd's answer to {path} has more than {self._most} bytes "
                    "(slurm.answer_bytes)"
                )
            if time.monotonic() > deadline:
                raise SlurmAwayError(f"slurmrestd's answer to {path} comes too slowly")
        return bytes(content)

    def _submission(self, job: NewJob) -> dict[str, Any]:
        is_list = _number_of(self._version) >= _LIST_FROM
        environment = [f"{k}={v}" for k, v in job.environment.items()] if is_list else None
        fields = {
            "name": job.name,
            "comment": job.comment,
            "current_working_directory": job.directory,
            "environment": environment or job.environment,
            "standard_output": job.output,
            "standard_error": job.output,
            "open_mode": ["APPEND"] if is_list else "append",
            "requeue": False,
            "tasks": 1,
            "array": job.array,
            **_resources(job.spec),
        }
        return {"script": job.script, "job": {k: v for k, v in fields.items() if v is not None}}


def _resources(spec: JobSpec) -> dict[str, Any]:
    limit = spec.time_limit
    return {
        "partition": spec.partition,
        "account": spec.account,
        "qos": spec.qos,
        "constraints": spec.constraints,
        "cpus_per_task": spec.processors,
        "time_limit": None if limit is None else math.ceil(limit.total_seconds() / 60),
        "memory_per_node": None if spec.memory is None else -(-spec.memory // _MIB),
    }


def _number_of(version: str) -> int:
    digits = version.rpartition(".")[2]
    return int(digits) if digits.isdigit() else 0


def _parsed(content: bytes, path: str) -> Mapping[str, Any]:
    try:
        told = json.loads(content or b"{}")
    except ValueError:
        told = None
    if isinstance(told, Mapping):
        return told
    # slurmrestd answers a refused token in plain words.
    words = content.decode("utf-8", "replace")[:300]
    return {"errors": [{"error": words or f"an empty answer to {path}"}]}


def _may_be_about_who(told: Mapping[str, Any]) -> bool:
    """Tell whether errors may be of a token that has ended: slurmctld says no more of it."""
    words = answers.words_of(told.get("errors")).lower()
    return "authentic" in words or "unspecified error" in words
