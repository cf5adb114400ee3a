"""A file's own claims about its size are held against the memory that there is before they are believed."""

__all__ = ["memory_limit", "readable", "refuse_too_large"]

from gausscape.errors import DataError
from gausscape.memory import memory_limit, readable


def refuse_too_large(what: str, needed: int) -> None:
    """Refuse what declares more bytes than this machine can hold, before anything is unpacked.

    Args:
        what: The file, and the part of it, in words that begin a sentence.
        needed: Bytes that it declares.

    Raises:
        DataError: If that is more than `memory_limit()`.
    """
    limit = memory_limit()
    if needed > limit:
        raise DataError(
            f"{what} would need {readable(needed)} of memory, and this process may use {readable(limit)}. "
            "If that size is true and not an error in the file, use fewer objects or a larger machine."
        )
