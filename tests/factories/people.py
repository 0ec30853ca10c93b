"""A valid row of every model of people; a test names only what it is about."""

from datetime import timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from apps.accounts.models import ApiToken, AuditEvent, Client, Invitation, Role, Scope, TokenFamily, User

PASSWORD = "correct-horse-battery-42"


class ClientFactory(DjangoModelFactory):
    class Meta:
        model = Client

    name = factory.Sequence(lambda n: f"Company {n}")


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person{n}@example.com")
    name = factory.Sequence(lambda n: f"Person {n}")
    email = factory.SelfAttribute("username")
    email_proven_at = factory.LazyFunction(timezone.now)

    @factory.post_generation
    def password(self: User, create: bool, extracted: str | None, **kwargs: object) -> None:
        self.set_password(extracted or PASSWORD)
        if create:
            self.save(update_fields=["password"])


class AdminFactory(UserFactory):
    role = Role.ADMIN


class LabFactory(UserFactory):
    role = Role.LAB


class ClientUserFactory(UserFactory):
    role = Role.CLIENT
    client = factory.SubFactory(ClientFactory)


class TokenFamilyFactory(DjangoModelFactory):
    class Meta:
        model = TokenFamily

    user = factory.SubFactory(AdminFactory)
    refresh_id = factory.Faker("pystr", min_chars=32, max_chars=32)
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=7))


class ApiTokenFactory(DjangoModelFactory):
    """A token whose secret nobody has; `services.api_tokens` makes one that can be used."""

    class Meta:
        model = ApiToken

    user = factory.SubFactory(ClientUserFactory)
    name = factory.Sequence(lambda n: f"script {n}")
    digest = factory.Sequence(lambda n: f"{n:064x}")
    hint = "atharva_pat_abcd"
    scopes = [Scope.FLEET_READ]
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=30))


class InvitationFactory(DjangoModelFactory):
    class Meta:
        model = Invitation

    email = factory.Sequence(lambda n: f"invited{n}@example.com")
    role = Role.CLIENT
    client = factory.SubFactory(ClientFactory)
    invited_by = factory.SubFactory(AdminFactory)
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=7))


class AuditEventFactory(DjangoModelFactory):
    class Meta:
        model = AuditEvent

    who = factory.SubFactory(AdminFactory)
    what = "policy_changed"
    target = "Cluster prod"
