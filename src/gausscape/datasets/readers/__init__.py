"""One file for each kind of file that can be read.

A module here exports `SUFFIXES` (lower case, with the dot), `MAGIC` (the first bytes of such files, where the format
has any) and `read(path, *, id_column, resize) -> Items`. A reader with reading options of its own exports their names
as `OPTIONS`, and gets those that were given as a further argument, `options`; names of parameters of `load` may be
among them. A frame that a reader gives may still be reshaped. The readers are found by looking into this folder.
"""

__all__: list[str] = []
