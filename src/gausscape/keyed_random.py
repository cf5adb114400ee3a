"""Random numbers that belong to an object: keyed by seed, id, draw and axis, the same in whatever batch or order it comes.

Philox4x32-10 (Salmon et al. 2011), a function of a counter and a key that has no state to hand on: the counter is the id's
64-bit key and the number's place, the key is the seed.

References:
    Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3, section 3.3 (Philox).
"""

__all__ = ["keyed_normals", "keyed_uniforms", "keys_of", "philox"]

import numpy as np

_ROUNDS = 10
_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (0x9E3779B9, 0xBB67AE85)
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_GOLDEN, _FIRST_MIX, _SECOND_MIX = (np.uint64(each) for each in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
_NUMBERS_AT_ONCE = 1 << 20


def keyed_uniforms(ids: np.ndarray, *, seed: int, draws: int = 1, axes: int = 1) -> np.ndarray:
    """Uniform numbers in (0, 1), float64, (n, draws, axes).

    Args:
        ids: One text for each object, (n,).
        seed: From 0 to 2^64 - 1.
        draws: Draws of each object; the first of them do not depend on how many there are.
        axes: Numbers in a draw, up to 2^32.

    Example:
        >>> ids = np.array(["a", "b", "c"])
        >>> bool((keyed_uniforms(ids, seed=0)[2] == keyed_uniforms(ids[2:], seed=0)[0]).all())
        True
    """
    keys = keys_of(ids)
    found = np.empty((len(keys), draws, axes))
    pairs = (axes + 1) // 2
    # A counter holds the key (64 bits), the draw and the pair of axes (32 bits each); each gives two numbers of 64 bits.
    draw, pair = np.divmod(np.arange(draws * pairs, dtype=np.uint64), np.uint64(max(pairs, 1)))
    rows = max(1, _NUMBERS_AT_ONCE // max(draws * pairs, 1))
    for start in range(0, len(keys), rows):
        own = keys[start : start + rows, None]
        words = philox((own & _LOW, own >> _HALF, draw[None], pair[None]), seed)
        # 52 bits and a half: neither 0 nor 1 can come out, and the normal quantile of neither is finite.
        numbers = [((high << _HALF | low) >> np.uint64(12)).astype(float) for low, high in (words[:2], words[2:])]
        both = (np.stack(numbers, -1) + 0.5) * 2.0**-52
        found[start : start + rows] = both.reshape(len(own), draws, 2 * pairs)[..., :axes]
    return found


def keyed_normals(ids: np.ndarray, *, seed: int, draws: int = 1, axes: int = 1) -> np.ndarray:
    """Standard normal numbers, float64, (n, draws, axes); arguments as in `keyed_uniforms`.

    Example:
        >>> keyed_normals(np.array(["a", "b"]), seed=0, draws=3, axes=2).shape
        (2, 3, 2)
    """
    from scipy.special import ndtri

    return ndtri(keyed_uniforms(ids, seed=seed, draws=draws, axes=axes))


def keys_of(ids: np.ndarray) -> np.ndarray:
    """A 64-bit key of each text, uint64, (n,); of n different texts two share one with probability n^2 / 2^65.

    Example:
        >>> keys_of(np.array(["7", "8"])).tolist() == keys_of(np.array(["7", "8", "a longer one"]))[:2].tolist()
        True
    """
    texts = np.asarray(ids).astype(str)
    if not len(texts):
        return np.zeros(0, dtype=np.uint64)
    width = texts.dtype.itemsize // 4
    letters = np.ascontiguousarray(texts).view(np.uint32).reshape(len(texts), width)
    lengths = np.char.str_len(texts)
    keys = np.full(len(texts), _GOLDEN)
    for place in range(width):
        # Texts of one array are padded to its widest: what lies behind a text's own end must not count.
        inside = place < lengths
        keys = np.where(inside, _mixed((keys ^ letters[:, place]) + _GOLDEN), keys)
    return keys


def philox(counter: tuple[np.ndarray, ...], seed: int) -> tuple[np.ndarray, ...]:
    """Philox4x32-10 of four counter words, which broadcast, under a seed of 64 bits.

    Args:
        counter: Four arrays of uint64 with values below 2^32.
        seed: The key.

    Returns:
        Four arrays of uint64 with values below 2^32, of the common shape.

    Example:
        >>> nothing = np.zeros(1, dtype=np.uint64)
        >>> [f"{int(word[0]):08x}" for word in philox((nothing,) * 4, 0)]  # the authors' own check value
        ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']
    """
    a, b, c, d = counter
    low, high = seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF
    for _ in range(_ROUNDS):
        one, other = _MULTIPLIERS[0] * a, _MULTIPLIERS[1] * c
        a, b = (other >> _HALF) ^ b ^ np.uint64(low), other & _LOW
        c, d = (one >> _HALF) ^ d ^ np.uint64(high), one & _LOW
        low, high = (low + _WEYL[0]) & 0xFFFFFFFF, (high + _WEYL[1]) & 0xFFFFFFFF
    return tuple(np.broadcast_arrays(a, b, c, d))


def _mixed(values: np.ndarray) -> np.ndarray:
    """The finaliser of SplitMix64: one to one, and every bit of the argument moves half of the bits of the result."""
    values = (values ^ (values >> np.uint64(30))) * _FIRST_MIX
    values = (values ^ (values >> np.uint64(27))) * _SECOND_MIX
    return values ^ (values >> np.uint64(31))
