"""y as a .skops file: a scikit-learn estimator saved without pickle."""

__all__ = ["SOURCE", "SkopsFile"]

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gausscape.errors import ConfigurationError, DamagedFileError, MissingExtraError
from gausscape.outcome.sources.source import Model, Source, existing_file, model_of, path_of

LARGEST_SCHEMA = 64 << 20
SMALL = 256 << 20
MOST_TIMES = 200
"""Bytes that a byte of the file may unpack to, beyond `SMALL`; zeros alone reach 1,000."""


@dataclass(frozen=True)
class SkopsFile(Source):
    """An estimator in skops' format. Types that skops does not vouch for are refused unless the file is trusted."""

    path: Path
    trust: bool = False

    @classmethod
    def accepts(cls, given: Any) -> bool:
        path = path_of(given)
        return path is not None and path.suffix.lower() == ".skops"

    @classmethod
    def of(cls, given: Any, *, trust: bool) -> "SkopsFile":
        return cls(existing_file(Path(given)), trust)

    @property
    def described(self) -> str:
        return f"the skops file {self.path.name}"

    def open(self) -> Model:
        try:
            from skops import io
        except ImportError:
            raise MissingExtraError(
                f"{self.described} needs skops, which is not installed. Run: pip install 'gausscape[skops]'."
            ) from None
        self._refuse_bomb()
        try:
            strangers = io.get_untrusted_types(file=self.path)
        except Exception as error:
            raise DamagedFileError(
                f"{self.described} should be a whole file of skops, but cannot be read ({error}). Save it anew."
            ) from error
        if strangers and not self.trust:
            raise ConfigurationError(
                f"{self.described} should hold types that skops vouches for, but also holds {', '.join(strangers[:5])}. "
                "Look at them, and pass trust=True if you know them."
            )
        found = io.load(self.path, trusted=strangers)
        if not hasattr(found, "predict"):  # skops also vouches for functions, which a file may not choose to be called
            raise ConfigurationError(
                f"{self.described} needs to hold an estimator, but holds a {type(found).__name__}. Save the fitted model."
            )
        return model_of(found, self.described)

    def _refuse_bomb(self) -> None:
        """skops reads its members whole, so their declared sizes, beyond which zipfile does not read, are looked at first."""
        try:
            with zipfile.ZipFile(self.path) as archive:
                sizes = {member.filename: member.file_size for member in archive.infolist()}
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            return  # skops says what is wrong
        needed, packed = sum(sizes.values()), self.path.stat().st_size
        if sizes.get("schema.json", 0) > LARGEST_SCHEMA or needed > max(SMALL, MOST_TIMES * packed):
            raise DamagedFileError(
                f"{self.described} of {packed:,} bytes should unpack to little more, but declares {needed:,}. "
                "No honest model does: do not trust this file."
            )


SOURCE = SkopsFile
