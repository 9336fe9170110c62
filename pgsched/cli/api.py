"""The command `api`."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pgsched.cli.session import dsn
from pgsched.errors import InvalidValue
from pgsched.logs import configure
from pgsched.settings import Settings

if TYPE_CHECKING:
    import uvicorn

_LOOPBACK, _PORT = "127.0.0.1", 8000
_END_S = 5.0

BehindProxy = Annotated[
    str | None,
    typer.Option(
        envvar="PGSCHED_BEHIND_PROXY",
        help="Addresses of proxies that speak TLS, and whose X-Forwarded-For is believed.",
    ),
]
Push = Annotated[
    bool,
    typer.Option(
        "--push", envvar="PGSCHED_PUSH", help="Send jobs to endpoints, in a process beside."
    ),
]


def api(
    ctx: typer.Context,
    host: Annotated[str, typer.Option(envvar="PGSCHED_HOST", help="To listen on.")] = _LOOPBACK,
    port: Annotated[int, typer.Option(envvar="PGSCHED_PORT", help="0: any that is free.")] = _PORT,
    no_auth: Annotated[
        bool, typer.Option("--no-auth", help="Ask nobody who it is; on loopback only.")
    ] = False,
    behind_proxy: BehindProxy = None,
    tls_cert: Annotated[
        Path | None, typer.Option(envvar="PGSCHED_TLS_CERT", help="PEM, with its chain.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(envvar="PGSCHED_TLS_KEY", help="PEM.")] = None,
    push: Push = False,
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
    with _pushing(settings) if push else nullcontext():
        _serve(
            settings,
            host=host,
            port=port,
            ssl_certfile=tls_cert,
            ssl_keyfile=tls_key,
            proxy_headers=behind_proxy is not None,
            forwarded_allow_ips=behind_proxy,
        )


def _pushing(settings: Settings) -> AbstractContextManager[None]:
    from pgsched.push.beside import pushing  # imports asyncio and what a worker needs

    return pushing(settings)


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
    server = _server(settings, **options)
    configure(settings.log_format, settings.log_level)
    server.run()


def _server(settings: Settings, **options: Any) -> uvicorn.Server:
    """A server of the API, not started. Raises InvalidValue where the extra is missing."""
    try:
        import uvicorn

        from pgsched.api import create_app
        from pgsched.api.protocol import limits
    except ImportError as error:
        raise InvalidValue(
            "the HTTP API is not installed",
            detail=f"there is no {error.name}",
            hint="pip install 'pgsched[api]'",
        ) from None
    return uvicorn.Server(
        uvicorn.Config(
            create_app(settings),
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=int(settings.request_s),
            **limits(settings),
            **options,
        )
    )


@contextmanager
def serving_beside(settings: Settings, port: int | None) -> Generator[str]:
    """
    Serve the API in a thread, to this machine alone and asking nobody; gives its URL.

    `port` None: 8000, or any that is free where somebody has it. Raises InvalidValue: the port is
    taken, or the extra is missing.
    """
    server = _server(replace(settings, api_auth=False))
    with _listen(port) as listening:
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listening]}, name="pgsched-api", daemon=True
        )
        thread.start()
        try:
            yield f"http://{_LOOPBACK}:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(_END_S)


def _listen(port: int | None) -> socket.socket:
    try:
        return socket.create_server((_LOOPBACK, _PORT if port is None else port))
    except OSError as error:
        if port is None:
            return _listen(0)
        raise InvalidValue(
            f"the API cannot listen on port {port}",
            detail=error.strerror,
            hint="--api-port 0 takes one that is free",
        ) from None


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
