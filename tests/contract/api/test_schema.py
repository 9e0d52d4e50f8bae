"""Schemathesis asks the real application, over a real catalogue, whatever its description allows and some it does not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import create_app
from foundation.clock import SystemClock
from tests.support.databases import sqlite_catalogue
from tests.support.serving import serving
from tests.support.web import make_service

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def described(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[schemathesis.BaseSchema]:
    data = tmp_path_factory.mktemp("data")
    with sqlite_catalogue(_sqlite_template, data) as engine:
        app = create_app(make_service(engine, data, SystemClock()))
        with serving(app) as address:
            yield schemathesis.openapi.from_url(f"{address}/openapi.json")


schema = schemathesis.pytest.from_fixture("described")


@schema.parametrize()
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_no_question_breaks_it(case: schemathesis.Case) -> None:
    case.call_and_validate(checks=CHECKS)
