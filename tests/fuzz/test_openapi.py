"""Every answer of the API is one that its document describes, whatever is sent (schemathesis).

One check is left out: that whatever fits the schema is taken. A telephone number or a role that does not exist in a
province is refused with 422 and its reason, which no JSON Schema can say beforehand.
"""

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from forms_api.app import create_app
from forms_api.settings import Settings
from forms_api.store.sqlite import SqliteStore
from site_builder.content import load_content
from tests.store_samples import VAULT, new_session

CONTENT = load_content()


@pytest.fixture(scope="module")
def app(tmp_path_factory) -> Iterator[object]:
    store = SqliteStore(tmp_path_factory.mktemp("fuzz") / "forms.db", CONTENT.forms.values(), VAULT)
    store.add_session(new_session(capacity=5))
    yield create_app(Settings(secret="s" * 40, hosts=("testserver", "localhost"), rate_limit=False), CONTENT, store)
    store.close()


OPERATIONS = (
    ("GET", "/api/v1/forms/trainer_signup"), ("POST", "/api/v1/forms/trainer_signup"),
    ("GET", "/api/v1/forms/help_request"), ("POST", "/api/v1/forms/help_request"),
    ("GET", "/api/v1/sessions"), ("GET", "/healthz"), ("GET", "/readyz"),
)  # fmt: skip


@pytest.fixture(scope="module")
def api(app):
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)


def test_these_are_all_operations(api):
    described = {(one.ok().method.upper(), one.ok().path) for one in api.get_all_operations()}

    assert described == set(OPERATIONS)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["as told", "against it"])
@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[" ".join(one) for one in OPERATIONS])
def test_every_answer_is_as_the_document_says(api, method, path, mode):
    operation = api[path][method]
    if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query or operation.headers):
        mode = GenerationMode.POSITIVE  # nothing can be sent wrong here

    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def conforms(case):
        case.call_and_validate(excluded_checks=[positive_data_acceptance])

    conforms()
