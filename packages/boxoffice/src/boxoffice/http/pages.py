"""Templates: one environment, escaped always, and strict about names."""

from collections.abc import Mapping

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from boxoffice.http.language import Language, catalogue

_templates = Environment(
    loader=PackageLoader("boxoffice.http"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(
    template: str,
    language: Language,
    values: Mapping[str, object],
    *,
    status: int = 200,
    signed_in: bool = False,
) -> HTMLResponse:
    """The page of a template; `signed_in` shows the way out."""
    shared = {
        "t": catalogue(language),
        "language": language,
        "other_language": "en" if language == "ko" else "ko",
        "signed_in": signed_in,
    }
    return HTMLResponse(_templates.get_template(template).render(shared | dict(values)), status)
