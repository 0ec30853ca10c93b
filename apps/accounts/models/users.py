import uuid
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.crypto import salted_hmac

from .clients import Client


class Role(models.TextChoices):
    ADMIN = "admin", "Admin"
    CLIENT = "client", "Client"
    LAB = "lab", "Lab"


class UserStatus(models.TextChoices):
    ACTIVE = "active", "Active"
    BLOCKED = "blocked", "Blocked"


class People(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        """The living person of this username, however it is capitalised. Raises User.DoesNotExist."""
        return self.get(username__iexact=username, deleted_at=None)

    def create_user(self, username: str, password: str, **fields: Any) -> "User":
        """A person who can sign in; the password is stored hashed."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person. What they may do follows from `role`; a client's people see their own tenant alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = models.CharField(max_length=150)
    name = models.CharField(max_length=150, blank=True)
    email = models.EmailField(blank=True)
    email_proven_at = models.DateTimeField(
        null=True, blank=True, help_text="When they followed a link in a letter, or an admin entered it"
    )
    role = models.CharField(max_length=10, choices=Role)
    status = models.CharField(max_length=10, choices=UserStatus, default=UserStatus.ACTIVE)
    client = models.ForeignKey(Client, null=True, blank=True, on_delete=models.PROTECT, related_name="people")
    generation = models.PositiveIntegerField(
        default=0, help_text="Of their sessions; every older session and token has ended"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["role"]
    objects = People()

    class Meta:
        ordering = ["username"]
        constraints = [
            # On the upper case, which is what `iexact` asks for. A deleted person's name is free again.
            models.UniqueConstraint(
                Upper("username"), condition=Q(deleted_at=None), name="one_living_person_a_username"
            ),
            models.CheckConstraint(
                condition=~Q(role="client") | Q(client__isnull=False), name="a_client_user_has_a_client"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def is_active(self) -> bool:  # type: ignore[override]  # Django keeps a column; ours follows from two others
        return self.status == UserStatus.ACTIVE and self.deleted_at is None

    def get_session_auth_hash(self) -> str:
        """What a session is bound to: a new password, role or status ends every older one, for good."""
        bound = f"{self.password}|{self.role}|{self.status}|{self.generation}"
        return salted_hmac("accounts.User.session", bound, algorithm="sha256").hexdigest()

    @property
    def is_staff(self) -> bool:
        return self.role == Role.ADMIN

    # Django's own permissions guard the back office alone, which is for admins, whole.
    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_active and self.role == Role.ADMIN

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.role == Role.ADMIN

    @property
    def initials(self) -> str:
        words = (self.name or self.username).replace("@", " ").replace(".", " ").split()
        return "".join(word[0] for word in words[:2]).upper()
