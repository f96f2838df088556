"""The page: one self-contained HTML document for one or more judgements."""

from __future__ import annotations

import re
from collections.abc import Sequence

from jinja2 import BaseLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from myelos import __version__
from myelos.evidence import Judgement
from myelos.report.figures import Drawn
from myelos.report.view import section
from myelos.report.words import Words


def render(
    judgements: Sequence[Judgement],
    figures: Sequence[Sequence[Drawn]],
    words: Words,
    people: str | None = None,
) -> str:
    """The page as HTML text: styles and figures inside, no script, nothing fetched.

    ``people``: where the page about the people is, from this one; None where there is none.
    """
    environment = page_environment(PackageLoader("myelos.report"))
    sections = [
        section(judgement, drawn, words, f"study-{place}")
        for place, (judgement, drawn) in enumerate(zip(judgements, figures, strict=True), 1)
    ]
    style, _, _ = environment.loader.get_source(environment, "page.css")  # type: ignore[union-attr]
    return environment.get_template("page.html").render(
        say=words,
        language=words.language,
        sections=sections,
        style=Markup(style),  # noqa: S704 our own file
        picture=picture,
        people=people,
        footer=words("page.footer", software=words("software"), version=__version__),
    )


def page_environment(loader: BaseLoader) -> Environment:
    """How every page is made: all text escaped, nothing undefined."""
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def picture(figure: Drawn, width: str, key: str) -> Markup:
    """A figure, drawn ``wide`` or ``narrow``, as part of a page that has nothing beside it."""
    return inline(getattr(figure, width), figure.alt, key)


def inline(figure: str, alt: str, key: str) -> Markup:
    """A figure's SVG as part of the page: no prolog, no fixed size, its words for those who cannot see it."""
    body = figure[figure.index("<svg") :]
    body = re.sub(r"<style[^>]*>.*?</style>", "", body, count=1, flags=re.DOTALL)
    head, _, rest = body.partition(">")
    head = re.sub(r' (?:width|height|version)="[^"]*"', "", head)
    label = Markup(' role="img" aria-label="{}"').format(alt)
    rest = re.sub(r"((?:url\(|href=\")#)", rf"\1{key}-", rest)
    rest = re.sub(r' id="', f' id="{key}-', rest)
    return Markup(f"{head}{label}>{rest}")  # noqa: S704 drawn by us, words escaped by the drawing
