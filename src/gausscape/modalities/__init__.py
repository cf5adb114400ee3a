"""Kinds of data, one folder each, strangers to each other; found by looking (see `gausscape.modality.modalities`)."""
