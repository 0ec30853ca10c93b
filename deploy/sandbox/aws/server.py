"""The HTTP server: moto's applications behind counting, throttling, permissions, and our own answers."""

import io
import json
import logging
import os
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

from deploy.sandbox.aws import advisor, install, pricelist, quotas, refusals
from deploy.sandbox.aws.control import BadCommand, Control
from deploy.sandbox.aws.iam import presigned
from deploy.sandbox.aws.iam.acts import READS
from deploy.sandbox.aws.iam.calls import AwsCall, read
from deploy.sandbox.aws.iam.gate import STOP_THEMSELVES
from deploy.sandbox.aws.iam.roles import caller_of
from deploy.sandbox.aws.refusals import Answer, as_json
from deploy.sandbox.aws.world import World

CONTROL = "/_sandbox/"
ADVISOR = "/spot-advisor-data.json"
# Services whose changes must not overlap with each other or with the scheduler's.
LOCKED_SERVICES = ("ec2", "autoscaling")
# Services by which roles come and go.
ROLE_WRITERS = ("iam", "cloudformation")
REASONS = {
    200: "OK",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    412: "Precondition Failed",
    503: "Service Unavailable",
}


class Application:
    """One WSGI application for all AWS endpoints and the control API."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._control = Control(world)
        self._aws = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        if path == ADVISOR:
            return _send(start_response, as_json(200, advisor.advice(self._world.market, time.time())))
        if path.startswith(CONTROL):
            return _send(start_response, self._command(environ, path.removeprefix(CONTROL), body))
        if presigned.is_presigned(environ):
            return _send(start_response, presigned.answer(environ, time.time()))
        call = read(environ, body)
        if found := self._first_answer(call):
            return _send(start_response, found)
        if call.service in LOCKED_SERVICES and not call.action.startswith(READS):
            with self._world.lock:
                return list(self._aws(environ, start_response))
        answer: Iterable[bytes] = self._aws(environ, start_response)
        if call.service in ROLE_WRITERS and not call.action.startswith(READS):
            self._world.gate.roles.changed()
        return answer

    def _first_answer(self, call: AwsCall) -> Answer | None:
        """The answer where moto is not asked."""
        if call.action and not self._world.throttle.admit(call.service, call.action):
            return refusals.throttled(call)
        if denial := self._world.gate.denial(call):
            return refusals.denied(call, denial)
        if call.service == "ec2" and call.is_dry_run and call.action not in STOP_THEMSELVES:
            return refusals.would_succeed()
        if call.service == "pricing":
            return self._price_list(call)
        if call.service == "servicequotas" and call.action == "ListServiceQuotas":
            return self._quotas(call)
        return None

    def _command(self, environ: WSGIEnvironment, name: str, body: bytes) -> Answer:
        try:
            if environ["REQUEST_METHOD"] == "POST" and name in self._control.commands:
                command = json.loads(body or b"{}")
                with self._world.lock:
                    return as_json(200, self._control.commands[name](command))
            if environ["REQUEST_METHOD"] == "GET" and name in self._control.questions:
                query = {key: values[-1] for key, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
                return as_json(200, self._control.questions[name](query))
        except (BadCommand, KeyError, ValueError) as problem:
            return as_json(400, {"error": str(problem)})
        return as_json(404, {"error": f"no such command: {name}"})

    def _quotas(self, call: AwsCall) -> Answer:
        account_id = caller_of(call.access_key).account_id
        try:
            found = quotas.list_service_quotas(self._world.capacity, account_id, call.region, call.parameters)
        except ValueError as problem:
            return as_json(400, {"__type": "NoSuchResourceException", "Message": str(problem)})
        return as_json(200, found)

    def _price_list(self, call: AwsCall) -> Answer:
        try:
            if call.action != "GetProducts":
                raise ValueError(f"{call.action} is not part of the sandbox's price list")
            return as_json(200, pricelist.get_products(call.parameters))
        except ValueError as problem:
            return as_json(400, {"__type": "InvalidParameterException", "Message": str(problem)})


def _send(start_response: StartResponse, answer: Answer) -> list[bytes]:
    headers = [
        ("Content-Type", answer.content_type),
        ("Content-Length", str(len(answer.body))),
        *answer.headers,
    ]
    start_response(f"{answer.status} {REASONS[answer.status]}", headers)
    return [answer.body]


class RequestHandler(MotoRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: a line per request would drown what matters."""


def serve(world: World, host: str, port: int) -> BaseWSGIServer:
    """A server that listens; the caller runs `serve_forever` and `shutdown`."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    install.install(world)
    return make_server(host, port, Application(world), threaded=True, request_handler=RequestHandler)
