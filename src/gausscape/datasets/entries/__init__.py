"""One file for each data set of the catalogue, or for a few of one make; each exports `ENTRIES`."""

__all__: list[str] = []
