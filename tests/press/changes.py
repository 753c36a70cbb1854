"""The real content with one thing changed, for tests of the press."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from site_builder.content import Content
from site_builder.press.products.registration import NAME


def with_settings(content: Content, **values: str) -> Content:
    """Return the content with some settings filled in."""
    settings = {key: replace(content.settings[key], value=value) for key, value in values.items()}
    return replace(content, settings=MappingProxyType({**content.settings, **settings}))


def with_words(content: Content, place: str, text: object) -> Content:
    """Return the content with one entry of content/leaflets/registration.yml changed: `place` is like "flap.lead"."""
    words = _changed(content.leaflets[NAME], place.split("."), text)
    return replace(content, leaflets=MappingProxyType({**content.leaflets, NAME: words}))


def _changed(mapping: Any, keys: list[str], text: object) -> Mapping[str, object]:
    value = text if len(keys) == 1 else _changed(mapping[keys[0]], keys[1:], text)
    return MappingProxyType({**mapping, keys[0]: value})
