"""The trail grows only; who reads it sees their part, newest first, and finds what they look for."""

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.db import IntegrityError, connection, connections, transaction
from django.test import AsyncClient
from django.test import Client as Browser

from apps.accounts.audit_words import WORDS, Difference, differences, words_of
from apps.accounts.models import AuditEvent, User
from apps.accounts.selectors.audit import CHUNK, after, trail_of
from apps.accounts.services import audit
from tests.factories import AdminFactory, AuditEventFactory, ClientFactory, ClientUserFactory, LabFactory

pytestmark = pytest.mark.django_db
DAY = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture
def admin() -> User:
    return AdminFactory()


def happened(at: datetime, **fields) -> AuditEvent:
    """An event of another time. The clock of the row is its own, so it is set as it is made."""
    event = AuditEventFactory.build(who=fields.pop("who", None), **fields)
    AuditEvent.objects.bulk_create([event])
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE accounts_auditevent DISABLE TRIGGER audit_only_grows")
        cursor.execute("UPDATE accounts_auditevent SET at = %s WHERE id = %s", [at, event.pk])
        cursor.execute("ALTER TABLE accounts_auditevent ENABLE TRIGGER audit_only_grows")
    return event


@pytest.mark.parametrize(
    "act",
    [
        lambda event: AuditEvent.objects.filter(pk=event.pk).update(what="nothing"),
        lambda event: AuditEvent.objects.filter(pk=event.pk).delete(),
        lambda event: event.delete(),
        lambda event: event.save(),
    ],
)
def test_the_database_refuses_to_change_or_delete_a_line(act) -> None:
    event = AuditEventFactory()
    with pytest.raises(IntegrityError, match="only grows"), transaction.atomic():
        act(event)
    assert AuditEvent.objects.get().what == event.what


@pytest.mark.django_db(transaction=True)
def test_a_test_database_can_still_be_emptied() -> None:
    AuditEventFactory()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE accounts_auditevent")
    assert not AuditEvent.objects.exists()


def test_a_tenants_people_read_their_own_part_and_admins_all_of_it(admin) -> None:
    person = ClientUserFactory()
    theirs, others = AuditEventFactory(client=person.client), AuditEventFactory(client=ClientFactory())
    assert list(trail_of(person)) == [theirs]
    assert set(trail_of(admin)) == {theirs, others}
    assert list(trail_of(person, client=others.client_id)) == []
    assert list(trail_of(LabFactory())) == []


def test_where_operators_sit_is_not_told_to_tenants(admin) -> None:
    person = ClientUserFactory()
    AuditEventFactory(client=person.client, who=admin, address="10.0.0.1")
    AuditEventFactory(client=person.client, who=person, address="10.0.0.2")
    assert [event.seen_from for event in trail_of(person)] == ["10.0.0.2", None]
    assert [event.seen_from for event in trail_of(admin)] == ["10.0.0.2", "10.0.0.1"]


def test_the_trail_is_one_query_however_long(admin, django_assert_num_queries) -> None:
    AuditEventFactory.create_batch(5, client=ClientFactory())
    with django_assert_num_queries(1):
        assert len([(str(event.who), str(event.client)) for event in trail_of(admin)]) == 5


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"who": "jo"}, {"policy_changed"}),
        ({"who": "Platform"}, {"cluster_left"}),
        ({"what": "cluster_left"}, {"cluster_left"}),
        ({"target": "b PROD"}, {"cluster_left"}),
        ({"since": DAY.date()}, {"cluster_left"}),
        ({"until": DAY.date()}, {"policy_changed", "cluster_left"}),
        ({"until": DAY.date() - timedelta(days=1)}, {"policy_changed"}),
        ({"until": datetime.max.date()}, {"policy_changed", "cluster_left"}),
        ({"since": datetime.min.date()}, {"policy_changed", "cluster_left"}),
        ({}, {"policy_changed", "cluster_left"}),
    ],
    # A set has no order of its own, and every worker must know a test by the same name.
    ids=lambda value: str(sorted(value) if isinstance(value, set) else value),
)
def test_the_trail_is_narrowed_down(admin, asked, found) -> None:
    happened(DAY, what="cluster_left", target="cluster prod-b")
    happened(DAY - timedelta(days=1), who=AdminFactory(name="Jo"), target="cluster prod-a")
    assert {event.what for event in trail_of(admin, **asked)} == found


