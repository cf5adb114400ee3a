"""One file for each kind of source that is no file, folder, array or frame: lists of foreign objects, addresses.

A module here exports `NAME` (in words, for messages), `matches(source, options) -> bool` (cheap; imports nothing
heavy), `OPTIONS` (names of the reading options, and of parameters of `load`, that it knows) and
`read(source, options) -> Items`. They are asked first, and found by looking into this package.
"""

__all__: list[str] = []
