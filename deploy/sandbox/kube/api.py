"""Answering the requests to one cluster's API."""

from __future__ import annotations

import asyncio

from aiohttp import web

from . import (
    apply,
    bodies,
    discovery,
    errors,
    listing,
    metrics,
    openapi,
    reviews,
    subresources,
    tables,
    writes,
)
from .access import User
from .cluster import Cluster
from .eviction import evict
from .kinds import NAMESPACES, Kind, Obj
from .patch import APPLY_PATCH
from .routes import Target, parse
from .store import Record, encode
from .watch import open_watch, stream

JSON = "application/json"


def answer(body: Obj | bytes, code: int = 200, warnings: list[str] | None = None) -> web.Response:
    """A JSON response, with a Warning header for each unknown field."""
    response = web.Response(
        body=body if isinstance(body, bytes) else encode(body), status=code, content_type=JSON
    )
    for warning in warnings or ():
        escaped = warning.replace('"', '\\"')
        response.headers.add("Warning", f'299 - "{escaped}"')
    return response


def refusal(error: errors.ApiError) -> web.Response:
    return web.Response(
        body=encode(error.status), status=error.code, content_type=JSON, headers=error.headers
    )


async def handle(cluster: Cluster, path: str, request: web.Request) -> web.StreamResponse:
    """Answer a request for `path` below the cluster's address; every refusal is a Status."""
    if asyncio.get_running_loop().time() < cluster.outage.until:
        return _down(cluster, request)
    try:
        user = await cluster.access.identify(request.headers.get("Authorization", ""))
        if path == metrics.PATH:
            return metrics.answer(cluster, user)
        target = parse(path)
        if target is None:
            return _document(cluster, user, path, request)
        return await Call(cluster, user, target, request).answer()
    except errors.ApiError as error:
        return refusal(error)


def _down(cluster: Cluster, request: web.Request) -> web.Response:
    if cluster.outage.closes and request.transport is not None:
        request.transport.abort()
    return web.Response(status=503, text="apiserver not ready\n", headers={"Retry-After": "1"})


def _document(cluster: Cluster, user: User, path: str, request: web.Request) -> web.Response:
    cluster.access.require_path(user, path)
    if path == "/openapi/v2":
        return web.Response(body=openapi.V2, content_type=openapi.V2_MEDIA)
    found = discovery.document(path) or openapi.v3(path)
    if found is None:
        return web.Response(status=404, text="404 page not found\n")
    if request.method not in ("GET", "HEAD"):
        raise errors.method_not_allowed()
    return web.Response(text=found) if isinstance(found, str) else answer(found)


