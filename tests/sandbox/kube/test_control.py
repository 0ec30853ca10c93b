"""The control interface, over its own HTTPS."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from ssl import create_default_context
from typing import Any

import aiohttp
import pytest
import yaml

from deploy.sandbox.kube.certs import authority
from deploy.sandbox.kube.sandbox import Sandbox
from deploy.sandbox.kube.server import close, listen
from tests.sandbox.kube.world import KNOBS, TYPES

Answer = tuple[int, Any]


class Control:
    """An HTTPS client of a running stand-in."""

    def __init__(self, http: aiohttp.ClientSession, base: str) -> None:
        self.http, self.base = http, base

    async def ask(self, method: str, path: str, body: Any = None, token: str = "") -> Answer:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = path if path.startswith("https") else f"{self.base}/_sandbox/{path}"
        async with self.http.request(method, url, json=body, headers=headers) as response:
            return response.status, await response.json()

    async def made(self, **body: Any) -> Any:
        status, cluster = await self.ask("POST", "clusters", {"name": "one", **body})
        assert status == 201
        return cluster


@pytest.fixture
async def control(tmp_path: Path) -> AsyncIterator[Control]:
    context, ca = authority(tmp_path, "127.0.0.1")
    sandbox = Sandbox("", ca, KNOBS, TYPES)
    runner = await listen(sandbox, "127.0.0.1", 0, context)
    sandbox.address = f"https://127.0.0.1:{runner.addresses[0][1]}"
    connector = aiohttp.TCPConnector(ssl=create_default_context(cadata=ca))
    async with aiohttp.ClientSession(connector=connector) as http:
        yield Control(http, sandbox.address)
    await close(sandbox, runner)


async def test_a_kubeconfig_leads_to_its_cluster(control: Control) -> None:
    cluster = await control.made()
    config = yaml.safe_load(cluster["kubeconfig"])
    server, token = config["clusters"][0]["cluster"]["server"], config["users"][0]["user"]["token"]

    status, namespaces = await control.ask("GET", f"{server}/api/v1/namespaces", token=token)

    assert status == 200
    assert {"default", "kube-system"} <= {item["metadata"]["name"] for item in namespaces["items"]}


async def test_a_name_is_taken_once_and_free_after_deletion(control: Control) -> None:
    await control.made()
    assert (await control.ask("POST", "clusters", {"name": "one"}))[0] == 409

    assert (await control.ask("DELETE", "clusters/one"))[0] == 200

    await control.made()


async def test_clusters_share_nothing(control: Control) -> None:
    one, two = await control.made(), await control.made(name="two")
    await control.ask("POST", "clusters/one/nodes", {"name": "a"})

    status, _ = await control.ask("GET", f"{two['server']}/api/v1/nodes", token=one["token"])
    _, nodes = await control.ask("GET", f"{two['server']}/api/v1/nodes", token=two["token"])

    assert status == 401
    assert nodes["items"] == []


async def test_token_rules_limit_the_token_but_not_the_admins(control: Control) -> None:
    cluster = await control.made(token_rules=[{"resources": ["nodes"], "verbs": ["list"]}])
    nodes, pods = f"{cluster['server']}/api/v1/nodes", f"{cluster['server']}/api/v1/pods"

    assert (await control.ask("GET", nodes, token=cluster["token"]))[0] == 200
    assert (await control.ask("GET", pods, token=cluster["token"]))[0] == 403
    assert (await control.ask("GET", pods, token=cluster["admin_token"]))[0] == 200


async def test_an_outage_closes_connections_until_it_is_over(control: Control) -> None:
    cluster = await control.made()
    nodes = f"{cluster['server']}/api/v1/nodes"
    await control.ask("POST", "clusters/one/outage", {"seconds": 30})
    with pytest.raises(aiohttp.ClientError):
        await control.ask("GET", nodes, token=cluster["token"])

    await control.ask("POST", "clusters/one/outage", {"seconds": 0})

    assert (await control.ask("GET", nodes, token=cluster["token"]))[0] == 200


async def test_an_outage_of_answers_says_unavailable(control: Control) -> None:
    cluster = await control.made()
    await control.ask("POST", "clusters/one/outage", {"seconds": 30, "mode": "503"})

    async with control.http.get(f"{cluster['server']}/api/v1/nodes") as response:
        assert response.status == 503


async def test_compaction_ends_running_watches_with_an_error_event(control: Control) -> None:
    cluster = await control.made()
    headers = {"Authorization": f"Bearer {cluster['token']}"}
    url = f"{cluster['server']}/api/v1/nodes"
    async with control.http.get(url, params={"watch": "1"}, headers=headers) as watch:
        await control.ask("POST", "clusters/one/compact", {})
        text = await watch.text()

    assert '"type":"ERROR"' in text
    assert '"code":410' in text


async def test_unknown_knobs_are_refused_by_name(control: Control) -> None:
    await control.made()

    status, answer = await control.ask("POST", "clusters/one/kubelets", {"pods_start": 1})

    assert status == 400
    assert "no such knob: pods_start" in answer["error"]


async def test_calls_are_counted_by_verb_and_resource(control: Control) -> None:
    cluster = await control.made()
    for _ in range(2):
        await control.ask("GET", f"{cluster['server']}/api/v1/nodes", token=cluster["token"])

    _, answer = await control.ask("GET", "clusters/one/calls")

    assert answer["calls"] == {"list nodes": 2}


async def test_what_is_not_there_is_not_found(control: Control) -> None:
    assert (await control.ask("GET", "clusters/none"))[0] == 404
    await control.made()
    assert (await control.ask("DELETE", "clusters/one/nodes/none"))[0] == 404
    assert (await control.ask("POST", "clusters/one/nodes", {"instance_type": "z9.huge"}))[0] == 400
