"""Write tests/public_api.txt: the names that are promised, with their signatures. Run: python tests/write_public_api.py"""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import gausscape

FROZEN = Path(__file__).parent / "public_api.txt"


def public_api() -> str:
    """One line for each promised name: what it is, and how it is called. Annotations are left out: they may grow finer."""
    lines = ["# What stays as it is within a major version; docs/stability.md says how a change is made.", ""]
    for name in sorted(gausscape.__all__):
        lines += described(name, getattr(gausscape, name))
    return "\n".join([*lines, "", *commands(), ""])


def described(name, value):
    if not inspect.isclass(value):
        return [f"{name}{called(value)}"]
    bases = ", ".join(base.__name__ for base in value.__bases__ if base is not object)
    lines = ["", f"class {name}{called(value)}" + (f" < {bases}" if bases else "")]
    members = {}
    for owner in reversed(value.__mro__):
        if owner.__module__.startswith("gausscape"):
            members |= vars(owner)
            members |= dict.fromkeys(inspect.get_annotations(owner), "field")
    for key in sorted(members):
        member = members[key]
        if key.startswith("_") and key not in ("__len__", "__call__", "__getitem__", "__iter__"):
            continue
        if isinstance(member, staticmethod | classmethod):
            lines.append(f"  {name}.{key}{called(member.__func__)}  [{type(member).__name__}]")
        elif inspect.isfunction(member):
            lines.append(f"  {name}.{key}{called(member)}")
        else:
            lines.append(f"  {name}.{key}")
    return lines


def called(value):
    """The parameters, with defaults that are plain; others as "..."."""
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return ""
    kept = []
    for parameter in signature.parameters.values():
        if parameter.name in ("self", "cls"):
            continue
        plain = parameter.default is inspect.Parameter.empty or isinstance(parameter.default, bool | int | float | str | tuple | None)
        default = parameter.default if plain else Ellipsis
        kept.append(parameter.replace(annotation=inspect.Parameter.empty, default=default))
    return re.sub(r"=Ellipsis", "=...", str(inspect.Signature(kept)))


def commands():
    """The command line: each command with its arguments and options, without their help."""
    import typer.main

    import gausscape.cli

    for found in pkgutil.iter_modules(gausscape.cli.__path__, "gausscape.cli."):
        if found.name.endswith(("_command", "_commands")):
            importlib.import_module(found.name)  # its commands register themselves
    from gausscape.cli.app import app

    group = typer.main.get_command(app)
    lines = ["$ gausscape " + " ".join(option(each) for each in group.params)]
    for name, command in sorted(group.commands.items()):
        lines.append(f"$ gausscape {name} " + " ".join(option(each) for each in command.params))
    return lines


def option(parameter):
    if parameter.param_type_name == "argument":
        word = parameter.metavar or str(parameter.name).upper()
        return word if parameter.required else f"[{word}]"
    return "/".join([*parameter.opts, *parameter.secondary_opts])


if __name__ == "__main__":
    FROZEN.write_text(public_api(), encoding="utf-8")
    print(f"wrote {FROZEN}")
