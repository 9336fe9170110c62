"""The command `api`."""

from __future__ import annotations

import ipaddress
from typing import Annotated

import typer

from pgsched.cli.session import dsn
from pgsched.errors import InvalidValue
from pgsched.logs import configure
from pgsched.settings import Settings


def api(
    ctx: typer.Context,
    host: Annotated[str, typer.Option(envvar="PGSCHED_HOST", help="To listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="PGSCHED_PORT", help="0: any that is free.")] = 8000,
    log_format: Annotated[
        str | None, typer.Option(help="human, json or auto. [PGSCHED_LOG_FORMAT]")
    ] = None,
    log_level: Annotated[
        str | None, typer.Option(help="debug, info, warning or error. [PGSCHED_LOG_LEVEL]")
    ] = None,
) -> None:
    """Serve the HTTP API, until SIGTERM or Ctrl-C."""
    settings = Settings.from_env(dsn=dsn(ctx) or None, log_format=log_format, log_level=log_level)
    if not _is_loopback(host):
        raise InvalidValue("PGSCHED_HOST must be a loopback address, since nobody has to log in")
    try:
        import uvicorn

        from pgsched.api import create_app
    except ImportError as error:
        raise InvalidValue(
            f"the HTTP API is not installed: {error.name} is missing",
            hint="pip install 'pgsched[api]'",
        ) from None
    configure(settings.log_format, settings.log_level)
    uvicorn.run(
        create_app(settings),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=int(settings.request_s),
    )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
