"""What pytest uses: the real database and broker, a quick password hash."""

from .development import *  # noqa: F403  a settings module is its base plus what differs
from .environment import ROOT

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Files are found by the finders; an existing folder keeps whitenoise from warning about one that is not made.
STATIC_ROOT = ROOT / "static"
