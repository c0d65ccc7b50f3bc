"""Reads one YAML file safely and remembers where everything stands in it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from data_sync.errors import ConfigurationError

_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class YamlFile:
    """The contents of a YAML file.

    :ivar label: the file's name as messages show it
    :ivar data: what it holds, None when it is empty
    :ivar node: the same as YAML nodes, which know their lines
    """

    label: str
    data: Any
    node: yaml.Node | None

    def place(self, path: Sequence[Hashable]) -> str:
        """Return ``file:line`` of what is at ``path``, or of the nearest thing above it."""
        node, line = self.node, 1
        for part in path:
            found = _step(node, part)
            if found is None:
                break
            line, node = found
        return f"{self.label}:{line}"


def read_yaml(path: Path, label: str) -> YamlFile:
    """Read a YAML file of one document, safely: no tags that construct Python objects.

    :raises ConfigurationError: it cannot be read, is no valid YAML, repeats a key, or contains itself
    """
    try:
        loader = _Loader(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{label}: cannot be read: {error.strerror or error}") from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{label}: is not UTF-8 text; save it as UTF-8") from error
    try:
        node = loader.get_single_node()
        if node is None:
            return YamlFile(label, None, None)
        _check(node, label, set(), set())
        return YamlFile(label, loader.construct_document(node), node)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigurationError(f"{label}:{line}: is not valid YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"{label}: is not valid YAML: {error}") from error
    finally:
        loader.dispose()


def _check(node: yaml.Node, label: str, above: set[int], done: set[int]) -> None:
    """Refuse repeated keys, which YAML would resolve silently, and nodes that contain themselves."""
    if id(node) in above:
        raise ConfigurationError(
            f"{label}:{node.start_mark.line + 1}: an anchor contains itself; write it out"
        )
    if id(node) in done or not isinstance(node, yaml.CollectionNode):
        return
    above.add(id(node))
    if isinstance(node, yaml.MappingNode):
        _check_keys(node, label)
        children = [value for _, value in node.value]
    else:
        children = node.value
    for child in children:
        _check(child, label, above, done)
    above.remove(id(node))
    done.add(id(node))


def _check_keys(node: yaml.MappingNode, label: str) -> None:
    first: dict[str, int] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            continue
        line = key.start_mark.line + 1
        if key.value in first:
            raise ConfigurationError(
                f"{label}:{line}: the key {key.value!r} is written twice, first in line {first[key.value]}; "
                "remove one"
            )
        first[key.value] = line


def _step(node: yaml.Node | None, part: Hashable) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value == str(part):
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        item = node.value[part]
        return item.start_mark.line + 1, item
    return None
