"""Operations over the API: how far they are, item by item; stopping them, and trying again what failed."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api.tenant import TenantView

from ..models import Operation, OperationItem
from ..selectors.operations import failures_first, shown, with_context
from ..services.operations import cancel_operation, retry_failed
from .operation_bodies import ItemBody, ItemFilters, OperationBody, OperationFilters, asked


def accepted(operation: Operation) -> Response:
    """The answer to a request that started work: 202 with the operation."""
    (view,) = shown([operation])
    return Response(OperationBody(view).data, status=status.HTTP_202_ACCEPTED)


class Operations(TenantView, ListAPIView[Operation]):
    """Operations of every tenant that the person sees, the newest first."""

    queryset = Operation.objects.none()  # for the schema; rows come from get_queryset

    @extend_schema(parameters=[OperationFilters], responses=OperationBody(many=True))
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(OperationBody(shown(page), many=True).data)

    def get_queryset(self) -> QuerySet[Operation]:
        wanted = asked(OperationFilters, self.request.query_params)
        return with_context(self.visible(Operation).filter(wanted)).order_by("-created_at", "pk")


class OneOperation(TenantView):
    @extend_schema(responses=OperationBody)
    def get(self, request: Request, operation_id: UUID) -> Response:
        """How far an operation is."""
        operations = with_context(self.visible(Operation))
        (view,) = shown([self.find(Operation, operation_id, among=operations)])
        return Response(OperationBody(view).data)


class OperationItems(TenantView, ListAPIView[OperationItem]):
    """What an operation is about, one by one: what failed first."""

    serializer_class = ItemBody
    queryset = OperationItem.objects.none()

    @extend_schema(parameters=[ItemFilters])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[OperationItem]:
        operation = self.find(Operation, self.kwargs["operation_id"])
        wanted = asked(ItemFilters, self.request.query_params)
        return failures_first(operation.items.filter(wanted))


class CancelOperation(TenantView):
    @extend_schema(request=None, responses={202: OperationBody})
    def post(self, request: Request, operation_id: UUID) -> Response:
        """Begin nothing more; what is under way goes on to where it can be left."""
        return accepted(cancel_operation(self.find(Operation, operation_id), by=self.person))


class RetryOperation(TenantView):
    @extend_schema(request=None, responses={202: OperationBody})
    def post(self, request: Request, operation_id: UUID) -> Response:
        """Try every failed item again, from the step that failed."""
        return accepted(retry_failed(self.find(Operation, operation_id), by=self.person))
