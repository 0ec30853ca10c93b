"""The contract as OpenAPI, and its explorer."""

import pytest
from django.core.management import call_command

from tests.factories import ClientUserFactory


@pytest.mark.django_db
def test_the_schema_is_valid_openapi_and_the_explorer_asks_nobody_else(client) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", "/dev/null")
    client.force_login(ClientUserFactory())
    assert client.get("/api/schema").status_code == 200
    page = client.get("/api/docs").content.decode()
    assert "/static/drf_spectacular_sidecar/" in page
    assert "https://" not in page
