"""The HTTP server: moto's applications behind counting, throttling, and our own answers."""

import io
import json
import logging
import os
import time
import uuid
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs, parse_qsl
from wsgiref.types import StartResponse, WSGIEnvironment

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

from deploy.sandbox.aws import advisor, install, pricelist
from deploy.sandbox.aws.control import BadCommand, Control
from deploy.sandbox.aws.world import World

CONTROL = "/_sandbox/"
ADVISOR = "/spot-advisor-data.json"
# Services whose changes must not overlap with each other or with the scheduler's.
LOCKED_SERVICES = ("ec2", "autoscaling")
READS = ("Describe", "Get", "List")
REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 503: "Service Unavailable"}


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
            return _json(start_response, 200, advisor.advice(self._world.market, time.time()))
        if path.startswith(CONTROL):
            return self._command(environ, path.removeprefix(CONTROL), body, start_response)
        service, action = _addressed(environ, body)
        if action and not self._world.throttle.admit(service, action):
            return _refused(environ, service, start_response)
        if service == "pricing":
            return self._price_list(action, body, start_response)
        if service in LOCKED_SERVICES and not action.startswith(READS):
            with self._world.lock:
                return list(self._aws(environ, start_response))
        answer: Iterable[bytes] = self._aws(environ, start_response)
        return answer

    def _command(
        self, environ: WSGIEnvironment, name: str, body: bytes, start_response: StartResponse
    ) -> list[bytes]:
        try:
            if environ["REQUEST_METHOD"] == "POST" and name in self._control.commands:
                command = json.loads(body or b"{}")
                with self._world.lock:
                    return _json(start_response, 200, self._control.commands[name](command))
            if environ["REQUEST_METHOD"] == "GET" and name in self._control.questions:
                query = {key: values[-1] for key, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
                return _json(start_response, 200, self._control.questions[name](query))
        except (BadCommand, KeyError, ValueError) as problem:
            return _json(start_response, 400, {"error": str(problem)})
        return _json(start_response, 404, {"error": f"no such command: {name}"})

    def _price_list(self, action: str, body: bytes, start_response: StartResponse) -> list[bytes]:
        try:
            if action != "GetProducts":
                raise ValueError(f"{action} is not part of the sandbox's price list")
            return _json(start_response, 200, pricelist.get_products(json.loads(body or b"{}")))
        except ValueError as problem:
            answer = {"__type": "InvalidParameterException", "Message": str(problem)}
            return _json(start_response, 400, answer)


def _addressed(environ: WSGIEnvironment, body: bytes) -> tuple[str, str]:
    """Service and action of an AWS request; empty where it is none."""
    parts = environ.get("HTTP_AUTHORIZATION", "").split("/")
    service = parts[3] if len(parts) > 3 else ""
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return service, target.split(".")[-1]
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        return service, dict(parse_qsl(body.decode())).get("Action", "")
    return service, ""


def _refused(environ: WSGIEnvironment, service: str, start_response: StartResponse) -> list[bytes]:
    request_id = uuid.uuid4()
    if service == "ec2":
        text = (
            '<?xml version="1.0" encoding="UTF-8"?><Response><Errors><Error><Code>RequestLimitExceeded</Code>'
            "<Message>Request limit exceeded.</Message></Error></Errors>"
            f"<RequestID>{request_id}</RequestID></Response>"
        )
        return _answer(start_response, 503, "text/xml", text.encode())
    if environ.get("HTTP_X_AMZ_TARGET"):
        return _json(start_response, 400, {"__type": "ThrottlingException", "message": "Rate exceeded"})
    text = (
        "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message>"
        f"</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return _answer(start_response, 400, "text/xml", text.encode())


def _json(start_response: StartResponse, status: int, document: dict[str, Any]) -> list[bytes]:
    return _answer(start_response, status, "application/json", json.dumps(document).encode())


def _answer(start_response: StartResponse, status: int, content_type: str, body: bytes) -> list[bytes]:
    headers = [("Content-Type", content_type), ("Content-Length", str(len(body)))]
    start_response(f"{status} {REASONS[status]}", headers)
    return [body]


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
