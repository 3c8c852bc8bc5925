"""Run the simulators by themselves: `python -m tests.providersim --port 9000 [--tls DIR]`.

Google answers on the port; with `--tls`, a folder with server.pem, server.key and authority.pem,
Microsoft does on the next one, which msal insists on. Prints the product's settings that lead there
and runs until it is interrupted. `control` says how it is driven.
"""

from __future__ import annotations

import argparse
import ssl
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from tests.providersim.graph_server import GraphSim
from tests.providersim.server import ProviderSim


def main() -> None:
    parser = argparse.ArgumentParser(prog="providersim", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tls", type=Path, help="a folder with certificate, key and authority")
    options = parser.parse_args()
    with ExitStack() as running:
        google = running.enter_context(ProviderSim(port=options.port))
        _tell(google.google_settings)
        if options.tls is not None:
            tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            tls.load_cert_chain(options.tls / "server.pem", options.tls / "server.key")
            port = options.port + 1 if options.port else 0
            authority = str(options.tls / "authority.pem")
            graph = running.enter_context(GraphSim(tls=tls, ca_file=authority, port=port))
            _tell(graph.microsoft_settings)
        threading.Event().wait()


def _tell(settings: Mapping[str, str]) -> None:
    for name, value in settings.items():
        print(f"BOOKING_{name.upper()}={value}", flush=True)  # noqa: T201


main()
