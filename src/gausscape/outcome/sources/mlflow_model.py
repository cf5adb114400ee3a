"""y as an MLflow model: "mlflow:" and an address, or a folder that holds an MLmodel file."""

__all__ = ["SOURCE", "MlflowModel"]

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gausscape.errors import ConfigurationError, MissingExtraError
from gausscape.outcome.sources.source import Model, Source, path_of

PREFIX = "mlflow:"


@dataclass(frozen=True)
class MlflowModel(Source):
    """A model in MLflow's "python function" form. MLflow unpickles what the folder holds, so it must be trusted."""

    address: str

    @classmethod
    def accepts(cls, given: Any) -> bool:
        if isinstance(given, str) and given.startswith(PREFIX):
            return True
        path = path_of(given)
        return path is not None and (path / "MLmodel").is_file()

    @classmethod
    def of(cls, given: Any, *, trust: bool) -> "MlflowModel":
        text = str(given)
        address = text.removeprefix(PREFIX) if text.startswith(PREFIX) else str(Path(given).absolute())
        if not address:
            raise ConfigurationError("y needs an MLflow address, but none came. Pass 'mlflow:models:/name/1', say.")
        if not trust:
            raise ConfigurationError(
                f"y needs a model that can be opened without running code that it brings, but MLflow unpickles {address}, and "
                "whoever wrote it could run anything here. Pass trust=True if you know where it comes from."
            )
        return cls(address)

    @property
    def described(self) -> str:
        return f"the MLflow model {self.address}"

    def open(self) -> Model:
        try:
            from mlflow import pyfunc  # pyright: ignore[reportMissingImports]
        except ImportError:
            raise MissingExtraError(
                f"{self.described} needs mlflow, which is not installed. Run: pip install 'gausscape[mlflow]'."
            ) from None
        return Model(pyfunc.load_model(self.address).predict)


SOURCE = MlflowModel
