"""Summary: of fixed size, made part by part, and the same whatever the parts and their order."""

__all__ = ["Summary"]

import abc
from typing import Any, Self

from gausscape.errors import ConfigurationError


class Summary(abc.ABC):
    """A mergeable summary (Agarwal et al. 2012): that of the whole is merged from those of parts, in any order and grouping.

    The size of a summary is bounded by its settings and by nothing else. Summaries are frozen: merging makes a new one.

    References:
        Agarwal, Cormode, Huang, Phillips, Wei & Yi 2012, Mergeable summaries, section 1.
    """

    @abc.abstractmethod
    def merged(self, other: Any) -> Self:
        """The summary of what both have seen.

        Args:
            other: A summary of the same class.

        Raises:
            ConfigurationError: If the two were made with different settings.
        """

    @abc.abstractmethod
    def document(self) -> dict[str, Any]:
        """JSON-able state."""

    @classmethod
    @abc.abstractmethod
    def from_document(cls, document: dict[str, Any]) -> Self:
        """The summary with that state."""


def refuse_other_settings(mine: Any, other: Any, what: str) -> None:
    """Refuse to merge what was counted by another rule.

    Raises:
        ConfigurationError: If the settings differ.
    """
    if mine != other:
        raise ConfigurationError(
            f"Two summaries merge if {what} is the same, but it is {mine!r} and {other!r}. Make both alike."
        )
