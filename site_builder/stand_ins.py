"""Pages that a web server in front shows by itself, when the form service is away or a request is not passed on.

They are built like every other page, so that they carry the draft notice and the hotline and are checked with the site.
Who asks for one by its address gets none: deploy/ keeps `/stand-in/` for the web server's own use.
"""

from pathlib import Path

from site_builder.content import Content
from site_builder.templates import environment

FOLDER = "stand-in"
# away: a form was sent and is not here; closed: a page was asked for; too_big: 413; unreadable: 400 and the like
NAMES = ("away", "closed", "too_big", "unreadable")


def write_stand_ins(content: Content, target: Path) -> list[Path]:
    """Write each page below `target` (the site's root); returns the files written."""
    env = environment()
    frame = {
        "form": None,
        "phrases": content.phrases,
        "settings": content.settings,
        "hotline": content.facts.show("contact.hotline"),
        "failed": True,
    }
    made = []
    for name in NAMES:
        path = target / FOLDER / f"{name}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(env.get_template(f"forms/stand_in/{name}.html").render(frame).strip() + "\n", encoding="utf-8")
        made.append(path)
    return made
