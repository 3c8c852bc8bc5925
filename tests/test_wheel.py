"""A wheel of the tree works where the tree is not: templates and migrations travel inside it."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from booking.settings import Settings, foreign_environment
from tests.servers.booking_server import environment_of

pytestmark = pytest.mark.timeout(300)
ROOT = Path(__file__).resolve().parent.parent
_SHOW = """
import json, booking
from booking.app import create_app
app = create_app()
page = app.test_client().get("/login")
print(json.dumps({"from": booking.__file__, "login": page.status_code}))
"""


def _run(
    command: Sequence[object], folder: Path, more: dict[str, str] | None = None, code: int = 0
) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=foreign_environment() | (more or {}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as a user's pip does."""
    folder = tmp_path_factory.mktemp("wheel")
    quiet = ("--quiet", "--disable-pip-version-check", "--no-deps")
    _run([sys.executable, "-m", "pip", "wheel", *quiet, "--wheel-dir", folder, ROOT], folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the wheel; what it needs is lent by the tests' own."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False, symlinks=True)
    programs = folder / "bin"
    quiet = ("--quiet", "--disable-pip-version-check", "--no-deps")
    pip = [sys.executable, "-m", "pip", "--python", programs / "python"]
    _run([*pip, "install", *quiet, wheel], folder)
    (packages,) = folder.glob("lib/python3*/site-packages")
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return programs


def test_it_holds_what_the_program_reads(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())

    migrations = {f"migrations/{path.name}" for path in (ROOT / "migrations").glob("*.py")}
    templates = {str(path.relative_to(ROOT)) for path in (ROOT / "templates").rglob("*.*")}
    catalogues = {str(path.relative_to(ROOT)) for path in (ROOT / "booking").rglob("*.[mp]o")}
    static = {str(path.relative_to(ROOT)) for path in (ROOT / "booking/web/static").rglob("*.*")}
    assert {f"booking/_bundle/{name}" for name in migrations | templates} <= names
    assert static <= names
    assert len(catalogues) >= 6
    assert catalogues <= names
    assert any(name.startswith("booking/_bundle/migrations/versions/") for name in names)


def test_it_holds_no_tests_and_no_data(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    assert {name.split("/")[0].split("-")[0] for name in names} == {"booking"}
    assert [name for name in names if name.endswith((".sqlite3", ".env", ".pyc"))] == []


def test_it_works_from_an_empty_folder(
    installed: Path, settings_template: Settings, tmp_path: Path
) -> None:
    environment = environment_of(settings_template)
    del environment["BOOKING_DATABASE_URL"]

    _run([installed / "booking", "migrate"], tmp_path, environment)
    answer = _run([installed / "booking", "doctor", "--json"], tmp_path, environment, code=1)
    shown = json.loads(_run([installed / "python", "-c", _SHOW], tmp_path, environment))

    found = {one["check"]: one["level"] for one in json.loads(answer)["findings"]}
    assert (found["schema"], found["double-booking guard"]) == ("ok", "ok")
    assert (tmp_path / "var" / "booking.sqlite3").is_file()
    assert shown["login"] == 200
    assert Path(shown["from"]).is_relative_to(installed.parent)
