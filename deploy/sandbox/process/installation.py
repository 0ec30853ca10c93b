"""What is generated once for a sandbox and kept: ports, keys, passwords; and the environment made of them."""

import os
import secrets
import string
import sys
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from urllib.parse import quote

from deploy.sandbox.keys import field_key, password, secret
from deploy.sandbox.process.state import StateDir, read_json, write_json
from deploy.sandbox.servers.ports import LOOPBACK, claim_port

WEB_PORT = 8000
REGION = "us-east-1"
ACCESS_KEY_LENGTH = 20
# Whom the emulated AWS takes a key for that no role was assumed with.
PRINCIPAL = "arn:aws:iam::123456789012:user/atharva"
# A person's own clouds and proxies: nothing of them may reach a process of the sandbox.
FOREIGN = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "KUBECONFIG",
    "KUBERNETES_SERVICE_HOST",
)


@dataclass(frozen=True, slots=True)
class Ports:
    web: int
    aws: int
    kube: int
    postgres: int
    valkey: int


@dataclass(frozen=True, slots=True)
class Installation:
    """One sandbox's own values."""

    name: str
    ports: Ports
    secret_key: str
    field_encryption_key: str
    aws_access_key_id: str
    aws_secret_access_key: str
    admin_password: str
    client_password: str
    lab_password: str

    @property
    def base_url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports.web}"

    @property
    def aws_url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports.aws}"

    @property
    def kube_url(self) -> str:
        return f"https://{LOOPBACK}:{self.ports.kube}"

    def with_claimed_ports(self, claims: ExitStack) -> "Installation":
        """The same with all ports claimed; one that somebody has taken since is replaced."""
        kept = {name: claim_port(port, claims) for name, port in asdict(self.ports).items()}
        return replace(self, ports=Ports(**kept))

    def environment(self, state: StateDir, *, database_url: str, redis_url: str) -> dict[str, str]:
        """The whole environment of each of its processes."""
        inherited = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        return inherited | {
            "PYTHON": sys.executable,
            "PYTHONUNBUFFERED": "1",
            "SANDBOX_DIR": str(state.root),
            "WEB_PORT": str(self.ports.web),
            "AWS_PORT": str(self.ports.aws),
            "KUBE_PORT": str(self.ports.kube),
            "DJANGO_SETTINGS_MODULE": "atharva.settings.development",
            "SECRET_KEY": self.secret_key,
            "FIELD_ENCRYPTION_KEY": self.field_encryption_key,
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "ALLOWED_HOSTS": f"localhost,{LOOPBACK}",
            "BASE_URL": self.base_url,
            # A letter holds a secret link, and a console is a log: each goes into a file of its own.
            "EMAIL_URL": f"filemail:///{quote(str(state.mail))}",
            "STATIC_ROOT": str(state.root / "staticfiles"),
            # Browsers share cookies between ports: two sandboxes would sign each other out.
            "SESSION_COOKIE_NAME": f"atharva_session_{self.name}",
            "CSRF_COOKIE_NAME": f"atharva_csrf_{self.name}",
            "LOG_FORMAT": "console",
            "AWS_ENDPOINT_URL": self.aws_url,
            "AWS_ACCESS_KEY_ID": self.aws_access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.aws_secret_access_key,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "PLATFORM_PRINCIPAL_ARN": PRINCIPAL,
            "SPOT_ADVISOR_URL": f"{self.aws_url}/spot-advisor-data.json",
            "NO_PROXY": f"localhost,{LOOPBACK}",
            "no_proxy": f"localhost,{LOOPBACK}",
        }


def load(state: StateDir) -> Installation | None:
    """The installation in `state`, None before its first start."""
    found = read_json(state.installation)
    return Installation(**(found | {"ports": Ports(**found["ports"])})) if found else None


def load_or_create(state: StateDir, claims: ExitStack) -> Installation:
    """The installation in `state` with ports that are ours until `claims` is closed."""
    installation = (load(state) or _generate()).with_claimed_ports(claims)
    write_json(state.installation, asdict(installation))
    return installation


def _generate() -> Installation:
    alphabet = string.ascii_uppercase + string.digits
    return Installation(
        name=secrets.token_hex(4),
        # 0 is no port: each is replaced by a free one.
        ports=Ports(web=WEB_PORT, aws=0, kube=0, postgres=0, valkey=0),
        secret_key=secret(),
        field_encryption_key=field_key(),
        aws_access_key_id="".join(secrets.choice(alphabet) for _ in range(ACCESS_KEY_LENGTH)),
        aws_secret_access_key=secrets.token_urlsafe(30),
        admin_password=password(),
        client_password=password(),
        lab_password=password(),
    )
