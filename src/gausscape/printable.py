"""Which letters of a text may reach a terminal or a picture? All but those that control it."""

__all__ = ["printable"]

import re

# C0 and C1 controls except tab and line feed; marks that turn the direction of writing; halves of surrogate pairs and
# what XML cannot hold, which would break an SVG.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    r"""The text with each control character shown as U+FFFD, so that a name from a file can only be read.

    An escape sequence in a column's name could otherwise move the cursor, hide a line, set the window's title, or, on
    some terminals, answer as if it had been typed; a turn of direction could show a name backwards.

    References:
        ECMA-48, sections 5.3 and 5.4 (controls). Boucher and Anderson (2023): Trojan Source. USENIX Security, section 4.

    Example:
        >>> printable("age\x1b[2J\ttail")
        'age\ufffd[2J\ttail'
    """
    return text if text.isprintable() else _CONTROLS.sub("\ufffd", text)
