"""Meter: how many objects a model has been sent, and how many it may be sent."""

__all__ = ["Meter"]

from gausscape.errors import ConfigurationError


class Meter:
    """Counts objects sent to a model, those sent again included, and keeps to a budget.

    Args:
        budget: The most objects that may be sent; None for no limit.

    Example:
        >>> meter = Meter(10)
        >>> meter.charge(4)
        >>> meter.used, meter.left
        (4, 6)
    """

    def __init__(self, budget: int | None = None):
        if budget is not None and budget < 1:
            raise ConfigurationError(
                f"A budget needs to be at least 1 call, but {budget} came. Pass None for no limit."
            )
        self.budget = budget
        self.used = 0

    @property
    def left(self) -> int | None:
        """Objects that may still be sent; None for no limit."""
        return None if self.budget is None else self.budget - self.used

    def require(self, needed: int) -> None:
        """Refuse before any cost what the budget does not hold.

        Raises:
            ConfigurationError: If fewer than `needed` calls are left; the counts are named.
        """
        if self.left is not None and needed > self.left:
            raise ConfigurationError(
                f"{needed:,} calls of the model are needed, but of the budget of {self.budget:,}, {self.used:,} are used and "
                f"{self.left:,} left. What was answered is kept; raise the budget, or ask about fewer objects."
            )

    def charge(self, count: int) -> None:
        """Count objects that are about to be sent."""
        self.require(count)
        self.used += count
