"""The API's description of predictions: each model's own schema, with an example that works.

The Showroom's door stands before the framework's routes, which therefore do not know of it; and
what it takes depends on the models that are live.
"""

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from app.factory import Factory
from app.routers.needed import with_rights
from app.routers.protocols.described import described
from app.routers.showroom import EXPLAIN, PATH, TIMEOUT, TRIAL
from app.values.case_schema import Schema, case_schema, explained_schema
from app.values.serving import Serving

if TYPE_CHECKING:  # it loads scikit-learn, which takes seconds
    from app.inference.registry import Served

_SECONDS = ("queue", "inference", "commit", "explanation")


def describe(app: FastAPI, factory: Factory) -> None:
    """Let the application describe predictions too, as they are at the time of asking."""
    framework = app.openapi

    def openapi() -> dict[str, Any]:
        base = framework()
        is_served = factory.settings.showroom.enabled
        served = factory.showroom.live.all() if is_served else []
        paths = {**base["paths"]}
        paths[PATH] = {**paths.get(PATH, {}), "post": _operation(served)}
        paths |= described(factory.settings.protocols)
        schemas = {**base["components"]["schemas"]}
        for one, serving in served:
            schemas |= _schemas(one, serving)
        components = {**base["components"], "schemas": schemas}
        return with_rights({**base, "paths": paths, "components": components})

    app.openapi = openapi  # type: ignore[method-assign]


def _operation(served: list[tuple["Served", Serving]]) -> Schema:
    names = [one.version.model for one, _ in served]
    return {
        "tags": ["showroom"],
        "summary": "Predict",
        "operationId": "predict",
        "description": "Answer cases at once. No answer leaves before its record is as safe as "
        "the model's durability asks.",
        "parameters": [_TIMEOUT, _EXPLAIN, _TRIAL],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"oneOf": [_ref(f"{name}.request") for name in names] or [_ANY]},
                    "examples": {one.version.model: {"value": _example(one)} for one, _ in served},
                }
            },
        },
        "responses": {
            "200": {
                "description": "The predictions, in the order of the cases",
                "content": {
                    "application/json": {
                        "schema": {"oneOf": [_ref(f"{name}.answer") for name in names] or [_ANY]}
                    }
                },
            },
            **{str(status): _problem(words) for status, words in _REFUSALS.items()},
        },
    }


_ANY: Schema = {"type": "object"}
_TIMEOUT: Schema = {
    "name": TIMEOUT.title(),
    "in": "header",
    "description": "Seconds that the client is willing to wait for the computation.",
    "schema": {"type": "number", "exclusiveMinimum": 0},
}
_EXPLAIN: Schema = {
    "name": EXPLAIN,
    "in": "query",
    "description": "true: each prediction comes with what each input contributes to it.",
    "schema": {"type": "boolean", "default": False},
}
_TRIAL: Schema = {
    "name": TRIAL,
    "in": "query",
    "description": "true: it is only tried out; it is on record as such, and counts nowhere.",
    "schema": {"type": "boolean", "default": False},
}
_REFUSALS = {
    400: "A malformed header or parameter",
    404: "No such model, version or case",
    413: "Too large",
    422: "Refused: each case, input and reason is named",
    503: "Busy, or the database is away: try again after Retry-After",
    504: "Not computed before the deadline",
}


def _problem(words: str) -> Schema:
    content = {"application/problem+json": {"schema": _ref("Problem")}}
    return {"description": words, "content": content}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _example(served: "Served") -> Schema:
    return {"model": served.version.model, "cases": [served.example]}


def _schemas(served: "Served", serving: Serving) -> Schema:
    version = served.version
    case = case_schema(version.signature, serving.unknown_categories)
    model = {"const": version.model}
    seconds = {name: {"type": "number"} for name in _SECONDS}
    return {
        f"{version.model}.case": case,
        f"{version.model}.request": {
            "type": "object",
            "properties": {
                "model": model,
                "cases": {"type": "array", "items": _ref(f"{version.model}.case"), "minItems": 1},
                "case_ids": {"type": "array", "items": {"type": "integer"}, "minItems": 1},
                "version": {"type": "integer", "description": "The live one if left out."},
            },
            "required": ["model"],
            "additionalProperties": False,
        },
        f"{version.model}.answer": {
            "type": "object",
            "properties": {
                "id": {"type": "string"},
                "model": model,
                "version": {"type": "integer"},
                "predictions": {
                    "type": "array",
                    "items": explained_schema(version.signature),
                },
                "seconds": {"type": "object", "properties": seconds},
            },
        },
    }
