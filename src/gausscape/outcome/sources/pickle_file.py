"""y as a pickle or joblib file: opened only for those who say that they trust it, because opening it runs its code."""

__all__ = ["SOURCE", "PickleFile"]

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gausscape.errors import ConfigurationError
from gausscape.outcome.sources.source import Model, Source, existing_file, model_of, path_of

ENDINGS = (".pkl", ".pickle", ".joblib", ".dill", ".cloudpickle")
TORCH_ENDINGS = (".pt", ".pth", ".ckpt", ".bin")


@dataclass(frozen=True)
class PickleFile(Source):
    """A file that holds a pickle, known by its ending or by its first bytes, whatever its ending says."""

    path: Path

    @classmethod
    def accepts(cls, given: Any) -> bool:
        path = path_of(given)
        if path is None:
            return False
        return path.suffix.lower() in ENDINGS + TORCH_ENDINGS or (path.is_file() and _begins_as_pickle(path))

    @classmethod
    def of(cls, given: Any, *, trust: bool) -> "PickleFile":
        path = existing_file(Path(given))
        if path.suffix.lower() in TORCH_ENDINGS:
            raise ConfigurationError(
                f"y needs a file that says how it is to be called, but {path.name} may hold anything that torch can save. "
                "Pass a callable that loads it, or export the model to ONNX."
            )
        if not trust:
            raise ConfigurationError(
                f"y needs a file that can be opened without running code that it brings, but {path.name} is a pickle, and "
                "whoever wrote it could run anything here. Save the model with skops or to ONNX; or, if you wrote the file "
                "yourself, pass trust=True."
            )
        return cls(path)

    @property
    def described(self) -> str:
        return f"the pickle {self.path.name}"

    def open(self) -> Model:
        import joblib

        return model_of(joblib.load(self.path), self.described)


def _begins_as_pickle(path: Path) -> bool:
    with open(path, "rb") as file:
        head = file.read(2)
    # PROTO with a version of 2 to 5; protocols 0 and 1 have no mark and are no kind of file that is accepted.
    return len(head) == 2 and head[0] == 0x80 and head[1] in (2, 3, 4, 5)


SOURCE = PickleFile
