"""Connecting AWS accounts over the API: a draft, its role, its test, and then the connection."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api.tenant import TenantView
from apps.accounts.models import Client
from atharva.api.ordering import Ordering
from atharva.api.problems import Missing

from ..models import CloudAccount
from ..selectors.connections import newest_test
from ..services.access_policy import documents_of
from ..services.connecting import change_account, connect, start_account
from ..services.connection_tests import start_test
from .connection_bodies import (
    AccountBody,
    AccountChange,
    AccountPolicyBody,
    ConnectionTestBody,
    NewAccountBody,
)


class Accounts(TenantView, ListAPIView[CloudAccount]):
    """The AWS accounts of one tenant, and starting another."""

    serializer_class = AccountBody
    queryset = CloudAccount.objects.none()
    filter_backends = (Ordering,)
    ordering_fields = ("name", "aws_account_id", "created_at", "connected_at")
    ordering = ("name",)

    def get_queryset(self) -> QuerySet[CloudAccount]:
        client = self.find(Client, self.kwargs["client_id"])
        return self.visible(CloudAccount).filter(client=client).defer("external_id")

    @extend_schema(request=NewAccountBody, responses={201: AccountBody})
    def post(self, request: Request, client_id: UUID) -> Response:
        """Start with an account: a draft until its role was tested and it is connected.

        Its external id is made here; it stands in the trust policy of `…/policy`.
        """
        client = self.find(Client, client_id)
        body = NewAccountBody(data=request.data)
        body.is_valid(raise_exception=True)
        account = start_account(client, **body.validated_data, by=self.person)
        return Response(AccountBody(account).data, status=status.HTTP_201_CREATED)


class Account(TenantView):
    @extend_schema(responses=AccountBody)
    def get(self, request: Request, account_id: UUID) -> Response:
        """How an account is reached, and how it is."""
        return Response(AccountBody(self.find(CloudAccount, account_id)).data)

    @extend_schema(request=AccountChange, responses=AccountBody)
    def put(self, request: Request, account_id: UUID) -> Response:
        """Change the named fields; a changed role, region or queue asks for a new test."""
        account = self.find(CloudAccount, account_id)
        body = AccountChange(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(AccountBody(change_account(account, body.validated_data, by=self.person)).data)


class AccountPolicy(TenantView):
    @extend_schema(responses={200: AccountPolicyBody, 409: None})
    def get(self, request: Request, account_id: UUID) -> Response:
        """What the account's owner makes the role from; three forms of the same."""
        return Response(AccountPolicyBody(documents_of(self.find(CloudAccount, account_id))).data)


class AccountTest(TenantView):
    @extend_schema(responses=ConnectionTestBody)
    def get(self, request: Request, account_id: UUID) -> Response:
        """The account's newest test, as far as it is; 404 before the first."""
        test = newest_test(self.find(CloudAccount, account_id))
        if test is None:
            raise Missing(what="connection test of account", id=str(account_id))
        return Response(ConnectionTestBody(test).data)

    @extend_schema(request=None, responses={202: ConnectionTestBody})
    def post(self, request: Request, account_id: UUID) -> Response:
        """Try every permission, without effect; while a test runs, that one is answered."""
        test = start_test(self.find(CloudAccount, account_id), by=self.person)
        return Response(ConnectionTestBody(test).data, status=status.HTTP_202_ACCEPTED)


class ConnectAccount(TenantView):
    @extend_schema(request=None, responses=AccountBody)
    def post(self, request: Request, account_id: UUID) -> Response:
        """Use the account from now on: its newest test has passed, and nobody else has connected it."""
        account = self.find(CloudAccount, account_id)
        return Response(AccountBody(connect(account, by=self.person)).data)
