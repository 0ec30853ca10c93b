"""The HTTPS server: clusters below /clusters/NAME, control below /_sandbox."""

from __future__ import annotations

import asyncio
import ssl

from aiohttp import web

from . import api, errors
from .control import control_routes
from .sandbox import Sandbox

CONTROL = "/_sandbox"
SHUTDOWN_SECONDS = 0.5
MAX_BODY = 8 * 1024 * 1024


def application(sandbox: Sandbox) -> web.Application:
    """The web application of a sandbox."""

    async def serve(request: web.Request) -> web.StreamResponse:
        name, path = request.match_info["name"], "/" + request.match_info["path"]
        cluster = sandbox.clusters.get(name)
        if cluster is None:
            return api.refusal(errors.ApiError(404, "NotFound", f'no cluster "{name}" runs here'))
        return await api.handle(cluster, path, request)

    app = web.Application(client_max_size=MAX_BODY)
    app.router.add_route("*", "/clusters/{name}/{path:.*}", serve)
    control_routes(app, sandbox, CONTROL)
    return app


async def listen(sandbox: Sandbox, host: str, port: int, context: ssl.SSLContext) -> web.AppRunner:
    """Serve until the runner's `cleanup`."""
    runner = web.AppRunner(application(sandbox), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    await web.TCPSite(runner, host, port, ssl_context=context).start()
    return runner


async def close(sandbox: Sandbox, runner: web.AppRunner) -> None:
    """End the clusters, their watches and the server."""
    sandbox.stop()
    await asyncio.wait_for(runner.cleanup(), 2 * SHUTDOWN_SECONDS)
