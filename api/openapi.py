"""The description of the calls (OpenAPI 3.1): what FastAPI finds, and problems where it would tell its own errors."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from api.access import ACCESS, Open
from api.schemas.problem import FieldProblem, Problem

_REF = "#/components/schemas/{model}"
_TOKEN = {"type": "http", "scheme": "bearer", "description": "made by `matpho users token`"}
_OTHER = {
    "description": "Any other problem, such as an incident inside the service",
    "content": {"application/problem+json": {"schema": {"$ref": _REF.format(model="Problem")}}},
}


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the description; it is computed once and kept by the application."""
    if app.openapi_schema is None:
        found = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=app.description,
            license_info=app.license_info,
            tags=app.openapi_tags,
            routes=app.routes,
        )
        schemas = found.setdefault("components", {}).setdefault("schemas", {})
        _, ours = models_json_schema([(Problem, "serialization"), (FieldProblem, "serialization")], ref_template=_REF)
        schemas |= ours["$defs"]
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        found["components"]["securitySchemes"] = {"token": _TOKEN}
        for path, operations in found["paths"].items():
            for method, operation in operations.items():
                operation["responses"].setdefault("default", _OTHER)
                if ACCESS[method.upper(), path] is not Open.PUBLIC:
                    operation["security"] = [{"token": []}]
        app.openapi_schema = found
    return app.openapi_schema