def test_chunks_skip_and_repeat_nothing_where_many_lines_have_one_time(admin) -> None:
    AuditEvent.objects.bulk_create(
        AuditEventFactory.build(who=admin, target=str(number)) for number in range(CHUNK + 5)
    )
    first = after(trail_of(admin), None)
    AuditEventFactory(target="came meanwhile")
    second = after(trail_of(admin), first[-1])
    assert [event.target for event in first + second] == [str(n) for n in reversed(range(CHUNK + 5))]
    assert after(trail_of(admin), second[-1]) == []


def test_a_line_is_said_in_words_and_one_without_words_by_its_code() -> None:
    assert words_of("policy_changed") == "Changed a policy"
    assert words_of("moon_landed") == "Moon landed"


def test_before_and_after_stand_side_by_side() -> None:
    before = {"mode": "observe", "families": ["m5", "c6"], "gone": 1, "paused": False}
    after_ = {"mode": "dry_run", "families": [], "paused": True, "limits": {"a": 1}}
    assert differences(before, after_) == [
        Difference("mode", "observe", "dry_run"),
        Difference("families", "m5, c6", "none"),
        Difference("gone", "1", ""),
        Difference("paused", "no", "yes"),
        Difference("limits", "", '{"a": 1}'),
    ]
    assert differences(None, None) == []


def test_what_is_recorded_says_who_from_where_and_in_which_request() -> None:
    browser, admin = Browser(), AdminFactory()
    browser.force_login(admin)
    person = ClientUserFactory()
    answer = browser.put(f"/api/v1/admin/users/{person.pk}", {"role": "lab"}, content_type="application/json")
    event = AuditEvent.objects.get(what="user_changed")
    assert (event.who, event.address) == (admin, "127.0.0.1")
    assert event.request_id == answer.headers["X-Request-ID"]
    assert audit.difference({"a": 1, "b": 2}, {"a": 1, "b": 3}) == ({"b": 2}, {"b": 3})


def test_a_page_counts_no_further_than_it_must(admin, monkeypatch) -> None:
    monkeypatch.setattr("atharva.api.pagination.MOST_COUNTED", 3)
    monkeypatch.setattr("atharva.web.lists.MOST_COUNTED", 3)
    AuditEventFactory.create_batch(5)
    browser = Browser()
    browser.force_login(admin)
    assert "of the newest 3 changes" in " ".join(browser.get("/audit").content.decode().split())
    assert browser.get("/api/audit").json()["count"] == 3


@pytest.mark.django_db(transaction=True)
async def test_the_whole_trail_is_sent_as_csv_that_no_spreadsheet_runs() -> None:
    def arranged() -> User:
        admin = AdminFactory(username="=cmd|calc")
        AuditEvent.objects.bulk_create(
            AuditEventFactory.build(who=admin, target="@evil, inc", after={"a": "ä"})
            for _ in range(CHUNK + 1)
        )
        return admin

    admin = await sync_to_async(arranged)()
    browser = AsyncClient()
    await browser.aforce_login(admin)
    answer = await browser.get("/api/audit.csv", {"what": "policy_changed"}, headers={"Accept": "text/csv"})
    lines = b"".join([part async for part in answer.streaming_content]).decode().splitlines()
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert lines[0] == "at,who,what,kind,target,client,address,request_id,before,after"
    assert len(lines) == CHUNK + 2
    assert """,'=cmd|calc,Changed a policy,policy_changed,"'@evil, inc",,,,,"{""a"": ""ä""}\"""" in lines[1]
    await sync_to_async(connections.close_all)()


def test_every_kind_of_change_that_is_recorded_has_words() -> None:
    recorded = {
        call.args[0].value
        for source in Path("apps").rglob("*.py")
        for call in ast.walk(ast.parse(source.read_text()))
        if isinstance(call, ast.Call)
        and ast.unparse(call.func) == "audit.record"
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }
    assert len(recorded) > 20
    assert recorded - WORDS.keys() == set()
