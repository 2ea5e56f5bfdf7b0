"""Who may do what over HTTP: the one table of all methods and paths.

The guard asks it before each request. A route that it lacks is refused to everybody, and fails a
test, as does a line of which there is no route.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.values.account import Role


@dataclass(frozen=True, kw_only=True, slots=True)
class Right:
    """What a request needs."""

    role: Role | None
    """The least role; None: nobody is asked who they are."""
    predicts: bool = False
    """Whether a token that is for predictions alone gets there too."""
    model: str | None = None
    """The parameter of the path that names a model, which is then one of the token's; None: where
    there is a model, the service finds out which, and looks whether it is."""
    streams: bool = False
    """Whether the answer may be a stream, which no other site's page makes a browser hold."""


_OPEN = Right(role=None)
_VIEWER = Right(role=Role.VIEWER)
_OPERATOR = Right(role=Role.OPERATOR)
_ADMIN = Right(role=Role.ADMIN)
_PREDICT = Right(role=Role.OPERATOR, predicts=True)
_STREAM = Right(role=Role.VIEWER, streams=True)
_MODEL = Right(role=Role.VIEWER, predicts=True, model="name")
_CLIENT = Right(role=Role.VIEWER, predicts=True)
_PREDICT_MODEL = Right(role=Role.OPERATOR, predicts=True, model="name")

