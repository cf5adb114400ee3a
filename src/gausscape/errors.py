"""What can go wrong: one family of errors, each also the builtin that people expect.

Every message has three clauses: what was needed, what came, and what to do.
"""

__all__ = [
    "CalibrationError",
    "ConfigurationError",
    "DamagedFileError",
    "DataError",
    "DivergenceError",
    "GausscapeError",
    "LockedError",
    "LostProcessError",
    "MemoryLimitError",
    "MissingExtraError",
    "MissingFileError",
    "SchemaError",
    "ShapeError",
    "StorageError",
    "StoppedError",
]


class GausscapeError(Exception):
    """Anything that gausscape refuses. Catch this to catch all of it."""


class ConfigurationError(GausscapeError, ValueError):
    """An option, a configuration entry or an argument that cannot be used."""


class DataError(GausscapeError, ValueError):
    """Data that cannot be used as they came."""


class SchemaError(DataError):
    """Data whose columns, types or categories differ from those the space was fitted on."""


class ShapeError(DataError):
    """An array or a batch of another shape than was needed."""


class CalibrationError(GausscapeError, ValueError):
    """A probability that the calibration data cannot certify."""


class DivergenceError(GausscapeError, ArithmeticError):
    """Training left the finite numbers. The last good state is kept."""


class StoppedError(GausscapeError):
    """A fit that was asked to stop (Ctrl-C, SIGTERM) and saved its state first.

    Attributes:
        exit_code: 130 after Ctrl-C, 143 after SIGTERM, as shells expect.
    """

    def __init__(self, message: str, exit_code: int = 130):
        super().__init__(message)
        self.exit_code = exit_code


class MissingFileError(GausscapeError, FileNotFoundError):
    """A file or folder that is not there."""


class DamagedFileError(GausscapeError, ValueError):
    """A file that is torn, altered, hostile, or from a newer version."""


class StorageError(GausscapeError, OSError):
    """A write that did not succeed. What was complete before is untouched."""


class LockedError(StorageError):
    """A run folder that another live process holds."""


class LostProcessError(GausscapeError, ConnectionError):
    """A process that shared a fit and is gone. The state of the last whole step is kept, if checkpoints are."""


class MissingExtraError(GausscapeError, ImportError):
    """An optional dependency that is needed here and not installed."""


class MemoryLimitError(GausscapeError, MemoryError):
    """Work that needs more memory than this process may use."""
