"""One file for each kind of folder that can be read.

A module here exports `NAME` (in words, for messages), `matches(path) -> bool` (a look at names, nothing is read),
`OPTIONS` (names of the reading options that it knows; names of parameters of `load`, such as resize, are handed on
too where they are listed) and `read(path, options) -> Items`. The readers are found by looking into this package; the
one with `FALLBACK = True` reads what no other matches.
"""

__all__: list[str] = []