RIGHTS: Mapping[str, Right] = {
    # What is open: whether the process is alive, and where the page is.
    "GET /": _OPEN,
    "GET /health/live": _OPEN,
    # Ways to log in, and out.
    "GET /session/ways": _OPEN,
    "POST /session": _OPEN,
    "POST /session/first": _OPEN,
    "POST /session/reset": _OPEN,
    "DELETE /session": _OPEN,
    "GET /session/sign-on": _OPEN,
    "GET /session/sign-on/back": _OPEN,
    "GET /login.css": _OPEN,
    "GET /login": _OPEN,
    "POST /login": _OPEN,
    "GET /logout": _OPEN,
    "POST /logout": _OPEN,
    "GET /first": _OPEN,
    "POST /first": _OPEN,
    "GET /reset": _OPEN,
    "POST /reset": _OPEN,
    # Whoever has logged in, for themselves.
    "GET /session": _VIEWER,
    "PUT /session/password": _VIEWER,
    "GET /sessions": _VIEWER,
    "DELETE /sessions": _VIEWER,
    "DELETE /sessions/{number}": _VIEWER,
    # Users.
    "GET /users": _ADMIN,
    "POST /users": _ADMIN,
    "GET /users/{name}": _ADMIN,
    "PATCH /users/{name}": _ADMIN,
    "DELETE /users/{name}": _ADMIN,
    "POST /users/{name}/link": _ADMIN,
    "GET /users/{name}/sessions": _ADMIN,
    "DELETE /users/{name}/sessions": _ADMIN,
    "DELETE /users/{name}/sessions/{number}": _ADMIN,
    # The page: who is not logged in is led to the log-in, and back. Its scripts and styles are no
    # secret, and must come while it cannot be looked up who asks.
    "GET /ui/assets/{path:path}": _OPEN,
    "GET /ui": _VIEWER,
    "GET /ui/{path:path}": _VIEWER,
    # The service itself.
    "GET /health/ready": _VIEWER,
    "GET /metrics": _VIEWER,
    "GET /openapi.json": _VIEWER,
    "GET /docs": _VIEWER,
    "GET /docs/{name}": _VIEWER,
    # Tokens, and who did what.
    "GET /tokens": _ADMIN,
    "POST /tokens": _ADMIN,
    "GET /tokens/{name}": _ADMIN,
    "DELETE /tokens/{name}": _ADMIN,
    "GET /tokens/{name}/events": _ADMIN,
    "GET /audit": _ADMIN,
    "GET /audit/export": _ADMIN,
    # The settings that hold, without secrets.
    "GET /settings": _ADMIN,
    # The Showroom.
    "POST /showroom/predictions": _PREDICT,
    "GET /showroom/predictions": _VIEWER,
    "GET /showroom/predictions/export": _VIEWER,
    "GET /showroom/predictions/{request_id}": _VIEWER,
    "POST /showroom/predictions/{request_id}/replay": _PREDICT,
    "PUT /showroom/predictions/{request_id}/outcome": _OPERATOR,
    "GET /showroom/cases": _VIEWER,
    "POST /showroom/cases": _OPERATOR,
    "GET /showroom/cases/export": _VIEWER,
    "POST /showroom/cases/import": _OPERATOR,
    "POST /showroom/cases/run": _OPERATOR,
    "GET /showroom/cases/{case_id}": _VIEWER,
    "PUT /showroom/cases/{case_id}": _OPERATOR,
    "PATCH /showroom/cases/{case_id}": _OPERATOR,
    "DELETE /showroom/cases/{case_id}": _OPERATOR,
    "GET /showroom/cases/{case_id}/events": _VIEWER,
    # Other protocols (app/routers/protocols). Probes send no token, and learn one word.
    "GET /v2": _CLIENT,
    "GET /v2/health/live": _OPEN,
    "GET /v2/health/ready": _OPEN,
    "GET /v2/models/{name}": _MODEL,
    "GET /v2/models/{name}/ready": _MODEL,
    "GET /v2/models/{name}/versions/{version}": _MODEL,
    "GET /v2/models/{name}/versions/{version}/ready": _MODEL,
    "POST /v2/models/{name}/infer": _PREDICT_MODEL,
    "POST /v2/models/{name}/versions/{version}/infer": _PREDICT_MODEL,
    "POST /endpoints/{name}/invocations": _PREDICT_MODEL,
    "GET /ping": _OPEN,
    "GET /health": _OPEN,
    "GET /version": _CLIENT,
    "POST /invocations": _PREDICT,
    "GET /azure/live": _OPEN,
    "GET /azure/ready": _OPEN,
    "POST /score": _PREDICT,
    # Models.
    "GET /models": _VIEWER,
    "GET /models/{name}": _MODEL,
    "GET /models/{name}/events": _VIEWER,
    "GET /models/{name}/health": _VIEWER,
    "GET /models/{name}/performance": _VIEWER,
    "GET /models/{name}/performance/series": _VIEWER,
    "GET /models/{name}/serving": _VIEWER,
    "PATCH /models/{name}/serving": _ADMIN,
    "GET /models/{name}/versions": _MODEL,
    "POST /models/{name}/versions": _ADMIN,
    "GET /models/{name}/versions/{number}": _MODEL,
    "GET /models/{name}/versions/{number}/gate": _OPERATOR,
    "POST /models/{name}/versions/{number}/promote": _ADMIN,
    "POST /models/{name}/versions/{number}/retire": _ADMIN,
    # Sources. What is shown of one holds no connection string.
    "GET /sources": _VIEWER,
    "POST /sources": _ADMIN,
    "GET /sources/{name}": _VIEWER,
    "PATCH /sources/{name}": _ADMIN,
    "DELETE /sources/{name}": _ADMIN,
    "POST /sources/{name}/test": _OPERATOR,
    # Schedules.
    "GET /schedules": _VIEWER,
    "POST /schedules": _OPERATOR,
    "POST /schedules/preview": _VIEWER,
    "POST /schedules/try": _OPERATOR,
    "GET /schedules/{name}": _VIEWER,
    "PUT /schedules/{name}": _OPERATOR,
    "PATCH /schedules/{name}": _OPERATOR,
    "DELETE /schedules/{name}": _OPERATOR,
    "POST /schedules/{name}/pause": _OPERATOR,
    "POST /schedules/{name}/resume": _OPERATOR,
    "GET /schedules/{name}/fires": _VIEWER,
    "GET /schedules/{name}/dispatches": _VIEWER,
    "GET /schedules/{name}/events": _VIEWER,
    "GET /schedules/{name}/export": _VIEWER,
    "POST /schedules/{name}/run": _OPERATOR,
    "POST /schedules/{name}/backfill": _OPERATOR,
    "GET /schedules/{name}/backfills": _VIEWER,
    "GET /schedules/{name}/backfills/{backfill_id}": _VIEWER,
    "POST /schedules/{name}/backfills/{backfill_id}/cancel": _OPERATOR,
    # Dispatches.
    "GET /dispatches": _VIEWER,
    "POST /dispatches": _OPERATOR,
    "GET /dispatches/brief": _VIEWER,
    "GET /dispatches/timeline": _VIEWER,
    "GET /dispatches/{dispatch_id}": _VIEWER,
    "GET /dispatches/{dispatch_id}/events": _VIEWER,
    "GET /dispatches/{dispatch_id}/log": _STREAM,
    "GET /dispatches/{dispatch_id}/rows": _VIEWER,
    "POST /dispatches/{dispatch_id}/cancel": _OPERATOR,
    "POST /dispatches/{dispatch_id}/rerun": _OPERATOR,
    "GET /dispatches/{dispatch_id}/tasks": _VIEWER,
    "POST /dispatches/{dispatch_id}/tasks/rerun": _OPERATOR,
    # Checks and the Monitor.
    "GET /checks": _VIEWER,
    "POST /checks": _OPERATOR,
    "POST /checks/try": _OPERATOR,
    "GET /checks/{name}": _VIEWER,
    "PUT /checks/{name}": _OPERATOR,
    "PATCH /checks/{name}": _OPERATOR,
    "DELETE /checks/{name}": _OPERATOR,
    "POST /checks/{name}/pause": _OPERATOR,
    "POST /checks/{name}/resume": _OPERATOR,
    "POST /checks/{name}/test": _OPERATOR,
    "GET /checks/{name}/results": _VIEWER,
    "GET /checks/{name}/flips": _VIEWER,
    "GET /checks/{name}/events": _VIEWER,
    "GET /checks/{name}/export": _VIEWER,
    "GET /monitor": _VIEWER,
    "GET /monitor/history": _VIEWER,
    "GET /monitor/slurm": _VIEWER,
    "GET /monitor/stream": _STREAM,
    "POST /monitor/scheduler/pause": _OPERATOR,
    "POST /monitor/scheduler/resume": _OPERATOR,
    "GET /monitor/windows": _VIEWER,
    "POST /monitor/windows": _OPERATOR,
    "GET /monitor/windows/{name}": _VIEWER,
    "PUT /monitor/windows/{name}": _OPERATOR,
    "DELETE /monitor/windows/{name}": _OPERATOR,
    # Alerts. A channel may run a command and holds secrets: it is an admin's.
    "GET /alerts": _VIEWER,
    "GET /alerts/{number}": _VIEWER,
    "POST /alerts/{number}/retry": _OPERATOR,
    "GET /alerts/channels": _VIEWER,
    "POST /alerts/channels": _ADMIN,
    "GET /alerts/channels/{name}": _VIEWER,
    "PUT /alerts/channels/{name}": _ADMIN,
    "PATCH /alerts/channels/{name}": _ADMIN,
    "DELETE /alerts/channels/{name}": _ADMIN,
    "POST /alerts/channels/{name}/test": _OPERATOR,
    "GET /alerts/channels/{name}/events": _VIEWER,
    "GET /alerts/rules": _VIEWER,
    "POST /alerts/rules": _OPERATOR,
    "GET /alerts/rules/{name}": _VIEWER,
    "PUT /alerts/rules/{name}": _OPERATOR,
    "PATCH /alerts/rules/{name}": _OPERATOR,
    "DELETE /alerts/rules/{name}": _OPERATOR,
    "GET /alerts/rules/{name}/events": _VIEWER,
}


def right(method: str, template: str) -> Right | None:
    """Return what a request needs; None: no line says, so nobody may. HEAD is as GET."""
    return RIGHTS.get(f"{'GET' if method == 'HEAD' else method} {template}")
