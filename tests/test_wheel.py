"""What is installed is whole: the wheel and the source archive hold what they need, built without the network."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("hatchling", reason="needs hatchling, which builds the package")

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "gausscape"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The names in the wheel, and those in the source archive."""
    folder = tmp_path_factory.mktemp("dist")
    for kind in ("wheel", "sdist"):
        command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        texts = {name: wheel.read(name) for name in wheel.namelist()}
    with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    return texts, names


def test_the_wheel_holds_every_module_the_page_and_the_mark_of_a_typed_package(built):
    wheel, _ = built
    expected = {f"gausscape/{path.relative_to(PACKAGE)}" for path in PACKAGE.rglob("*.py")}
    assert expected <= set(wheel)
    for name in ("py.typed", "page/cell.js", "page/site/app.js", "page/site/app.css"):
        assert wheel[f"gausscape/{name}"] == (PACKAGE / name).read_bytes(), name
    files = [path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert {f"gausscape/{path.relative_to(PACKAGE).as_posix()}" for path in files} <= set(wheel)


def test_the_wheel_brings_nothing_else(built):
    wheel, _ = built
    assert {name.split("/")[0].partition("-")[0] for name in wheel} == {"gausscape"}
    assert not [name for name in wheel if name.endswith((".pyc", ".map", ".pkl", ".so"))]
    assert sum(map(len, wheel.values())) < 8_000_000


def test_the_metadata_name_the_command_the_licence_and_the_floors(built):
    wheel, _ = built
    told = {name.split("/", 1)[1]: text.decode() for name, text in wheel.items() if ".dist-info/" in name}
    assert "gausscape = gausscape.cli:main" in told["entry_points.txt"]
    assert "Requires-Python: >=3.11" in told["METADATA"]
    assert "License-Expression: Apache-2.0" in told["METADATA"]
    assert "Requires-Dist: torch>=2.6" in told["METADATA"]
    assert "licenses/LICENSE" in told


def test_the_source_archive_can_be_built_tested_and_cited(built):
    _, names = built
    assert {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "CITATION.cff", "SECURITY.md", "constraints.txt"} <= names
    assert "tests/conftest.py" in names
    assert "src/gausscape/page/site/app.js" in names
    assert not [name for name in names if "node_modules" in name or ".venv" in name or name.endswith(".pyc")]
