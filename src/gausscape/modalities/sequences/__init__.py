"""Sequences: numbers measured at equal steps of time, all of one length, in one channel or several."""

__all__ = ["MODALITY"]

from gausscape.modalities.sequences.modality import SequenceModality

MODALITY = SequenceModality
