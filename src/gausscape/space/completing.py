"""Completing: what is missing in an object, drawn from the space's own law given all that is there."""

__all__ = ["Completed", "complete"]

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from scipy.special import gammaln

from gausscape.errors import ConfigurationError
from gausscape.items import Items, take
from gausscape.modality import Modality, Tensors
from gausscape.space.codec import Codec
from gausscape.space.law import Law

if TYPE_CHECKING:
    from gausscape.space.space import Space

PROPOSALS = 100
ROUNDS = 3
AT_ONCE = 20_000
DEGREES = 5.0
LEVEL = 0.9
SHOWN = 8
LEVELS_SHOWN = 4


@dataclass(frozen=True)
class Completed:
    """Objects without gaps, and how sure each filled number is.

    Args:
        items: The objects with their gaps filled by one draw, in native form; what was there is there, bit for bit.
        rows: Positions of the objects that had gaps, (m,).
        ids: Their ids, (m,).
        names: Names of the features, (features,).
        mean: Mean of each feature over the draws, (m, features), in its own units; a level of a category has its
            probability. NaN where the feature was known.
        lower, upper: Ends of its central 90% of the draws, same shape; with one draw both are the draw itself.
        effective: Effective number of proposals behind the draws of each object (Kong 1992), (m,); few where what is there
            is unusual, or fits together badly.
        draws: How many completions there are.
    """

    items: Any
    rows: np.ndarray
    ids: np.ndarray
    names: tuple[str, ...]
    mean: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    effective: np.ndarray
    draws: int
    _values: Any
    _own: torch.Tensor
    _drawn: torch.Tensor
    _modality: Modality

    def __len__(self) -> int:
        return len(self._values)

    def draw(self, k: int) -> Any:
        """All objects with the gaps filled by draw k, from 0: for one analysis a draw, as in multiple imputation (Rubin 1987).

        Raises:
            ConfigurationError: If there are fewer draws.
        """
        if not 0 <= k < self.draws:
            raise ConfigurationError(f"A completion needs a number from 0 to {self.draws - 1}, but got {k}. Ask for more draws.")
        return self._modality.filled(self._values, _whole(self._own, self.rows, self._drawn[k]))

    def table(self) -> dict[str, np.ndarray]:
        """One line for each filled feature: "id", "feature", "mean", "lower", "upper", "effective"."""
        place, feature = np.nonzero(~np.isnan(self.mean))
        return {
            "id": self.ids[place].astype(str),
            "feature": np.asarray(self.names, dtype=object)[feature],
            "mean": self.mean[place, feature],
            "lower": self.lower[place, feature],
            "upper": self.upper[place, feature],
            "effective": self.effective[place],
        }

    def document(self) -> dict[str, Any]:
        """JSON-able: counts and, for each object that had gaps, what was filled."""
        table = self.table()
        lines = [dict(zip(table, line, strict=True)) for line in zip(*(column.tolist() for column in table.values()), strict=True)]
        return {"objects": len(self), "completed": len(self.rows), "draws": self.draws, "filled": lines}

    def __str__(self) -> str:
        if not len(self.rows):
            return f"Nothing is missing in {len(self):,} objects."
        lines = [
            f"{len(self.rows):,} of {len(self):,} objects had gaps; filled by {self.draws} draw{'s'[: self.draws != 1]} from the "
            f"law of the space given what is there (effective proposals: median {np.median(self.effective):.0f}, "
            f"least {self.effective.min():.0f})."
        ]
        said = self._of_columns() or self._of_features()
        return "\n".join([*lines, *said[:SHOWN], *(["  ..."] if len(said) > SHOWN else [])])

    def _of_features(self) -> list[str]:
        """What was filled, feature by feature, a few more than are shown."""
        table = self.table()
        said = []
        for k in range(min(SHOWN + 1, len(table["id"]))):
            spread = f" ({table['lower'][k]:.4g} to {table['upper'][k]:.4g})" if self.draws > 1 else ""
            said.append(f"  {table['id'][k]}: {table['feature'][k]} {table['mean'][k]:.4g}{spread}")
        return said

    def _of_columns(self) -> list[str]:
        """The same, column by column; nothing for objects that have no columns."""
        rows = self.rows[: SHOWN + 1]
        some = take(self._values, rows)
        names, gaps = list(self._modality.columns_of(some)), self._modality.lacking(some)
        if gaps.shape[1] != len(names):
            return []
        cells = self._drawn[:, : len(rows)].flatten(0, 1)
        filled = self._modality.filled(take(self._values, np.tile(rows, self.draws)), cells)
        columns = self._modality.columns_of(filled)
        return [
            f"  {self.ids[place]}: {names[k]}{_in_words(columns[names[k]].reshape(self.draws, -1)[:, place])}"
            for place, k in zip(*np.nonzero(gaps), strict=True)
        ]


