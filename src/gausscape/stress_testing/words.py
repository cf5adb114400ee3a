"""How are counts and probabilities said?"""

__all__ = ["counted", "number", "percent", "probability_in_words"]

import math


def number(value: float) -> str:
    """Three digits, and no exponent for sizes of everyday life.

    Example:
        >>> number(0.20315), number(3951.2), number(-1.5), number(2.5e-7), number(float("nan"))
        ('0.203', '3,951', '-1.5', '2.5e-07', '-')
    """
    if not math.isfinite(value):
        return "-"
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e7 else f"{value:.3g}"


def percent(share: float) -> str:
    """A share with as many digits as it takes to tell it from 0.

    Example:
        >>> percent(0.1), percent(0.01), percent(0.00123), percent(2.5e-5), percent(0.0), percent(0.999), percent(1.0)
        ('10%', '1%', '0.12%', '0.0025%', '0%', '99.9%', '100%')
    """
    if not math.isfinite(share):
        return "-"
    if 0 < share < 1e-6:
        return f"{share:.1e}"
    return f"{100 * share:.{2 if share < 0.0995 else 3}g}%"


def probability_in_words(probability: float) -> str:
    """Once in how many.

    Example:
        >>> probability_in_words(0.00132), probability_in_words(1.0), probability_in_words(0.0)
        ('1 in 760', 'always', 'never')
    """
    if not math.isfinite(probability):
        return "unknown"
    if probability <= 0:
        return "never"
    if probability > 0.95:
        return "always" if probability > 0.999 else "nearly always"
    many = 1 / probability
    digits = max(0, 1 - math.floor(math.log10(many)))
    rounded = round(many, digits) if many < 10 else round(many, -max(0, math.floor(math.log10(many)) - 1))
    return f"1 in {rounded:,.{1 if rounded < 10 and rounded != int(rounded) else 0}f}"


def counted(n: int, noun: str) -> str:
    """A number with its noun.

    Example:
        >>> counted(1, "call"), counted(2000, "call")
        ('1 call', '2,000 calls')
    """
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
