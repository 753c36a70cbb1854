"""Makes a Plone site with one EasyForm that saves what is sent: `zconsole run zope.conf make_site.py FIELDS ACTIONS`.

Runs in Plone's own environment; zconsole gives `app`, the root of the database.
"""

import sys
from pathlib import Path

import transaction
from plone import api
from Products.CMFPlone.factory import addPloneSite

EXTENSIONS = ("plonetheme.barceloneta:default", "collective.easyform:default")


def make(app, fields, actions):
    """Add the site and publish the form."""
    site = addPloneSite(app, "Plone", extension_ids=EXTENSIONS, default_language="th")
    form = api.content.create(
        site, "EasyForm", "signup", title="ลงชื่อเข้าอบรมครู ข", fields_model=fields, actions_model=actions
    )
    api.content.transition(form, "publish")
    transaction.commit()


make(app, *(Path(name).read_text("utf-8") for name in sys.argv[-2:]))  # noqa: F821 - zconsole gives it
