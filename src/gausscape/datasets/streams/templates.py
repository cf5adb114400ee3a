"""From a log message to its template: what varies is masked."""

__all__ = ["template"]

import re

MASK = "<*>"
# One pass, the wider patterns first; the sign of a number belongs to it only where no word comes before.
VARIABLE = re.compile(
    r"""
    \b[a-z][a-z0-9+.-]*://\S+                                # web and other addresses
  | \b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b # UUID
  | \b[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){3,}\b                # MAC and longer hardware addresses
  | /?\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b                   # IPv4, with port
  | (?<![\w<>])\.{0,2}/[\w.+@~-]+(?:/[\w.+@~-]*)+            # paths of two and more parts
  | \b0[xX][0-9a-fA-F]+ | \b[0-9a-fA-F]{8,}\b                # hexadecimal numbers
  | (?<![A-Za-z0-9])[-+]?\d+(?:[.,:]\d+)* | \d+(?:[.,:]\d+)* # numbers, also inside words
    """,
    re.VERBOSE,
)


def template(message: str) -> str:
    """The message with addresses, paths, hexadecimal and decimal numbers replaced by <*>.

    Words that vary without a digit in them, such as names of users, stay: where they matter, take the part that does
    not vary with a field of its own, or bring templates from a log parser.

    Example:
        >>> template("Received block blk_-160899 of size 91178 from /10.250.10.6")
        'Received block blk_<*> of size <*> from <*>'
    """
    return VARIABLE.sub(MASK, message)
