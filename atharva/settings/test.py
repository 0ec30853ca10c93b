"""What pytest uses: the real database and broker, a quick password hash."""

from .development import *  # noqa: F403  a settings module is its base plus what differs

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
