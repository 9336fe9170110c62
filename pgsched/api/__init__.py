"""The HTTP API: each route is one call of `calls` or `observe`, for one user. Knows no workers."""

from .app import create_app

__all__ = ["create_app"]
