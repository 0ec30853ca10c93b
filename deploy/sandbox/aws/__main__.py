"""`python -m deploy.sandbox.aws --port P`: the sandbox's AWS, until SIGTERM or SIGINT."""

import argparse
import os
import signal
import threading
from types import FrameType

from deploy.sandbox.aws.server import serve
from deploy.sandbox.aws.weather import Weather
from deploy.sandbox.aws.world import Settings, World


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="deploy.sandbox.aws", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--boot-seconds", type=float, default=6)
    parser.add_argument("--warning-seconds", type=float, default=120)
    parser.add_argument("--price-interval", type=float, default=60)
    parser.add_argument(
        "--weather", type=float, nargs="?", const=1.0, help="interruptions at a low, seeded rate, times this"
    )
    return parser.parse_args()


def main() -> None:
    given = _arguments()
    settings = Settings(
        seed=given.seed,
        boot_seconds=given.boot_seconds,
        warning_seconds=given.warning_seconds,
        price_interval=given.price_interval,
    )
    world = World(settings)
    server = serve(world, given.host, given.port)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        world.scheduler.stop()
        # shutdown() waits for serve_forever(), which this very thread is in.
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    world.scheduler.start()
    if given.weather:
        Weather(world, given.weather).start()
    print(f"sandbox AWS on http://{given.host}:{server.port}", flush=True)
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    # Nothing is kept, and taking moto's object graph apart can take longer than the two seconds we promise.
    os._exit(0)


if __name__ == "__main__":
    main()
