"""Whether the service is alive, and ready to work."""

from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from app.errors import AppError
from app.routers.parts import Services

router = APIRouter(prefix="/health", tags=["health"])


class Live(BaseModel):
    """The service answers."""

    status: str = "live"


class Ready(BaseModel):
    """What the service needs, each `ok` or what is wrong."""

    ready: bool
    database: str
    schema_: Annotated[str, Field(alias="schema")]
    model_store: str


@router.get("/live")
def live() -> Live:
    """Tell that the process answers."""
    return Live()


@router.get("/ready", response_model=Ready, responses={503: {"model": Ready}})
def ready(services: Services) -> JSONResponse:
    """Tell whether database, schema and model store are well."""
    schema = _state(services.check_schema)
    parts = {
        "database": "away" if schema.startswith("database") else "ok",
        "schema": schema,
        "model_store": _state(services.models.check),
    }
    well = all(state == "ok" for state in parts.values())
    return JSONResponse({"ready": well, **parts}, 200 if well else 503)


def _state(check: object) -> str:
    try:
        check()  # type: ignore[operator]
    except AppError as error:
        return error.detail
    except sa.exc.SQLAlchemyError as error:
        return f"database: {type(error).__name__}"
    return "ok"
