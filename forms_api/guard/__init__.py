"""Keeping robots slow while a village behind one carrier's address gets through; nobody is ever refused for good.

A send that looks like a robot's, or is one too many from its address, is asked for one more step: a telephone works
out a small sum by itself, a phone without scripts waits some seconds and presses once more. The answers stay.
"""

from forms_api.guard.buckets import Buckets, neighbourhood
from forms_api.guard.challenge import Challenges
from forms_api.guard.door import Door, Verdict
from forms_api.guard.tokens import Tokens

__all__ = ["Buckets", "Challenges", "Door", "Tokens", "Verdict", "neighbourhood"]
