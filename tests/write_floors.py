"""Print the oldest versions that pyproject.toml allows, as constraints. Run: python tests/write_floors.py > floors.txt"""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def floors() -> list[str]:
    """One exact version for each package that the package, or an extra that is no tool, asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [each for name in ("onnx", "skops", "redis", "serve", "notebook") for each in project["optional-dependencies"][name]]
    return sorted({each.replace(">=", "==") for each in [*project["dependencies"], *extras]})


if __name__ == "__main__":
    print("\n".join(floors()))
