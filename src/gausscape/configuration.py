"""Settings read from YAML that remember the line on which each entry stands, so that a wrong one can be named."""

__all__ = ["Settings", "parse_settings", "read_settings", "where"]

from pathlib import Path
from typing import Any

import yaml

from gausscape.errors import ConfigurationError, MissingFileError

LARGEST_FILE = 1_000_000
DEEPEST = 20
_OPENING = (yaml.BlockMappingStartToken, yaml.BlockSequenceStartToken, yaml.FlowMappingStartToken, yaml.FlowSequenceStartToken)
_CLOSING = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)


class Settings(dict):
    """A mapping from YAML whose entries know their line.

    Example:
        >>> settings = parse_settings("latent: 2\\nobjective:\\n  kl_weight: 0.2\\n")
        >>> settings["objective"].line("kl_weight")
        3
    """

    def __init__(self, entries: dict, lines: dict[str, int]):
        super().__init__(entries)
        self._lines = lines

    def line(self, key: str) -> int | None:
        """Line of an entry, counted from 1; None if the key did not come from a file."""
        return self._lines.get(key)


def where(settings: Any, key: str) -> str:
    """ " on line N" for an entry of Settings, "" for a plain mapping: the place, ready to go into a message.

    Example:
        >>> where({"latent": 2}, "latent")
        ''
    """
    line = settings.line(key) if isinstance(settings, Settings) else None
    return f" on line {line}" if line else ""


def read_settings(path: str | Path) -> Settings:
    """Read a YAML file of settings.

    Raises:
        MissingFileError: If there is no such file.
        ConfigurationError: If it is not a YAML mapping; the line is named.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingFileError(f"A configuration needs a YAML file, but {path} is none. Check the path.")
    if path.stat().st_size > LARGEST_FILE:
        raise ConfigurationError(f"A configuration file needs less than 1 MB, but {path} is larger. Is it the right file?")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"A configuration needs UTF-8 text, but {path} is not ({error}). Save it as UTF-8.") from None
    return parse_settings(text, name=str(path))


def parse_settings(text: str, *, name: str = "the configuration") -> Settings:
    """Parse YAML text of settings.

    Raises:
        ConfigurationError: If it is not a YAML mapping, repeats a key, or uses tags or aliases.
    """
    try:
        _check_tokens(text, name)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        settings = _convert(node, name) if node is not None else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" on line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "cannot be read"
        raise ConfigurationError(f"{name} needs to be YAML, but{place} {problem}. Check the indentation and quotes.") from None
    settings = Settings({}, {}) if settings is None else settings
    if not isinstance(settings, Settings):
        raise ConfigurationError(f"{name} needs entries such as 'latent: 2', but holds a {type(settings).__name__}.")
    return settings


def _check_tokens(text: str, name: str) -> None:
    depth = 0
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        line = token.start_mark.line + 1
        # Aliases can blow a few bytes up to gigabytes, and tags can name code; settings need neither.
        if isinstance(token, yaml.AliasToken | yaml.AnchorToken):
            raise ConfigurationError(f"{name} uses a YAML anchor or alias on line {line}. Write the value out.")
        if isinstance(token, yaml.TagToken):
            raise ConfigurationError(f"{name} uses a YAML tag on line {line}. Write a plain value.")
        depth += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
        if depth > DEEPEST:
            raise ConfigurationError(f"{name} is nested more than {DEEPEST} levels deep on line {line}. Settings need two or three.")


def _convert(node: yaml.Node, name: str) -> Any:
    if isinstance(node, yaml.MappingNode):
        entries: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise ConfigurationError(f"{name} needs text as the name of each entry, but on line {line} it is another. Rename it.")
            key = str(key_node.value)
            if key in entries:
                raise ConfigurationError(f"{name} has the entry {key!r} on line {lines[key]} and again on line {line}. Keep one.")
            entries[key] = _convert(value_node, name)
            lines[key] = line
        return Settings(entries, lines)
    if isinstance(node, yaml.SequenceNode):
        return [_convert(child, name) for child in node.value]
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node, deep=True)
    finally:
        loader.dispose()
