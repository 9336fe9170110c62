"""The command `api`."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Any

import typer

from pgsched.cli.session import dsn
from pgsched.errors import InvalidValue
from pgsched.logs import configure
from pgsched.settings import Settings


def api(
    ctx: typer.Context,
    host: Annotated[str, typer.Option(envvar="PGSCHED_HOST", help="To listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="PGSCHED_PORT", help="0: any that is free.")] = 8000,
    no_auth: Annotated[
        bool, typer.Option("--no-auth", help="Ask nobody who it is; on loopback only.")
    ] = False,
    behind_proxy: Annotated[
        str | None,
        typer.Option(
            envvar="PGSCHED_BEHIND_PROXY",
            help="Addresses of proxies that speak TLS, and whose X-Forwarded-For is believed.",
        ),
    ] = None,
    tls_cert: Annotated[
        Path | None, typer.Option(envvar="PGSCHED_TLS_CERT", help="PEM, with its chain.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(envvar="PGSCHED_TLS_KEY", help="PEM.")] = None,
    log_format: Annotated[
        str | None, typer.Option(help="human, json or auto. [PGSCHED_LOG_FORMAT]")
    ] = None,
    log_level: Annotated[
        str | None, typer.Option(help="debug, info, warning or error. [PGSCHED_LOG_LEVEL]")
    ] = None,
) -> None:
    """
    Serve the HTTP API, until SIGTERM or Ctrl-C.

    Anywhere but on a loopback address it takes --tls-cert and --tls-key, or --behind-proxy.
    """
    settings = Settings.from_env(
        dsn=dsn(ctx) or None,
        api_auth=False if no_auth else None,
        log_format=log_format,
        log_level=log_level,
    )
    _require_private(host, settings.api_auth, tls_cert, tls_key, behind_proxy)
    _serve(
        settings,
        host=host,
        port=port,
        ssl_certfile=tls_cert,
        ssl_keyfile=tls_key,
        proxy_headers=behind_proxy is not None,
        forwarded_allow_ips=behind_proxy,
    )


def _require_private(
    host: str, auth: bool, tls_cert: Path | None, tls_key: Path | None, behind_proxy: str | None
) -> None:
    """Nobody who is not on this machine may come unasked, or with a password that others read."""
    if (tls_cert is None) != (tls_key is None):
        raise InvalidValue("give both --tls-cert and --tls-key, or neither")
    if not _is_loopback(host):
        if not auth:
            raise InvalidValue(f"--no-auth takes a loopback address, not {host}")
        if tls_cert is None and behind_proxy is None:
            raise InvalidValue(
                f"on {host} passwords and keys would pass unencrypted",
                hint="give --tls-cert and --tls-key, or --behind-proxy ADDRESSES",
            )


def _serve(settings: Settings, **options: Any) -> None:
    try:
        import uvicorn

        from pgsched.api import create_app
    except ImportError as error:
        raise InvalidValue(
            "the HTTP API is not installed",
            detail=f"there is no {error.name}",
            hint="pip install 'pgsched[api]'",
        ) from None
    configure(settings.log_format, settings.log_level)
    uvicorn.run(
        create_app(settings),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=int(settings.request_s),
        **options,
    )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
