"""The section of the settings on Slurm, the cluster that dispatches may run on."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr

from app.settings_sections import Count, Seconds, Section


class Slurm(Section):
    """How Slurm is reached, what is asked of it, and what its jobs get.

    What jobs ask for, from `partition` to `virtual_environment`, is checked as that of schedules
    is: by app.values.slurm, when the services are built.
    """

    enabled: bool = False
    api: Annotated[str, Field(pattern=r"^(unix:/\S+|https?://[^\s/?#@]+(/[^\s?#]*)?)?$")] = ""
    api_version: Annotated[str, Field(pattern=r"^v\d+\.\d+\.\d+$")] = "v0.0.38"
    user: str = ""
    token: SecretStr = SecretStr("")
    jwt_key: Path | None = None
    token_seconds: Annotated[float, Field(ge=10, le=86_400)] = 1800.0
    commands: str = ""
    conf: str = ""
    timeout_seconds: Annotated[float, Field(ge=1, le=300)] = 20.0
    answer_bytes: Count = 64 * 2**20
    poll_seconds: Seconds = 3.0
    jobs: Annotated[int, Field(ge=1, le=10_000)] = 100
    submissions: Annotated[int, Field(ge=1, le=100)] = 3
    unknown_seconds: Seconds = 30.0
    program: str = ""
    output: Path = Path("slurm")
    output_days: Annotated[int, Field(ge=1, le=3660)] = 30
    prologue: str = ""
    environment: dict[str, str] = {}
    virtual_environments: tuple[Path, ...] = ()
    partition: str | None = None
    account: str | None = None
    qos: str | None = None
    time_limit: str | None = None
    memory: int | None = None
    processors: int | None = None
    constraints: str | None = None
    modules: tuple[str, ...] = ()
    virtual_environment: str | None = None
    shown_jobs: Annotated[int, Field(ge=1, le=10_000)] = 200
    keep_seconds: Seconds = 10.0
