"""Prints how many sent forms the site holds: `zconsole run zope.conf count_saved.py`, in Plone's own environment."""

from collective.easyform.api import get_actions
from zope.component.hooks import setSite

setSite(app.Plone)  # noqa: F821 - zconsole gives `app`, the root of the database
print(get_actions(app.Plone.signup)["saver"].itemsSaved())  # noqa: F821
