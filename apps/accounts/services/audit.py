"""The trail of who changed what."""

from collections.abc import Mapping

import structlog
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model

from ..models import AuditEvent, Client, User

Values = Mapping[str, object]


def record(
    what: str,
    *,
    target: Model,
    by: User | None,
    client: Client | None = None,
    before: Values | None = None,
    after: Values | None = None,
) -> AuditEvent:
    """Add a row to the trail. Call it in the transaction of the change. `by` is None for the platform itself.

    Request id and address come from the request that is being served, if any. Nothing secret may be in
    `before` or `after`.
    """
    origin = structlog.contextvars.get_contextvars()
    return AuditEvent.objects.create(
        what=what,
        who=by,
        client=client,
        target=f"{target._meta.verbose_name} {target}"[:200],
        before=plain(before),
        after=plain(after),
        request_id=origin.get("request_id", ""),
        address=origin.get("address") or None,
    )


def plain(values: Values | None) -> dict[str, object] | None:
    """Values as JSON holds them: decimals and times as text."""
    if values is None:
        return None
    encoder = DjangoJSONEncoder()
    return {
        name: value
        if value is None or isinstance(value, bool | int | float | str | list | dict)
        else encoder.default(value)
        for name, value in values.items()
    }


def difference(before: Values, after: Values) -> tuple[dict[str, object], dict[str, object]]:
    """What differs between two states, as it was and as it is."""
    changed = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in changed}, {name: after[name] for name in changed}
