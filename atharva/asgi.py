"""HTTP and WebSockets."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "atharva.settings.development")
http = get_asgi_application()

from atharva.live.routing import sockets  # noqa: E402  models can be imported only once Django is set up

application = ProtocolTypeRouter({"http": http, "websocket": sockets})
