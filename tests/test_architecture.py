"""Imports run downwards only, planted violations are caught, and the package is light to import."""

import ast
import importlib
import inspect
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import gausscape

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = Path(gausscape.__file__).parent


def lint(folder: Path) -> subprocess.CompletedProcess:
    """The import contract of this project, asked of the package that stands in `folder`."""
    shutil.copy(ROOT / "pyproject.toml", folder / "pyproject.toml")
    environment = os.environ | {"PYTHONPATH": str(folder)}
    command = [str(Path(sys.executable).with_name("lint-imports")), "--config", "pyproject.toml", "--no-cache"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


@pytest.fixture
def copied(tmp_path) -> Path:
    shutil.copytree(PACKAGE, tmp_path / "gausscape", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def plant(folder: Path, file: str, line: str) -> None:
    path = folder / "gausscape" / file
    path.parent.mkdir(exist_ok=True)
    before = path.read_text() if path.exists() else ""
    path.write_text(f"{before}\n\ndef _planted():\n    {line}\n")


def test_imports_run_downwards_only(copied):
    done = lint(copied)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("gaussian.py", "import gausscape.space.law"),
        ("modalities/images/modality.py", "from gausscape.training.schedule import Schedule"),
        ("training/loop.py", "from gausscape.modalities.images import MODALITY"),
        ("modalities/images/nets.py", "import gausscape.modalities.tables"),
        ("space/space.py", "import gausscape.cli"),
        ("space/space.py", "from gausscape.figures import plot"),
        ("likelihoods.py", "import gausscape.modality"),
        ("errors.py", "import torch"),
        ("items.py", "import pandas"),
    ],
)
def test_a_planted_violation_is_caught(copied, file, line):
    for room in ("cli", "figures"):
        (copied / "gausscape" / room).mkdir(exist_ok=True)
        (copied / "gausscape" / room / "__init__.py").touch()
    plant(copied, file, line)
    done = lint(copied)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout
    assert f"gausscape.{file.removesuffix('.py').replace('/', '.')}" in done.stdout


def imported(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sys.modules, sep='\\n')"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout.split())


def test_importing_the_package_is_cheap():
    heavy = {"torch", "matplotlib", "pandas", "scipy", "sklearn", "pyarrow", "torch._dynamo"}
    assert not imported("import gausscape") & heavy
    assert not imported("import gausscape; gausscape.Gaussian; gausscape.Items; gausscape.GausscapeError") & heavy


def test_fitting_and_loading_need_no_figures():
    found = imported("import gausscape; gausscape.fit; gausscape.load; gausscape.Space; gausscape.Checkpoints")
    assert not found & {"matplotlib", "pandas", "torch._dynamo", "gausscape.cli", "gausscape.page"}


def test_every_public_name_resolves_and_explains_itself():
    assert len(gausscape.__all__) == len(set(gausscape.__all__))
    for name in gausscape.__all__:
        value = getattr(gausscape, name)
        assert inspect.getdoc(value), name
        assert name in dir(gausscape)
    assert gausscape.__version__
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        gausscape.nonsense  # noqa: B018 - looking it up is the test


def test_the_names_for_type_checkers_are_those_fetched_when_used():
    block = next(node for node in ast.parse(inspect.getsource(gausscape)).body if isinstance(node, ast.If))
    named = {alias.asname or alias.name for line in block.body if isinstance(line, ast.ImportFrom) for alias in line.names}
    assert named == set(gausscape.__all__) == set(gausscape._HOMES)


def test_every_module_says_what_it_is_for_and_what_it_offers():
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if parts[-1] == "__main__" or path.parent.parts[-1] == "bundled":
            continue
        module = importlib.import_module(name)
        assert module.__doc__, name
        for public in getattr(module, "__all__", ()):
            assert hasattr(module, public), f"{name}.{public}"


def test_no_kind_of_data_is_named_outside_its_folder():
    kinds = {path.name for path in (PACKAGE / "modalities").iterdir() if (path / "__init__.py").exists()}
    assert len(kinds) >= 5
    found = []
    for path in PACKAGE.rglob("*.py"):
        home = path.relative_to(PACKAGE).parts[0]
        if home in ("modalities", "datasets"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and node.value in kinds:
                found.append(f"{path.relative_to(PACKAGE)}:{node.lineno} {node.value}")
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gausscape.modalities"):
                found.append(f"{path.relative_to(PACKAGE)}:{node.lineno} {node.module}")
    # scikit-learn's X is a table by definition.
    assert [place for place in found if not place.startswith("sklearn.py")] == []
