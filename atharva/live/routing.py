"""Every socket of the product."""

from channels.routing import URLRouter
from django.urls import path

from .consumer import AdminLive, ClientLive, OperationLive

sockets = URLRouter(
    [
        path("ws/admin/live", AdminLive.as_asgi()),  # type: ignore[list-item, arg-type]  # stubs know views only
        path("ws/client/<uuid:client_id>/live", ClientLive.as_asgi()),  # type: ignore[list-item, arg-type]
        path("ws/operations/<uuid:operation_id>", OperationLive.as_asgi()),  # type: ignore[list-item, arg-type]
    ]
)
