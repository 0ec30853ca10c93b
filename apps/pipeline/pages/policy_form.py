"""A cluster's policy as a person edits it: grouped, with units, each with what it does."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.postgres.forms import SimpleArrayField

from apps.fleet.models import Policy

MINUTE = timedelta(minutes=1)
WEIGHTS = ("weight_cost", "weight_stability", "weight_performance", "weight_capacity")


class Minutes(forms.IntegerField):
    """Whole minutes of what is stored in seconds."""

    def prepare_value(self, value: Any) -> Any:
        return value // 60 if isinstance(value, int) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return _differs(self, initial, data)

    def clean(self, value: Any) -> int | None:
        minutes: int | None = super().clean(value)
        return None if minutes is None else minutes * 60


class Percent(forms.FloatField):
    """Percent of what is stored as a share of one."""

    def prepare_value(self, value: Any) -> Any:
        return f"{value * 100:g}" if isinstance(value, float) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return _differs(self, initial, data)

    def clean(self, value: Any) -> float | None:
        percent: float | None = super().clean(value)
        return None if percent is None else percent / 100


def _differs(field: forms.Field, stored: Any, given: Any) -> bool:
    """Whether what was given means something else than what is stored; nonsense always does."""
    try:
        return bool(field.clean(given) != stored)
    except forms.ValidationError:
        return True


@dataclass(frozen=True, slots=True)
class Group:
    """What stands together on the page, with a sentence on what it is about."""

    title: str
    text: str
    fields: Mapping[str, tuple[str, str, str]]  # name -> label, unit, hint


GROUPS = (
    Group(
        "What counts",
        "How a pool is scored for a node. The four weights make one together.",
        {
            "weight_cost": ("Cost", "", "how far below on-demand it is"),
            "weight_stability": ("Stability", "", "how unlikely an interruption is"),
            "weight_performance": ("Performance", "", "neutral until the cluster's metrics are read"),
            "weight_capacity": ("Capacity", "", "how much stays free"),
        },
    ),
    Group(
        "What may be bought",
        "Pools that break one of these are never bought, whatever they cost.",
        {
            "risk_ceiling": ("Risk ceiling", "% within an hour", "held against the upper estimate"),
            "max_pool_share_pct": ("Share of one pool", "% of spot nodes", "at most"),
            "min_generation": ("Oldest generation", "", "5 for m5, c5, r5 and later"),
            "families": ("Families", "", "such as m5, c6i; empty: all"),
            "architectures": ("Architectures", "", "amd64, arm64; empty: each node keeps its own"),
            "max_price_hourly_usd": (
                "Cap on the bill",
                "USD an hour",
                "launches beyond wait; empty: none",
            ),
        },
    ),
    Group(
        "When a move is worth it",
        "A move for cost needs all of these; one away from risk needs none.",
        {
            "min_saving_pct": ("Least saving, share", "%", "of the node's price"),
            "min_saving_hourly_usd": ("Least saving, amount", "USD an hour", ""),
            "min_cheaper_pools": ("Cheaper pools", "", "from spot to spot, against a race to the bottom"),
            "price_samples": ("Price stood for", "samples", "one a minute"),
        },
    ),
    Group(
        "How fast",
        "Interruptions are answered at once, whatever stands here.",
        {
            "max_moving_pct": ("Nodes at once", "%", "of the cluster, rounded up"),
            "moves_per_hour": ("Moves an hour", "", "at most"),
            "cooldown_seconds": ("Cool-down", "minutes", "a node moved this recently stays"),
            "min_node_age_seconds": ("Youngest node", "minutes", "a younger one stays"),
        },
    ),
    Group(
        "On-demand and storms",
        "What never rests on spot, and what happens when interruptions come thick.",
        {
            "on_demand_floor": ("On-demand nodes", "", "at least"),
            "on_demand_floor_pct": ("On-demand share", "%", "at least; the larger of the two holds"),
            "storm_interruptions_pct": ("A storm begins at", "% of spot nodes", "interrupted within an hour"),
            "storm_on_demand_pct": ("On-demand in a storm", "%", "comes back, paced, when it is calm"),
            "rebalance": ("Rebalance recommendation", "", "how AWS's early warning is taken"),
        },
    ),
    Group(
        "Pods that wait",
        "What is bought when the scheduler finds no node, and what is kept free beforehand.",
        {
            "placement": ("Placement", "", "who acts on pods that wait"),
            "headroom_pct": ("Headroom, share", "% of requests", "kept free"),
            "headroom_cpu_milli": ("Headroom, CPU", "milli-cores", ""),
            "headroom_memory_mib": ("Headroom, memory", "MiB", ""),
            "headroom_gpus": ("Headroom, GPUs", "", ""),
            "solve_event_seconds": ("Plan a few pods within", "seconds", ""),
            "solve_batch_seconds": ("Plan many pods within", "seconds", "above 2,000 pods"),
        },
    ),
    Group(
        "Consolidation",
        "Fewer or smaller nodes for the same pods, in waves that no budget forbids.",
        {
            "consolidate": ("Consolidate", "", "remove and shrink nodes that are not needed"),
            "solve_consolidation_seconds": ("Find the final state within", "seconds", ""),
        },
    ),
    Group(
        "Draining",
        "How a node is emptied. Evictions always go through the cluster's budgets.",
        {
            "eviction_spread_seconds": ("Spread evictions over", "seconds", "at most"),
            "drain_limit_seconds": ("Give up a drain after", "minutes", ""),
            "join_limit_seconds": ("Give up a node after", "minutes", "that does not join"),
            "verify_stable_seconds": ("Stable for", "seconds", "before the old node goes"),
            "evict_bare_pods": ("Evict bare pods", "", "that nothing runs anew"),
        },
    ),
)
ASKED = [name for group in GROUPS for name in group.fields]


@dataclass(frozen=True, slots=True)
class Asked:
    """A field with its words."""

    field: forms.BoundField
    unit: str
    hint: str
    is_switch: bool
    is_choice: bool


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """Every rule but the mode, which is changed where the steps of trust are."""

    risk_ceiling = Percent(min_value=0, max_value=100)
    cooldown_seconds = Minutes(min_value=0, max_value=7 * 24 * 60)
    min_node_age_seconds = Minutes(min_value=0, max_value=7 * 24 * 60)
    drain_limit_seconds = Minutes(min_value=1, max_value=24 * 60)
    join_limit_seconds = Minutes(min_value=1, max_value=24 * 60)
    families = SimpleArrayField(forms.CharField(max_length=20), required=False)
    architectures = SimpleArrayField(
        forms.ChoiceField(choices=[("amd64", "amd64"), ("arm64", "arm64")]), required=False
    )

    class Meta:
        model = Policy
        fields = ASKED

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for group in GROUPS:
            for name, (label, _, _) in group.fields.items():
                self.fields[name].label = label

    def clean(self) -> dict[str, Any]:
        """The weights make one: said here as well, so that the preview says it too."""
        cleaned = super().clean() or {}
        if all(name in cleaned for name in WEIGHTS):
            total = sum((cleaned[name] for name in WEIGHTS), Decimal())
            if total != 1:
                self.add_error(
                    "weight_cost", f"The four weights make {total.normalize():f} together; they must make 1."
                )
        return cleaned

    @property
    def changes(self) -> dict[str, object]:
        """What differs from the stored policy; the form is valid."""
        return {name: self.cleaned_data[name] for name in self.changed_data}

    def groups(self) -> Iterator[tuple[Group, list[Asked]]]:
        """The groups in order, each with its fields."""
        for group in GROUPS:
            yield (
                group,
                [self._asked(name, unit, hint) for name, (_, unit, hint) in group.fields.items()],
            )

    def _asked(self, name: str, unit: str, hint: str) -> Asked:
        field = self.fields[name]
        return Asked(
            field=self[name],
            unit=unit,
            hint=hint,
            is_switch=isinstance(field, forms.BooleanField),
            is_choice=isinstance(field, forms.ChoiceField),
        )