def complete(space: "Space", data: Any, *, draws: int = 1, seed: int = 0) -> Completed:
    """Fill what is missing in objects.

    A code is drawn from p(z | what is there), proportional to p(there | z) p(z) with p(z) the law of the space, then the
    missing cells from p(cells | z). The codes come from adaptive importance sampling: half of the first proposals follow the
    encoder, which was trained on objects with parts hidden, half the law itself; two more rounds follow the weighted codes
    so far; all are weighted against the mixture of everything that was proposed, and drawn by weight. That a cell is
    missing counts as knowledge where the fit had such gaps.

    Args:
        space: The fitted space.
        data: n objects in native form, or Items, some of them with gaps.
        draws: Completions of each object.
        seed: Of the draws.

    Returns:
        Completed.

    Raises:
        ConfigurationError: If draws is no number from 1 to 10,000.
        DataError: If the objects are not of the kind that was fitted.

    References:
        Ivanov et al. 2019, Variational autoencoder with arbitrary conditioning (1806.02382).
        Cornuet et al. 2012, Adaptive multiple importance sampling, Scandinavian Journal of Statistics 39.

    Example:
        >>> from gausscape.training.fitting import fit
        >>> random = np.random.default_rng(0)
        >>> rows = random.normal(size=(200, 1)) + 0.3 * random.normal(size=(200, 3))
        >>> space = fit(rows, latent=1, method="pca")
        >>> gappy = rows[:4].copy()
        >>> gappy[1, 2] = np.nan
        >>> whole = complete(space, gappy, draws=50)
        >>> bool(np.isfinite(whole.items).all()), whole.rows.tolist()
        (True, [1])
        >>> bool((whole.items[0] == gappy[0]).all()), bool((whole.items[1, :2] == gappy[1, :2]).all())
        (True, True)
    """
    if isinstance(draws, bool) or not isinstance(draws, int | np.integer) or not 1 <= draws <= 10_000:
        raise ConfigurationError(f"complete needs draws as a whole number from 1 to 10,000, but got {draws!r}. Pass draws=20, say.")
    draws = int(draws)
    items, codec = Items.of(data), space.codec
    tensors = codec.tensors(items)
    own, observed = codec.observed(tensors)
    rows = np.flatnonzero(space.modality.lacking(items.values).any(1))
    rng = np.random.default_rng([seed, 37])
    part = {name: values[torch.from_numpy(rows)] for name, values in tensors.items()}
    own_part = own[torch.from_numpy(rows)]
    seen = torch.ones_like(own_part) if observed is None else observed[torch.from_numpy(rows)]
    z, effective = _conditional_codes(space, part, draws, rng)
    drawn = torch.zeros(draws, *own_part.shape)
    for k in range(draws):
        noise = rng.standard_normal(own_part.shape)
        drawn[k] = _drawn_given(codec, z[:, k], own_part, seen, noise)
    known = space.modality.features(own_part, seen)
    told = _features_of(space, items.values, rows, drawn) if len(rows) else known.values[None]
    spread = np.where(np.isnan(known.values), told, np.nan)
    low, high = np.quantile(spread, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return Completed(
        items=space.modality.filled(items.values, _whole(own, rows, drawn[0])),
        rows=rows,
        ids=items.ids[rows],
        names=known.names,
        mean=spread.mean(0),
        lower=low,
        upper=high,
        effective=effective,
        draws=draws,
        _values=items.values,
        _own=own,
        _drawn=drawn,
        _modality=space.modality,
    )


def _in_words(drawn: np.ndarray) -> str:
    """Draws of one value, (draws,): mean and central 90% of numbers, shares of levels.

    Example:
        >>> _in_words(np.array([1.0, 2.0, 3.0])), _in_words(np.array(["no", "yes", "no", "no"], dtype=object))
        (' 2 (1.1 to 2.9)', ': no (75%), yes (25%)')
    """
    ends = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    if drawn.dtype.kind == "M":
        low, middle, high = np.sort(drawn)[np.rint(np.array([ends[0], 0.5, ends[1]]) * (len(drawn) - 1)).astype(int)].astype(str)
        short = [str(each).removesuffix(".000000").replace("T", " ").removesuffix(" 00:00:00") for each in (low, middle, high)]
        return f" {short[1]}" + (f" ({short[0]} to {short[2]})" if len(drawn) > 1 else "")
    if drawn.dtype.kind in "iuf":
        low, high = np.quantile(drawn, ends)
        return f" {drawn.mean():.4g}" + (f" ({low:.4g} to {high:.4g})" if len(drawn) > 1 else "")
    counts = Counter(map(str, drawn.tolist())).most_common(LEVELS_SHOWN + 1)
    shares = [f"{level} ({count / len(drawn):.0%})" for level, count in counts[:LEVELS_SHOWN]]
    more = ["..."] if len(counts) > LEVELS_SHOWN else []
    return f": {', '.join(shares + more)}" if len(drawn) > 1 else f": {drawn[0]}"


def _drawn_given(codec: Codec, z: np.ndarray, cells: torch.Tensor, seen: torch.Tensor, noise: np.ndarray) -> torch.Tensor:
    """Cells drawn at codes z (n, latent), given those that are seen, (n, cells)."""
    output = codec.networks.decoder(torch.tensor(z, dtype=cells.dtype))
    return codec.networks.likelihood.drawn_given(output, cells, seen, torch.tensor(noise, dtype=cells.dtype))


def _whole(own: torch.Tensor, rows: np.ndarray, drawn: torch.Tensor) -> torch.Tensor:
    whole = own.clone()
    whole[torch.from_numpy(rows)] = drawn
    return whole


def _features_of(space: "Space", values: Any, rows: np.ndarray, drawn: torch.Tensor) -> np.ndarray:
    """Features of completed objects as anyone receives them, legal and rounded, (draws, m, features)."""
    draws, m, _ = drawn.shape
    many = max(1, AT_ONCE // max(m, 1))
    told = []
    for start in range(0, draws, many):
        some = drawn[start : start + many]
        again = space.modality.filled(take(values, np.tile(rows, len(some))), some.flatten(0, 1))
        cells, observed = space.codec.observed(space.codec.tensors(again))
        told.append(space.modality.features(cells, observed).values.reshape(len(some), m, -1))
    return np.concatenate(told)


def _conditional_codes(space: "Space", tensors: Tensors, draws: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Codes of each object given what it has, (m, draws, latent), and the effective number of proposals, (m,)."""
    n = len(next(iter(tensors.values())))
    many = max(1, AT_ONCE // (ROUNDS * PROPOSALS))
    codes, effective = [np.zeros((0, draws, space.latent))], [np.zeros(0)]
    for start in range(0, n, many):
        some = {name: values[start : start + many] for name, values in tensors.items()}
        found, size = _by_importance(space, some, draws, rng)
        codes.append(space.aggregate.full(found.reshape(-1, found.shape[-1])).reshape(len(found), draws, -1))
        effective.append(size)
    return np.concatenate(codes), np.concatenate(effective)


def _by_importance(space: "Space", tensors: Tensors, draws: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    live, law = space.live_axes, space.aggregate.law
    posterior = space.codec.embed(tensors)
    centre, std = posterior.mean[:, live], posterior.std[:, live]
    n, d = centre.shape
    wide = {name: values.repeat_interleave(PROPOSALS, 0) for name, values in tensors.items()}

    def log_joint(z: np.ndarray) -> np.ndarray:
        flat = z.reshape(-1, d)
        there = -space.codec.residual(wide, space.aggregate.full(flat))
        return (there + law.log_density(flat)).reshape(n, PROPOSALS)

    proposals = [_Proposal(centre, 1.5**2 * _diagonal(std), degrees=DEGREES)]
    half = PROPOSALS // 2
    own = law.sample(n * half, rng).reshape(n, half, d)
    points = [np.concatenate([proposals[0].sample(PROPOSALS - half, rng), own], 1)]
    joint = [log_joint(points[0])]
    z, weight, effective = _weighted(law, proposals, points, joint)
    for _ in range(ROUNDS - 1):
        proposals.append(_fitted(z, weight, effective, std))
        points.append(proposals[-1].sample(PROPOSALS, rng))
        joint.append(log_joint(points[-1]))
        z, weight, effective = _weighted(law, proposals, points, joint)
    # Systematic draws: each proposal is taken as often as its weight says, give or take one.
    ranks = (rng.random((n, 1)) + np.arange(draws)) / draws
    chosen = np.stack([np.searchsorted(np.cumsum(own), rank) for own, rank in zip(weight, ranks, strict=True)])
    chosen = rng.permuted(chosen.clip(max=z.shape[1] - 1), axis=1)
    return np.take_along_axis(z, chosen[:, :, None], axis=1), effective


def _weighted(
    law: Law, proposals: list["_Proposal"], points: list[np.ndarray], joint: list[np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All points so far, (n, k, d), their weights against the mixture of all that was proposed, (n, k), and how many count, (n,)."""
    z, total = np.concatenate(points, 1), np.concatenate(joint, 1)
    half = PROPOSALS // 2  # of the first round followed the law
    counts = [PROPOSALS - half, *[PROPOSALS] * (len(proposals) - 1), half]
    prior = law.log_density(z.reshape(-1, z.shape[-1])).reshape(total.shape)
    parts = np.stack([*(proposal.log_density(z) for proposal in proposals), prior])
    log_weight = total - np.logaddexp.reduce(parts + np.log(counts)[:, None, None], axis=0)
    weight = np.exp(log_weight - log_weight.max(1, keepdims=True))
    weight /= weight.sum(1, keepdims=True)
    return z, weight, 1 / (weight**2).sum(1)


@dataclass(frozen=True)
class _Proposal:
    """Multivariate t laws, one an object: heavier in the tails than what they stand for."""

    centre: np.ndarray
    covariance: np.ndarray
    degrees: float

    def sample(self, many: int, rng: np.random.Generator) -> np.ndarray:
        n, d = self.centre.shape
        noise = rng.standard_normal((n, many, d)) @ np.linalg.cholesky(self.covariance).transpose(0, 2, 1)
        scale = np.sqrt(self.degrees / rng.chisquare(self.degrees, (n, many, 1)))
        return self.centre[:, None] + scale * noise

    def log_density(self, z: np.ndarray) -> np.ndarray:
        d, nu = z.shape[-1], self.degrees
        root = np.linalg.cholesky(self.covariance)
        white = np.linalg.solve(root, (z - self.centre[:, None]).transpose(0, 2, 1))
        volume = np.log(np.diagonal(root, axis1=1, axis2=2)).sum(1)
        constant = gammaln((nu + d) / 2) - gammaln(nu / 2) - 0.5 * d * np.log(nu * np.pi)
        return constant - volume[:, None] - 0.5 * (nu + d) * np.log1p((white**2).sum(1) / nu)


def _fitted(z: np.ndarray, weight: np.ndarray, effective: np.ndarray, std: np.ndarray) -> _Proposal:
    """The law of weighted codes; where few count, leaning on the encoder's spread."""
    centre = np.einsum("nk,nkd->nd", weight, z)
    away = z - centre[:, None]
    found = np.einsum("nk,nkd,nke->nde", weight, away, away)
    lean = ((d := z.shape[-1]) / (effective + d))[:, None, None]
    return _Proposal(centre, 1.2 * ((1 - lean) * found + lean * _diagonal(std)), degrees=DEGREES)


def _diagonal(std: np.ndarray) -> np.ndarray:
    return np.eye(std.shape[1]) * (std**2 + 1e-9)[:, :, None]
