"""The back office of the fleet: everything to look at, nothing to break by hand but a policy."""

from typing import TYPE_CHECKING, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from apps.accounts.models import User
from atharva.web.back_office import ReadOnlyAdmin, ReadOnlyInline

from . import models
from .services.policies import WEIGHTS, change_policy


@admin.register(models.CloudAccount)
class CloudAccountAdmin(ReadOnlyAdmin):
    list_display = (
        "name",
        "client",
        "aws_account_id",
        "regions",
        "discovered_at",
        "problem",
        "queue_problem",
    )
    list_filter = ("client",)
    list_select_related = ("client",)
    search_fields = ("name", "aws_account_id")
    exclude = ("external_id",)


@admin.register(models.Cluster)
class ClusterAdmin(ReadOnlyAdmin):
    list_display = ("name", "client", "account", "region", "watched_at", "decided_at", "problem")
    list_filter = ("client", "region")
    list_select_related = ("client", "account")
    search_fields = ("name",)
    exclude = ("kubeconfig",)


if TYPE_CHECKING:
    ModelForm = forms.ModelForm[models.Policy]  # only the type stubs know it as generic
else:
    ModelForm = forms.ModelForm


class PolicyForm(ModelForm):
    def clean(self) -> dict[str, object]:
        values = super().clean() or {}
        weights = [values[name] for name in WEIGHTS if name in values]
        if len(weights) == len(WEIGHTS) and sum(weights) != 1:
            raise forms.ValidationError("The four weights must add up to 1.")
        return values


@admin.register(models.Policy)
class PolicyAdmin(ModelAdmin):
    """The one thing that is changed here, through the service that keeps the trail."""

    form = PolicyForm
    list_display = ("cluster", "mode", "risk_ceiling", "max_moving_pct", "moves_per_hour", "paused_until")
    list_filter = ("mode", "cluster__client")
    list_select_related = ("cluster",)
    search_fields = ("cluster__name",)
    readonly_fields = ("cluster",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Policy | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: models.Policy, form: ModelForm, change: bool) -> None:
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        change_policy(obj.cluster, changes, by=cast(User, request.user))


@admin.register(models.InstanceType)
class InstanceTypeAdmin(ReadOnlyAdmin):
    list_display = ("name", "family", "generation", "architecture", "cpu_milli", "memory_mib", "gpus")
    list_filter = ("architecture", "generation")
    search_fields = ("name",)


@admin.register(models.Pool)
class PoolAdmin(ReadOnlyAdmin):
    list_display = (
        "instance_type_id",
        "zone",
        "lifecycle",
        "price_hourly_usd",
        "on_demand_hourly_usd",
        "interruption_probability",
        "set_aside_until",
    )
    list_filter = ("lifecycle", "region")
    search_fields = ("instance_type__name", "zone")


@admin.register(models.PoolEvent)
class PoolEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "kind", "pool")
    list_filter = ("kind",)
    list_select_related = ("pool",)


@admin.register(models.NodeGroup)
class NodeGroupAdmin(ReadOnlyAdmin):
    list_display = ("name", "account", "cluster", "min_size", "desired", "max_size", "taken")
    list_filter = ("account", "region")
    list_select_related = ("account", "cluster")
    search_fields = ("name",)


@admin.register(models.NodeTemplate)
class NodeTemplateAdmin(ReadOnlyAdmin):
    list_display = ("cluster", "architecture", "image_id", "source", "checked_at", "problem")
    list_select_related = ("cluster",)
    search_fields = ("cluster__name", "image_id")
    # User data carries join tokens of some clusters.
    exclude = ("user_data",)


@admin.register(models.Instance)
class InstanceAdmin(ReadOnlyAdmin):
    list_display = ("ec2_id", "cluster", "instance_type_id", "zone", "lifecycle", "state", "node_name")
    list_filter = ("state", "lifecycle", "managed_by", "cluster")
    list_select_related = ("cluster",)
    search_fields = ("ec2_id", "node_name")
    exclude = ("pool",)


class SwitchStepInline(ReadOnlyInline):
    model = models.SwitchStep
    fields = ("entered_at", "state", "detail")


@admin.register(models.Switch)
class SwitchAdmin(ReadOnlyAdmin):
    list_display = (
        "created_at",
        "cluster",
        "kind",
        "state",
        "old_instance",
        "to_pool",
        "detail",
        "finished_at",
    )
    list_filter = ("state", "kind", "cluster")
    list_select_related = ("cluster", "old_instance", "to_pool")
    search_fields = ("old_instance__ec2_id", "new_instance__ec2_id", "cluster__name")
    date_hierarchy = "created_at"
    inlines = (SwitchStepInline,)


@admin.register(models.Launch)
class LaunchAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "cluster", "state", "pool", "instance", "attempt", "detail", "finished_at")
    list_filter = ("state", "binds", "cluster")
    list_select_related = ("cluster", "pool", "instance")
    search_fields = ("instance__ec2_id", "cluster__name", "plan_id")
    date_hierarchy = "created_at"


@admin.register(models.Operation)
class OperationAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "title", "kind", "client", "status", "requested_by", "finished_at")
    list_filter = ("status", "kind", "client")
    list_select_related = ("client", "requested_by")
    search_fields = ("title", "cluster__name")
    date_hierarchy = "created_at"


@admin.register(models.OperationItem)
class OperationItemAdmin(ReadOnlyAdmin):
    """A page of its own: as an inline, an operation's thousands would come all at once."""

    list_display = ("operation", "position", "name", "group", "state", "step", "detail", "breaks")
    list_filter = ("state",)
    list_select_related = ("operation",)
    search_fields = ("operation__title", "name", "target")
    show_full_result_count = False


@admin.register(models.CostEntry)
class CostEntryAdmin(ReadOnlyAdmin):
    list_display = (
        "starts_at",
        "client",
        "cluster",
        "instance",
        "lifecycle",
        "paid_usd",
        "baseline_usd",
        "source",
    )
    list_filter = ("source", "lifecycle", "client")
    list_select_related = ("client", "cluster")
    search_fields = ("instance",)
    # Years of hours: counting all of them for every page would take longer than reading it.
    show_full_result_count = False


@admin.register(models.Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "client", "cluster", "kind", "text", "read_at")
    list_filter = ("kind", "client")
    list_select_related = ("client", "cluster")
    search_fields = ("text",)


@admin.register(models.CloudEvent)
class CloudEventAdmin(ReadOnlyAdmin):
    list_display = ("received_at", "account", "kind", "instance_id", "state", "tries", "note")
    list_filter = ("state", "kind", "account")
    list_select_related = ("account",)
    search_fields = ("instance_id", "event_id")
