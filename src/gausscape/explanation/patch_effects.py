"""Which numbers do global verdicts rest on? The effects of f features in n patches, with their errors."""

__all__ = ["PatchEffects"]

from dataclasses import dataclass, field

import numpy as np

from gausscape.errors import ConfigurationError, DataError, ShapeError

GOOD_FIT = 0.5


@dataclass(frozen=True)
class PatchEffects:
    """Local effects on one outcome, measured in patches whose centres are independent draws from the population.

    A patch whose local fit is poor (r_squared below 0.5, or not finite) decides nothing, and neither does an effect that
    is not finite. Both stay among the n patches, so that shares of patches remain shares of the population.

    Args:
        names: Of the features or directions, (f,).
        effect: Change of the outcome per unit of each feature, (n, f).
        standard_error: Of the effects, (n, f), at least 0.
        degrees_of_freedom: Of the standard errors; a number, or (n,), or (n, f).
        half_a, half_b: The effects from either half of the probes alone, each (n, f).
        r_squared: Of each patch's local fit on probes that it was not fitted on, (n,).
        ids: Of the objects at the centres, (n,), no two alike.
        groups: Name of the group of each centre, (n,), if there are groups.

    Raises:
        ShapeError: If the shapes do not agree.
        DataError: If there is no patch, an id or a name occurs twice, or a standard error is negative.

    Example:
        >>> effects = PatchEffects(
        ...     ("age",), np.array([[2.0], [3.0]]), np.ones((2, 1)), degrees_of_freedom=20, half_a=np.ones((2, 1)),
        ...     half_b=np.ones((2, 1)), r_squared=np.array([0.9, 0.2]), ids=("a", "b"),
        ... )
        >>> effects.decided.ravel()
        array([ True, False])
    """

    names: tuple[str, ...]
    effect: np.ndarray
    standard_error: np.ndarray
    degrees_of_freedom: np.ndarray | float = field(kw_only=True)
    half_a: np.ndarray = field(kw_only=True)
    half_b: np.ndarray = field(kw_only=True)
    r_squared: np.ndarray = field(kw_only=True)
    ids: tuple[str, ...] = field(kw_only=True)
    groups: tuple[str, ...] | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(str(name) for name in self.names))
        object.__setattr__(self, "ids", tuple(str(each) for each in self.ids))
        shape = (len(self.ids), len(self.names))
        for name in ("effect", "standard_error", "half_a", "half_b"):
            object.__setattr__(self, name, _array(name, getattr(self, name), shape))
        object.__setattr__(self, "r_squared", _array("r_squared", self.r_squared, shape[:1]))
        freedom = np.asarray(self.degrees_of_freedom, dtype=np.float64)
        freedom = freedom[:, None] if freedom.ndim == 1 else freedom
        if freedom.shape not in ((), (shape[0], 1), shape):
            raise ShapeError(
                f"degrees_of_freedom must be a number or have shape {shape[:1]} or {shape}, but came as "
                f"{np.shape(self.degrees_of_freedom)}. Give one for all patches, one a patch, or one an effect."
            )
        object.__setattr__(self, "degrees_of_freedom", np.broadcast_to(freedom, shape))
        if self.groups is not None:
            object.__setattr__(self, "groups", tuple(str(group) for group in self.groups))
            if len(self.groups) != shape[0]:
                raise ShapeError(
                    f"{shape[0]} patches need as many groups, but {len(self.groups)} came. Name one a centre."
                )
        self._refuse_bad_values()

    def _refuse_bad_values(self) -> None:
        if not self.ids or not self.names:
            raise DataError(
                f"Verdicts need at least one patch and one feature, but {len(self.ids)} and {len(self.names)} came. "
                "Draw some 60 centres from the data."
            )
        for kind, names in (("centre", self.ids), ("feature", self.names)):
            again = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
            if again:
                raise DataError(
                    f"Every {kind} may occur once, but {again[0]!r} occurs {names.count(again[0])} times: counted twice, it "
                    f"would pass for two witnesses. Draw the {kind}s without replacement."
                )
        if (self.standard_error < 0).any():
            raise DataError("Standard errors must be at least 0, but some are negative. Take the root of the variance.")

    @property
    def decided(self) -> np.ndarray:
        """Whether the patch says anything about the feature, (n, f)."""
        fits = (self.r_squared >= GOOD_FIT)[:, None]
        return fits & np.isfinite(self.effect) & np.isfinite(self.standard_error) & (self.degrees_of_freedom >= 1)


def _array(name: str, values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"{name} must hold numbers, but {error}. Give an array of shape {shape}.") from error
    if array.shape != shape:
        raise ShapeError(
            f"{name} must have shape {shape} (patches, features), but came as {array.shape}. Give one row a centre and one "
            "column a feature name."
        )
    array.flags.writeable = False
    return array
