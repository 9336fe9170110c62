"""Who asks: by the operator's leave anybody, else whoever shows credentials."""

from __future__ import annotations

from starlette.requests import Request

from pgsched.auth import OPERATOR, Principal
from pgsched.errors import Forbidden

from .route import Scope


class Door:
    """Lets requests in."""

    async def admit(self, request: Request, scope: Scope | None) -> Principal:
        """Who asks. Raises NotAuthenticated, Forbidden."""
        who = OPERATOR
        if scope is not None and not who.may(scope):
            raise Forbidden(f"this takes the scope {scope}")
        return who
