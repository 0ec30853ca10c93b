"""`python -m deploy.sandbox.kube --port P --state-dir DIR`: serve until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import signal
import sys
from pathlib import Path

from .aws_tokens import AwsTokens
from .certs import authority
from .cloud import Cloud
from .knobs import Knobs
from .sandbox import Sandbox
from .server import close, listen


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.sandbox.kube", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--state-dir", type=Path, required=True, help="where the CA and the certificate are kept"
    )
    parser.add_argument("--aws-control", help="address of the AWS emulator; its instances join the clusters")
    parser.add_argument("--join-seconds", type=float, default=4.0)
    parser.add_argument("--pod-start-seconds", type=float, default=2.0)
    parser.add_argument("--grace-cap-seconds", type=float, default=3.0)
    return parser.parse_args()


async def serve(args: argparse.Namespace) -> None:
    """Serve until a signal asks to stop."""
    context, ca = authority(args.state_dir, args.host)
    knobs = Knobs(
        join_seconds=args.join_seconds,
        pod_start_seconds=args.pod_start_seconds,
        grace_cap_seconds=args.grace_cap_seconds,
    )
    aws = AwsTokens(args.aws_control) if args.aws_control else None
    sandbox = Sandbox(f"https://{args.host}:{args.port}", ca, knobs, aws=aws)
    runner = await listen(sandbox, args.host, args.port, context)
    stop = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    following = asyncio.create_task(Cloud(sandbox, args.aws_control).follow()) if args.aws_control else None
    await stop.wait()
    if following is not None:
        following.cancel()
    await close(sandbox, runner)


def main() -> None:
    # Stored objects are trees: looking for cycles among millions of them only costs time.
    gc.set_threshold(100_000, 50, 1_000)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    asyncio.run(serve(arguments()))
    # All is closed; taking a large heap apart object by object would only delay the exit by seconds.
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
