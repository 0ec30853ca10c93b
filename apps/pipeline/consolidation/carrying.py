"""Beginning a wave: each node through the fleet, which looks at it once more before anything happens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from apps.fleet.errors import AlreadyMoving, GroupAtMinimum, SwitchRefused
from apps.fleet.models import Instance, Pool, Switch
from apps.fleet.services.switching import suggest_switch
from apps.fleet.statuses import DisruptionKind

from ..decision.controls import may_move
from ..decision.model import NodeView
from ..optimizer.model import Offering
from .gathering import KIND, Surveyed
from .model import Bought, Wave

# A pool may have no room: as many others of the same size, no dearer than the old node, stand behind it.
ALTERNATIVES = 4


@dataclass(frozen=True, slots=True)
class Begun:
    """The switches of a wave, and why nodes of it were not begun, in sentences."""

    switches: list[Switch]
    held: list[str]


def begin(wave: Wave, surveyed: Surveyed, now: datetime) -> Begun:
    """Open a switch for each node of the wave that the policy's brakes let go now."""
    instances = Instance.objects.select_related("group", "cluster").in_bulk(
        [surveyed.views[name].id for name in wave.removed]
    )
    tempo, switches, held = surveyed.scene.tempo, list[Switch](), list[str]()
    for name in _replaced_first(wave):
        view = surveyed.views[name]
        if holds := may_move(view, surveyed.scene.policy, tempo, now, kind=KIND):
            held.append(f"{name} stays for now. {holds[0].sentence}")
            continue
        try:
            switches.append(_begin_one(instances[view.id], view, wave.buys.get(name), surveyed))
        except (AlreadyMoving, GroupAtMinimum, SwitchRefused) as refused:
            held.append(f"{name} stays for now. {refused.sentence}")
            continue
        tempo = tempo.after(view)
    return Begun(switches, held)


def _replaced_first(wave: Wave) -> Sequence[str]:
    """The pods of the others may count on what is bought."""
    return sorted(wave.removed, key=lambda name: name not in wave.buys)


def _begin_one(instance: Instance, view: NodeView, bought: Bought | None, surveyed: Surveyed) -> Switch:
    price = view.stay.price if view.stay is not None else Decimal(0)
    if bought is None:
        reason = f"Its pods fit on the other nodes; it costs ${price:.4f}/h."
        return suggest_switch(
            instance=instance,
            kind=DisruptionKind.CONSOLIDATION,
            candidates=[],
            reason=reason,
            saving_hourly_usd=price,
        )
    offerings = {offering.key: offering for offering in surveyed.layout.offerings}
    pools = _candidates(offerings[bought.offering], offerings, float(price))
    first = surveyed.gathered.pools[pools[0].pk]
    saving = price - Decimal(str(round(offerings[bought.offering].price, 6)))
    reason = f"{first.title} takes its place and pods of other nodes that go; it costs ${price:.4f}/h."
    return suggest_switch(
        instance=instance,
        kind=DisruptionKind.CONSOLIDATION,
        candidates=pools,
        reason=reason,
        saving_hourly_usd=saving,
    )


def _candidates(chosen: Offering, offerings: Mapping[int, Offering], price: float) -> list[Pool]:
    """The chosen pool, then the cheapest that could stand in for it."""
    alike = [
        offering
        for offering in offerings.values()
        if offering.key != chosen.key
        and (offering.zone, offering.lifecycle) == (chosen.zone, chosen.lifecycle)
        and offering.labels.get("kubernetes.io/arch") == chosen.labels.get("kubernetes.io/arch")
        and offering.price <= max(price, chosen.price)
        and all(have >= want for have, want in zip(offering.capacity, chosen.capacity, strict=True))
    ]
    behind = sorted(alike, key=lambda offering: offering.price)[:ALTERNATIVES]
    keys = [chosen.key, *(offering.key for offering in behind)]
    pools = Pool.objects.in_bulk(keys)
    return [pools[key] for key in keys]
