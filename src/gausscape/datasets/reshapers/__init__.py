"""One file for each way in which the rows of a table become objects that are more than a row.

A module here exports `OPTIONS` (names of the reading options that it knows), `wanted(options) -> bool` (whether these
options ask for it) and `reshape(frame, options, *, name, id_column, label_column) -> Items`. Without reading options
each row is an object. The reshapers are found by looking into this package.
"""

__all__: list[str] = []
