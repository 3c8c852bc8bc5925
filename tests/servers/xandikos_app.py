"""A program: serve Xandikos on loopback over plain HTTP with Basic authentication.

Usage: xandikos_app.py PORT FOLDER, where FOLDER holds `htpasswd`; data goes to FOLDER/data.
"""

from __future__ import annotations

import sys
from pathlib import Path

from aiohttp import web
from xandikos.htpasswd import HtpasswdFile
from xandikos.multi_user import MultiUserFilesystemBackend, MultiUserXandikosApp
from xandikos.web import WELLKNOWN_DAV_PATHS, RedirectDavHandler, basic_auth_middleware


def application(folder: Path) -> web.Application:
    """Assemble Xandikos as its own `multi-user` command does."""
    (folder / "data").mkdir(exist_ok=True)
    (folder / "state").mkdir(exist_ok=True)
    backend = MultiUserFilesystemBackend(str(folder / "data"))  # type: ignore[no-untyped-call]
    dav = MultiUserXandikosApp(backend, "/%(REMOTE_USER)s/", state_dir=str(folder / "state"))

    async def serve(request: web.Request) -> web.StreamResponse:
        answer: web.StreamResponse = await dav.aiohttp_handler(request, "/")  # type: ignore[no-untyped-call]
        return answer

    app = web.Application(client_max_size=64 << 20)
    users = HtpasswdFile(str(folder / "htpasswd"))
    app.middlewares.append(basic_auth_middleware(users))  # type: ignore[no-untyped-call]
    for path in WELLKNOWN_DAV_PATHS:
        app.router.add_route("*", path, RedirectDavHandler("/").__call__)
    app.router.add_route("*", "/{path_info:.*}", serve)
    return app


if __name__ == "__main__":
    web.run_app(application(Path(sys.argv[2])), host="127.0.0.1", port=int(sys.argv[1]), print=None)
