"""YAML as the seed is written in it: days stay text for the model to check, and no key stands twice in one mapping.

Plain YAML makes a day of what looks like one, failing on 2009-02-30 without saying where, and of two equal keys it
keeps the last, so that a section written twice would lose its first half. Aliases are refused on demand: a few lines of
them can stand for more than memory holds.
"""

from collections.abc import Hashable
from typing import Any

import yaml

_TIMESTAMP = "tag:yaml.org,2002:timestamp"


class _PlainLoader(yaml.CSafeLoader):
    yaml_implicit_resolvers = {  # noqa: RUF012 - as the parent's, which is not annotated
        first: [(tag, form) for tag, form in resolvers if tag != _TIMESTAMP]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - as the parent's
        """Return the mapping; refuse a key that stands twice."""
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} stands twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def load_plain_yaml(text: str, *, aliases: bool = True) -> Any:  # noqa: ANN401 - whatever YAML holds; the model checks it
    """Return the text's content; raise `yaml.YAMLError` naming line and column."""
    if not aliases:
        _refuse_aliases(text)
    loader = _PlainLoader(text)
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()


def _refuse_aliases(text: str) -> None:
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise yaml.YAMLError(f"aliases are not taken here:{event.start_mark}")
