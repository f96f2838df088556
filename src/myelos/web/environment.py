"""How pages are made: all text escaped, nothing undefined, the reports' own templates within our frame."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from myelos import __version__
from myelos.report.page import inline
from myelos.web.say import Say
from myelos.web.settings import LANGUAGES


def environment(**given: Any) -> Environment:
    """The environment of the pages; what Django gives beside is its own loader and escaping."""
    given.update(
        loader=ChoiceLoader(
            [
                PackageLoader("myelos.web", "jinja2"),
                PackageLoader("myelos.report.course"),
                PackageLoader("myelos.report"),
            ]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made = Environment(**given)  # noqa: S701 - autoescape is on
    made.globals.update(static=static, url=_url, inline=inline, languages=LANGUAGES, version=__version__)
    return made


def _url(name: str, **parts: str) -> str:
    return reverse(name, kwargs=parts)


def frame(request: HttpRequest) -> dict[str, Any]:
    """What every page's frame needs: the words, who is signed in, whether the people are made up."""
    visitor = getattr(request, "visitor", None)
    words = Say(get_language() or "en")
    return {
        "words": words,
        "account": visitor.account if visitor is not None else "",
        "made_up": words("frame.made-up") if settings.MYELOS_SYNTHETIC else "",
        "research": words("frame.research"),
        "own_password": words("password.title"),
        "languages": LANGUAGES,
        "version": __version__,
    }
