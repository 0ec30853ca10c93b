"""HTTP and WebSockets."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "atharva.settings.development")

application = ProtocolTypeRouter({"http": get_asgi_application()})
