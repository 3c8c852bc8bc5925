"""Run the simulator by itself: `python -m tests.providersim --port 9000 [--tls DIR]`.

Prints the product's settings that lead to it and runs until it is interrupted.
"""

from __future__ import annotations

import argparse
import ssl
import threading
from pathlib import Path

from tests.providersim.server import ProviderSim


def main() -> None:
    parser = argparse.ArgumentParser(prog="providersim", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tls", type=Path, help="a folder with server.pem and server.key")
    options = parser.parse_args()
    tls = None
    if options.tls is not None:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(options.tls / "server.pem", options.tls / "server.key")
    with ProviderSim(tls=tls, port=options.port) as sim:
        for name, value in sim.google_settings.items():
            print(f"BOOKING_{name.upper()}={value}", flush=True)  # noqa: T201
        threading.Event().wait()


main()
