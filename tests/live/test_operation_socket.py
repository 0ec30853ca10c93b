"""/ws/operations/{id}: who may follow an operation, what is told, and how often."""

import asyncio
import uuid
from itertools import pairwise
from time import sleep

import pytest
from asgiref.sync import sync_to_async

from apps.fleet.models import Ended, OperationItem
from apps.fleet.services.operations import announcing, cancel_operation, close_finished, tell_owed
from apps.fleet.statuses import ItemState
from atharva.live import pacing
from tests.factories import (
    AdminFactory,
    ClientUserFactory,
    ClusterFactory,
    LabFactory,
    OperationFactory,
    OperationItemFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def person():
    return ClientUserFactory()


@pytest.fixture
def operation(person):
    made = OperationFactory(cluster=ClusterFactory(account__client=person.client))
    OperationItemFactory.create_batch(4, operation=made, group="nodes")
    return made


async def ended(server, path, **credentials) -> int | None:
    async with server.socket(path, **credentials) as reader:
        return await reader.closed()


@pytest.mark.requirement("10.15")
async def test_its_tenants_people_and_admins_follow_it(server, person, operation, token_of) -> None:
    path = f"/ws/operations/{operation.pk}"
    for user in (person, await sync_to_async(AdminFactory)()):
        async with server.socket(path, token=await token_of(user)) as reader:
            await sync_to_async(announcing.ended)(operation.pk)
            frame = await reader.frame()
            assert (frame["type"], frame["operation_id"]) == ("operation_progress", str(operation.pk))
            assert (frame["status"], frame["total"], frame["waiting"]) == ("queued", 4, 4)
            assert (frame["progress_pct"], frame["groups"][0]["name"]) == (0.0, "nodes")


async def test_another_tenants_and_an_unknown_one_close_alike(server, person, operation, token_of) -> None:
    stranger, lab = await sync_to_async(ClientUserFactory)(), await sync_to_async(LabFactory)()
    path, unknown = f"/ws/operations/{operation.pk}", f"/ws/operations/{uuid.uuid4()}"
    assert await ended(server, path, token=await token_of(stranger)) == 4403
    assert await ended(server, unknown, token=await token_of(stranger)) == 4403
    assert await ended(server, unknown, token=await token_of(await sync_to_async(AdminFactory)())) == 4403
    assert await ended(server, path, token=await token_of(lab)) == 4403
    assert await ended(server, path) == 4401


async def test_the_platforms_are_for_admins(server, person, token_of) -> None:
    platform = await sync_to_async(OperationFactory)(cluster=None, client=None, title="All on-demand")
    path = f"/ws/operations/{platform.pk}"
    assert await ended(server, path, token=await token_of(person)) == 4403
    admin = await sync_to_async(AdminFactory)()
    async with (
        server.socket(path, token=await token_of(admin)) as reader,
        server.socket("/ws/admin/live", token=await token_of(admin)) as all_of_it,
    ):
        await sync_to_async(announcing.ended)(platform.pk)
        assert (await reader.frame())["operation_id"] == str(platform.pk)
        assert (await all_of_it.frame())["operation_id"] == str(platform.pk)


async def test_the_tenants_stream_tells_of_it_too(server, person, operation, token_of) -> None:
    async with server.socket(f"/ws/client/{person.client_id}/live", token=await token_of(person)) as reader:
        await sync_to_async(cancel_operation)(operation, by=person)
        frame = await reader.frame()
        while frame["status"] != "cancelled":
            frame = await reader.frame()
    assert (frame["cancelled"], frame["client_id"]) == (4, str(person.client_id))


def end_all(operation, *, slowly: float) -> None:
    for item in OperationItem.objects.filter(operation=operation):
        item.record(Ended(ItemState.DONE, "done"), now=operation.created_at)
        announcing.progressed(operation.pk)
        sleep(slowly)  # spreads the changes over some seconds: how often they are told is the case itself


@pytest.mark.requirement("10.15")
async def test_it_is_told_at_most_four_times_a_second_and_its_end_always(
    server, person, operation, token_of
) -> None:
    await sync_to_async(OperationItemFactory.create_batch)(96, operation=operation)
    async with server.socket(f"/ws/operations/{operation.pk}", token=await token_of(person)) as reader:
        changing = asyncio.create_task(sync_to_async(end_all, thread_sensitive=False)(operation, slowly=0.02))
        clock, seen = asyncio.get_running_loop().time, []
        await changing
        await sync_to_async(close_finished)()
        while not seen or seen[-1][1]["status"] != "succeeded":
            seen.append((clock(), await reader.frame()))
    times = [frame["at"] for _, frame in seen]
    seconds = [float(at[17:-1]) + 60 * float(at[14:16]) for at in times]
    assert len(seen) >= 4
    assert all((later - earlier) % 3600 >= 0.3 for earlier, later in pairwise(seconds[:-1]))
    assert seen[-1][1]["done"] == 100


async def test_what_was_passed_over_is_told_by_the_sweep(server, person, operation, token_of) -> None:
    async with server.socket(f"/ws/operations/{operation.pk}", token=await token_of(person)) as reader:
        for _ in range(2):
            await sync_to_async(announcing.progressed)(operation.pk)
        await reader.frame()
        await sync_to_async(OperationItem.objects.update)(state=ItemState.RUNNING)
        frame = None
        while frame is None:
            await sync_to_async(tell_owed)()
            frame = await asyncio.wait_for(reader.frame(), 15) if await told(operation) else None
    assert frame["running"] == 4


async def told(operation) -> bool:
    """Whether nothing is owed any more."""
    return not await sync_to_async(pacing.connection().sismember)(
        "live:owed:operation_progress", str(operation.pk)
    )
