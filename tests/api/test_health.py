"""Alive is not ready: what a load balancer and a person at night need to know."""

import socket

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client as Browser


@pytest.mark.django_db
def test_a_whole_installation_is_ready() -> None:
    assert Browser().get("/healthz/ready").json() == {"status": "ok"}


def test_alive_asks_nothing_of_the_database() -> None:
    assert Browser().get("/healthz/live").status_code == 200


@pytest.fixture
def closed_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.mark.django_db
def test_without_redis_it_is_not_ready_and_names_redis(settings, closed_port) -> None:
    elsewhere = f"redis://user:hidden@127.0.0.1:{closed_port}/0"
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": elsewhere}}
    answer = Browser().get("/healthz/ready")
    assert answer.status_code == 503
    assert answer.json()["missing"] == {"redis": "Redis does not answer"}
    assert "hidden" not in answer.content.decode()
    assert answer["Retry-After"]
    del caches["default"]


@pytest.mark.django_db
def test_with_a_migration_left_out_it_is_not_ready_and_says_how_many() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations"
            " WHERE id = (SELECT max(id) FROM django_migrations WHERE app = 'fleet')"
        )
    answer = Browser().get("/healthz/ready")
    assert answer.status_code == 503
    assert "manage.py migrate" in answer.json()["missing"]["migrations"]


@pytest.mark.django_db(transaction=True)
def test_without_the_database_it_is_not_ready_and_names_it(closed_port) -> None:
    connection.close()
    before, connection.settings_dict["PORT"] = connection.settings_dict["PORT"], str(closed_port)
    options = connection.settings_dict["OPTIONS"]
    connection.close_pool()
    connection.settings_dict["OPTIONS"] = {**options, "pool": {**options["pool"], "timeout": 1}}
    try:
        answer = Browser().get("/healthz/ready")
        assert answer.status_code == 503
        assert answer.json()["missing"]["database"] == "PostgreSQL does not answer"
    finally:
        connection.close()
        connection.close_pool()
        connection.settings_dict.update(PORT=before, OPTIONS=options)
