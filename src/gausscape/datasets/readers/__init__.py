"""One file for each kind of file that can be read.

A module here exports `SUFFIXES` (lower case, with the dot), `MAGIC` (the first bytes of such files, where the format
has any) and `read(path, *, id_column, resize) -> Items`. The readers are found by looking into this folder.
"""

__all__: list[str] = []
