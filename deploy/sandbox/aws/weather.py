"""What happens to spot instances when nobody commands it: rare, seeded, and worse where demand is high."""

import random
import time

from deploy.sandbox.aws import events
from deploy.sandbox.aws.accounts import all_instances
from deploy.sandbox.aws.advisor import RANGES, interruption_range
from deploy.sandbox.aws.world import World

TICK_SECONDS = 5
# Per instance and hour in a pool of medium demand
INTERRUPTIONS_PER_HOUR = 0.02
REBALANCES_PER_HOUR = 0.08


class Weather:
    """Every tick each spot instance may be recommended to move, or be taken."""

    def __init__(self, world: World, strength: float = 1.0) -> None:
        self._world = world
        self._strength = strength
        self._random = random.Random(world.settings.seed)

    def start(self) -> None:
        self._world.scheduler.after(TICK_SECONDS, self._tick)

    def _tick(self) -> None:
        world, now = self._world, time.time()
        for instance in all_instances():
            if (
                instance.lifecycle != "spot"
                or instance.state != "running"
                or instance.id in world.interruptions
            ):
                continue
            discount = world.market.discount(instance.instance_type, instance.pool.zone, now)
            demand = (1 + interruption_range(discount)) / (len(RANGES) / 2)
            hours = self._strength * TICK_SECONDS / 3600
            if self._random.random() < INTERRUPTIONS_PER_HOUR * demand * hours:
                instance.interrupt(world.settings.warning_seconds)
            elif self._random.random() < REBALANCES_PER_HOUR * demand * hours:
                events.rebalance_recommendation(instance)
        self.start()
