"""Sources: list, read, add, change, test, remove. Connection strings are taken, and never shown."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from app.clock import utc_now
from app.routers.parts import PROBLEMS, STRICT, Actor, Page, Services
from app.values.base import Name
from app.values.source import Probe, Source

router = APIRouter(prefix="/sources", tags=["sources"], responses=PROBLEMS, dependencies=STRICT)


class NewSource(BaseModel):
    """A source to add: an ODBC connection string, or an SQLAlchemy URL."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"name": "sales", "connection": "mysql+pymysql://reader:${SALES_PASSWORD}@db/sales"}
            ]
        },
    )

    name: Name
    connection: Annotated[SecretStr, Field(min_length=1, max_length=10_000)]
    description: Annotated[str, Field(max_length=10_000)] = ""


class SourceChange(BaseModel):
    """What is to be changed of a source; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"description": "The shop's replica"}]}
    )

    connection: Annotated[SecretStr, Field(min_length=1, max_length=10_000)] | None = None
    description: Annotated[str, Field(max_length=10_000)] | None = None


@router.get("")
def list_sources(services: Services) -> Page[Source]:
    """List the sources."""
    return Page(items=services.sources.all())


@router.post("", status_code=201)
def add_source(new: NewSource, services: Services, actor: Actor) -> Source:
    """Add a source."""
    return services.sources.add(
        new.name, new.connection.get_secret_value(), new.description, actor=actor, now=utc_now()
    )


@router.get("/{name}")
def get_source(name: Name, services: Services) -> Source:
    """Return one source."""
    return services.sources.get(name)


@router.patch("/{name}")
def change_source(name: Name, change: SourceChange, services: Services, actor: Actor) -> Source:
    """Change a source's connection or description. Dispatches that run keep what they have."""
    secret = None if change.connection is None else change.connection.get_secret_value()
    return services.sources.change(name, secret, change.description, actor=actor, now=utc_now())


@router.delete("/{name}", status_code=204)
def remove_source(name: Name, services: Services, actor: Actor) -> None:
    """Remove a source."""
    services.sources.remove(name, actor=actor, now=utc_now())


@router.post("/{name}/test")
def test_source(name: Name, services: Services) -> Probe:
    """Try every step of a connection; the answer names the one that failed."""
    return services.sources.test(name)
