"""The document for people: Swagger UI, which comes along; nothing else is let in."""

from __future__ import annotations

from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as Path

_FILES = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "docs.js": "text/javascript",
}
_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self';"
    " img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "cache-control": "max-age=3600",
}


def paths() -> list[Path]:
    """Where it is read, and what it is made of."""
    return [
        _path("/docs", "docs.html", "text/html"),
        *(_path(f"/docs/{name}", name, media) for name, media in _FILES.items()),
    ]


def _path(path: str, name: str, media: str) -> Path:
    content = (files("pgsched.api") / "static" / name).read_bytes()

    async def read(_: Request) -> Response:
        return Response(content, headers=_HEADERS, media_type=media)

    return Path(path, read, methods=["GET"])
