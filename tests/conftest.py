"""What many tests share: the real content, loaded once."""

import pytest

from site_builder.content import Content, load_content


@pytest.fixture(scope="session")
def content() -> Content:
    """Return the project's own content."""
    return load_content()
