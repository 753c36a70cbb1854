"""A build whose sources and files are as they were has nothing to do."""

from site_builder.freshness import Stamp


def stamp(tmp_path):
    return Stamp(tmp_path / "built.json", [tmp_path / "content", tmp_path / "mkdocs.yml"])


def built(tmp_path):
    for name, text in {
        "content/a.md": "ก",
        "mkdocs.yml": "x",
        "site/index.html": "<p>",
        "site/a/b.pdf": "%PDF",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    stamp(tmp_path).set(tmp_path / "site")
    return tmp_path / "site"


def test_what_was_just_built_is_current(tmp_path):
    site = built(tmp_path)

    assert stamp(tmp_path).is_current(site)


def test_what_was_never_built_is_not(tmp_path):
    assert not stamp(tmp_path).is_current(tmp_path / "site")


def test_a_changed_a_new_and_a_deleted_source_each_ask_for_a_build(tmp_path):
    site = built(tmp_path)
    (tmp_path / "content/a.md").write_text("ข", "utf-8")
    assert not stamp(tmp_path).is_current(site)

    site = built(tmp_path)
    (tmp_path / "content/new.md").write_text("ข", "utf-8")
    assert not stamp(tmp_path).is_current(site)

    (tmp_path / "content/new.md").unlink()
    assert stamp(tmp_path).is_current(site)


def test_a_file_that_is_missing_or_of_another_size_asks_for_a_build(tmp_path):
    site = built(tmp_path)
    (site / "a/b.pdf").write_text("%PDF-1", "utf-8")
    assert not stamp(tmp_path).is_current(site)

    site = built(tmp_path)
    (site / "a/b.pdf").unlink()
    assert not stamp(tmp_path).is_current(site)


def test_a_folder_that_is_gone_asks_for_a_build(tmp_path):
    site = built(tmp_path)
    for path in (site / "a/b.pdf", site / "index.html"):
        path.unlink()
    (site / "a").rmdir()
    site.rmdir()

    assert not stamp(tmp_path).is_current(site)
