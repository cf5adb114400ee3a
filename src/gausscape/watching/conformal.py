"""How unusual is a window among those before it? Ranks, and a tail beyond the largest; false alarms come at the stated rate."""

__all__ = ["Pool", "VectorPool"]

import numpy as np

LARGEST_POOL = 10_000
MOST_VECTORS = 2_000
ENOUGH = 200
TAIL = 0.1
FEWEST_IN_TAIL = 3
FEWEST_WITH_TAIL = 30


class Pool:
    """Scores of windows that count as usual, and the rank of a new one among them.

    With N scores in the pool the p-value of a new score s is

        p = (#{greater than s} + U (#{equal to s} + 1)) / (N + 1),  U ~ uniform(0, 1).

    If the new window and those of the pool are exchangeable, p is uniform, exactly; if every window joins the pool after it
    was ranked, the p-values of a whole stream are independent too, so that alarms at p <= a are a Bernoulli(a) sequence
    (Vovk et al. 2005, theorem 8.1). A pool that never grew would give its own rate for ever: Beta distributed around a.

    Ranks alone cannot tell a score just above all N from one far above: both are one in N + 1. If its logarithm is x above
    that of the largest,

        p = (1 + x / e)^-k / (N + 1),  e the sum of the log-excesses of the k = N / 10 largest over the next one, the largest twice,

    which is uniform too if the tail from there on is a power law: the gaps between the logarithms of the largest of N + 1 such
    scores, each times its rank, are independent with one mean, and e is the sum of k of them (Renyi 1953, Hill 1975). Of any
    lighter tail, such as that of a -log of a probability, fewer alarms come. Whatever the tail is, p <= 1 / (N + 1)
    comes once in N + 1 windows only, so that once N + 1 reaches the inverse of the rate, ranks decide alone. They do so too
    among fewer than 30 scores.

    At most 10,000 scores are kept, a uniform sample of all that joined (Vitter 1985, algorithm R).

    Args:
        scores: Those to start from, (n,).
        joined: How many have joined so far; None for as many as there are.

    Example:
        >>> pool = Pool(np.arange(99.0))
        >>> float(pool.p_value(97.5, uniform=0.5)), bool(pool.p_value(1000.0, uniform=0.5) < 1e-4)
        (0.015, True)

    References:
        Vovk, Gammerman & Shafer 2005, Algorithmic learning in a random world, chapter 8 (online p-values).
        Vitter 1985, Random sampling with a reservoir.
        Renyi 1953, On the theory of order statistics.
        Hill 1975, A simple general approach to inference about the tail of a distribution.
    """

    def __init__(self, scores: np.ndarray, *, joined: int | None = None):
        self.scores = np.array(scores, dtype=np.float64)
        self.joined = len(self.scores) if joined is None else joined

    def __len__(self) -> int:
        return len(self.scores)

    def p_value(self, score: float, *, uniform: float) -> float:
        """p of a score, in (0, 1]; the uniform number in (0, 1) decides ties."""
        if len(self.scores) >= FEWEST_WITH_TAIL and score > self.scores.max():
            return self._beyond(score, uniform) / (len(self.scores) + 1)
        return self.rank(score, uniform=uniform)

    def rank(self, score: float, *, uniform: float) -> float:
        """p of a score by ranks alone, the largest included, in (0, 1]."""
        greater, equal = int((self.scores > score).sum()), int((self.scores == score).sum())
        return (greater + uniform * (equal + 1)) / (len(self.scores) + 1)

    def _beyond(self, score: float, uniform: float) -> float:
        """How seldom a score that is the largest is so large, in (0, 1]; the uniform number where there is no tail to go by."""
        n = len(self.scores)
        many = max(FEWEST_IN_TAIL, int(TAIL * n))
        largest = np.sort(np.partition(self.scores, n - many - 1)[n - many - 1 :])
        if largest[0] <= 0:
            return uniform
        logs = np.log(largest / largest[0])
        excess = float(logs.sum() + logs[-1])
        return (1 + float(np.log(score / largest[-1])) / excess) ** -many if excess > 0 else uniform

    def join(self, score: float, *, uniform: float) -> None:
        """Let a score count from now on; the uniform number in [0, 1) decides which one leaves a full pool."""
        self.joined += 1
        if len(self.scores) < LARGEST_POOL:
            self.scores = np.append(self.scores, score)
            return
        place = int(uniform * self.joined)
        if place < LARGEST_POOL:
            self.scores[place] = score


class VectorPool:
    """Standardised means of windows that count as usual, to be ranked along any direction.

    Windows that were only drawn from usual objects stand in until 200 of the stream have joined: the centre of the stream is
    never quite that of the objects, and a test that listens for small shifts that stay would hear that.

    Args:
        drawn: Vectors to begin with, (n, live + 2).
        stays: Whether those are as good as windows of the stream, and never leave.
        waits: Whether they are so poor that nothing is to be ranked until they have left.
        own: Vectors of the stream, (k, live + 2).
        joined: How many of those have joined so far.

    Example:
        >>> pool = VectorPool(np.arange(9.0)[:, None], stays=True)
        >>> float(pool.p_value(np.array([7.5]), np.array([1.0]), uniform=0.5))
        0.15
    """

    def __init__(
        self, drawn: np.ndarray, *, stays: bool, waits: bool = False, own: np.ndarray | None = None, joined: int = 0
    ):
        self.drawn, self.stays, self.waits = drawn, stays, waits
        self.own = np.zeros((0, drawn.shape[1])) if own is None else own
        self.joined = joined

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def is_ready(self) -> bool:
        """Whether windows may be ranked in it."""
        return not self.waits or len(self.own) >= ENOUGH

    @property
    def vectors(self) -> np.ndarray:
        """Those that count now."""
        return self.own if len(self.own) >= ENOUGH and not self.stays else np.concatenate([self.drawn, self.own])

    def p_value(self, vector: np.ndarray, direction: np.ndarray, *, uniform: float) -> float:
        """p of how far a vector lies along a direction, by ranks: a sum over many windows needs no tail, and hears its errors."""
        return Pool(self.vectors @ direction).rank(float(vector @ direction), uniform=uniform)

    def join(self, vector: np.ndarray, *, uniform: float) -> None:
        """Let a window of the stream count from now on; a full pool stays a uniform sample of all that joined."""
        self.joined += 1
        if len(self.own) < MOST_VECTORS:
            self.own = np.vstack([self.own, vector])
            return
        place = int(uniform * self.joined)
        if place < MOST_VECTORS:
            self.own[place] = vector