class Call:
    """One request for a resource."""

    def __init__(self, cluster: Cluster, user: User, target: Target, request: web.Request) -> None:
        self.cluster = cluster
        self.store = cluster.store
        self.user = user
        self.target = target
        self.request = request
        self.query = dict(request.query)
        self.dry_run = self.query.get("dryRun") == "All"
        self.mode = self.query.get("fieldValidation") or "Warn"

    async def answer(self) -> web.StreamResponse:
        """Authorise and do it."""
        is_watch = self.query.get("watch") in ("1", "true")
        verb = self.target.verb(self.request.method, is_watch=is_watch)
        self.cluster.count(verb or self.request.method, self.target.kind, self.target.subresource)
        if not verb:
            raise errors.method_not_allowed()
        self.cluster.access.require(self.user, self.target.deed(verb))
        kind = self.target.kind
        if kind is None:
            body = await bodies.read_object(self.request)
            return answer(reviews.review(self.cluster.access, self.user, self.target.plural, body), 201)
        if self.target.subresource:
            return await self._part(verb, kind)
        match verb:
            case "list":
                return self._list(kind)
            case "watch":
                return await self._watch(kind)
            case "get":
                return self._show(self._present(kind))
            case "create":
                return await self._create(kind)
            case "update" | "patch":
                return await self._change(verb, kind)
            case "delete":
                return await self._delete(kind)
        return await self._delete_collection(kind)

    @property
    def namespace(self) -> str:
        return "" if self.target.kind is NAMESPACES else self.target.namespace

    def _present(self, kind: Kind) -> Record:
        return self.store.need(kind, self.namespace, self.target.name)

    def _show(self, record: Record, code: int = 200, warnings: list[str] | None = None) -> web.Response:
        if tables.is_wanted(self.request.headers.get("Accept", "")):
            meta = {"resourceVersion": record.obj["metadata"].get("resourceVersion", "")}
            return answer(tables.table(record.kind, [record], meta), code)
        return answer(record.full, code, warnings)

    def _list(self, kind: Kind) -> web.Response:
        page = listing.select(self.store, kind, self.namespace, self.query)
        if tables.is_wanted(self.request.headers.get("Accept", "")):
            return answer(tables.table(kind, page.records, page.metadata))
        return answer(listing.encode_list(kind, page))

    async def _watch(self, kind: Kind) -> web.StreamResponse:
        query = self.query
        if self.target.name:
            query = {**query, "fieldSelector": f"metadata.name={self.target.name}"}
        wants_table = tables.is_wanted(self.request.headers.get("Accept", ""))
        watcher = open_watch(
            self.store, kind, self.namespace, query, tables.table_line if wants_table else None
        )
        self.cluster.watchers.add(watcher)
        try:
            return await stream(self.request, self.store, watcher, query)
        finally:
            self.cluster.watchers.discard(watcher)

    async def _create(self, kind: Kind) -> web.Response:
        body = await bodies.read_object(self.request)
        obj, warnings = bodies.of_kind(kind, body, self.namespace, "", self.mode)
        return self._show(writes.create(self.store, kind, obj, dry_run=self.dry_run), 201, warnings)

    async def _change(self, verb: str, kind: Kind) -> web.Response:
        media, body = self.request.content_type, await bodies.read(self.request)
        if verb == "patch" and media == APPLY_PATCH:
            return self._apply(kind, body)
        present = self._present(kind)
        if verb == "patch":
            body = bodies.patched(kind, media, present.thaw(), body)
        new, warnings = bodies.of_kind(kind, body, self.namespace, self.target.name, self.mode)
        part = self.target.subresource
        record = writes.update(self.store, present, new, part=part, dry_run=self.dry_run)
        return self._show(record, 200, warnings)

    def _apply(self, kind: Kind, wanted: Obj) -> web.Response:
        manager = self.query.get("fieldManager")
        if not manager:
            raise errors.ApiError(
                422,
                "Invalid",
                'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required '
                "value: is required for apply patch",
                details={
                    "group": "meta.k8s.io",
                    "kind": "PatchOptions",
                    "causes": [
                        {
                            "reason": "FieldValueRequired",
                            "field": "fieldManager",
                            "message": "Required value: is required for apply patch",
                        }
                    ],
                },
            )
        wanted, warnings = bodies.of_kind(kind, wanted, self.namespace, self.target.name, self.mode)
        present = self.store.get(kind, self.namespace, self.target.name)
        result = apply.applied(
            kind,
            present.thaw() if present else None,
            wanted,
            manager,
            force=self.query.get("force") == "true",
            part=self.target.subresource,
        )
        if present is None:
            return self._show(writes.create(self.store, kind, result, dry_run=self.dry_run), 201, warnings)
        record = writes.update(
            self.store, present, result, part=self.target.subresource, dry_run=self.dry_run
        )
        return self._show(record, 200, warnings)

    async def _delete(self, kind: Kind) -> web.Response:
        options = writes.DeleteOptions.of(await bodies.read_object(self.request), self.query)
        outcome = writes.delete(self.store, self._present(kind), options)
        if outcome.gone and not kind.returns_deleted:
            name = self.target.name
            return answer(errors.success(200, {**errors.about(kind, name), "uid": outcome.record.uid}))
        return self._show(outcome.record)

    async def _delete_collection(self, kind: Kind) -> web.Response:
        options = writes.DeleteOptions.of(await bodies.read_object(self.request), self.query)
        page = listing.select(self.store, kind, self.namespace, self.query)
        for record in page.records:
            writes.delete(self.store, record, options)
        return answer(listing.encode_list(kind, page))

    async def _part(self, verb: str, kind: Kind) -> web.Response:
        name, namespace = self.target.name, self.namespace
        match self.target.subresource:
            case "eviction":
                body = await bodies.read_object(self.request)
                evict(self.store, namespace, name, body, dry_run=self.dry_run)
                return answer(errors.success(201), 201)
            case "binding":
                body = await bodies.read_object(self.request)
                subresources.bind(self.store, namespace, name, body, dry_run=self.dry_run)
                return answer(errors.success(201), 201)
            case "token":
                body = await bodies.read_object(self.request)
                return answer(
                    subresources.request_token(self.store, self.cluster.access, namespace, name, body), 201
                )
            case "scale":
                return await self._scale(verb, kind)
        return self._show(self._present(kind)) if verb == "get" else await self._change(verb, kind)

    async def _scale(self, verb: str, kind: Kind) -> web.Response:
        media, body = self.request.content_type, {} if verb == "get" else await bodies.read(self.request)
        present = self._present(kind)
        scale = subresources.scale_of(present)
        if verb == "get":
            return answer(scale)
        if verb == "patch":
            body = bodies.patched(kind, media, scale, body)
        return answer(subresources.set_scale(self.store, present, body, dry_run=self.dry_run))
