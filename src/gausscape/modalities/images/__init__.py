"""Images: grey or colour, all of one size, as arrays (n, height, width) or (n, height, width, channels)."""

__all__ = ["MODALITY"]

from gausscape.modalities.images.modality import ImageModality

MODALITY = ImageModality
