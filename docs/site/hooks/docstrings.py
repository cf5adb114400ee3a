"""How docstrings are read: "Example:" is a section of examples, "References:" is prose."""

import re

import griffe


class Docstrings(griffe.Extension):
    """Spell the heading as the parser of Google style knows it, before it reads."""

    def on_instance(self, *, obj, **_):
        if obj.docstring:
            value = re.sub(r"^(\s*)Example:[ \t]*$", r"\1Examples:", obj.docstring.value, flags=re.MULTILINE)
            obj.docstring.value = re.sub(r"^(\s*)References:[ \t]*$", r"\1**References**\n", value, flags=re.MULTILINE)
