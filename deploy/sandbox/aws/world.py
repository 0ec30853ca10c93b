"""What all parts of the sandbox share: its settings, clocks, market, capacity and feeds."""

import threading
import time
from dataclasses import dataclass, field

from deploy.sandbox.aws.capacity import Capacity
from deploy.sandbox.aws.changes import ChangeFeed
from deploy.sandbox.aws.iam.gate import Gate
from deploy.sandbox.aws.market import Market
from deploy.sandbox.aws.scheduler import Scheduler
from deploy.sandbox.aws.throttle import Throttle


@dataclass(frozen=True, slots=True)
class Settings:
    """What the command line fixes; every duration is in seconds."""

    seed: int = 7
    boot_seconds: float = 6
    warning_seconds: float = 120
    price_interval: float = 60
    shutdown_seconds: float = 2
    refill_seconds: float = 2
    remembered_seconds: float = 3600


@dataclass
class World:
    """One sandbox. Whatever changes instances or groups holds `lock`."""

    settings: Settings
    lock: threading.RLock = field(default_factory=threading.RLock)
    throttle: Throttle = field(default_factory=Throttle)
    feed: ChangeFeed = field(default_factory=ChangeFeed)
    interruptions: dict[str, float] = field(default_factory=dict)
    gate: Gate = field(default_factory=Gate)

    def __post_init__(self) -> None:
        self.scheduler = Scheduler(self.lock)
        self.market = Market(self.settings.seed, time.time(), self.settings.price_interval)
        self.capacity = Capacity(self.settings.seed)
