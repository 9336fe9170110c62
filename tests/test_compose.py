"""docker-compose.yml, as far as it can be tried without Docker."""

from __future__ import annotations

import dataclasses
import os
import re
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pgsched import cli
from pgsched.errors import NotAuthenticated
from pgsched.remote import Client
from pgsched.settings import Settings, variable
from tests.image import instructions

REPO = Path(__file__).parents[1]
TEXT = (REPO / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "pgsched"}
KEYS = {
    "build", "command", "depends_on", "deploy", "entrypoint", "environment", "healthcheck", "image",
    "ports", "profiles", "restart", "stop_grace_period", "volumes",
}  # fmt: skip
CONDITIONS = {"service_completed_successfully", "service_healthy", "service_started"}


def filled(value):
    """With what stands for a variable that is not set."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", str(value))


def test_there_are_postgres_the_schema_the_api_and_two_workers():
    assert {"postgres", "migrate", "api", "worker"} <= SERVICES.keys()
    assert SERVICES["worker"]["deploy"]["replicas"] == 2


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_names_is_there(name):
    """Services, volumes and checks; and its ports are open to this machine alone."""
    service = SERVICES[name]

    assert service.keys() <= KEYS
    for other, how in service.get("depends_on", {}).items():
        assert how["condition"] in CONDITIONS
        assert how["condition"] != "service_healthy" or "healthcheck" in SERVICES[other]
    for volume in service.get("volumes", ()):
        source = volume.partition(":")[0]
        assert source in COMPOSE["volumes"] or source.startswith(".")
    for port in service.get("ports", ()):
        assert port.startswith("127.0.0.1:")


def commands():
    """Of services, of their checks, and of what stands above them for people."""
    for service in OURS.values():
        if "entrypoint" not in service:
            yield tuple(service["command"])
        how, *test = service.get("healthcheck", {}).get("test", [""])
        if how == "CMD-SHELL":
            program, *command = test[0].partition(" | ")[0].split()
            assert program == "pgsched"
            yield tuple(command)
    for line in re.findall(r"^# +docker compose run --rm api ([^#\n]+)", TEXT, re.M):
        yield tuple(line.split())


@pytest.mark.parametrize("command", sorted(set(commands())), ids=" ".join)
def test_the_command_line_takes_its_commands(command, capsys):
    """With every option: one that is not known is refused before --help is heard."""
    assert cli.run([*command, "--help"]) == 0
    assert "Usage" in capsys.readouterr().out


@pytest.mark.parametrize("name", OURS)
def test_each_variable_is_a_setting_that_is_valid(name):
    environment = {key: filled(value) for key, value in OURS[name].get("environment", {}).items()}

    known = {variable(field.name) for field in dataclasses.fields(Settings)}
    assert {each for each in environment if each.startswith("PGSCHED_")} <= known
    Settings.from_env(environment)


def test_a_worker_is_healthy_while_it_has_a_lease(db, pgsched):
    """Not because others have."""
    [_, check] = OURS["worker"]["healthcheck"]["test"]
    command, _, looks = check.replace("$$", "$").partition(" | ")
    register = (
        "select pgsched.register(gen_random_uuid(), %s, %s, 1, 'supervisor', 0, '{}', '{}', 9)"
    )
    for host in ("here", "there"):
        db.execute(register, [f"{host}-1", host])
    db.execute("update pgsched._worker set lease_until = '2020-01-01' where host = 'there'")
    listed = pgsched(*command.split()[1:]).out

    def healthy(host):
        environment = {**os.environ, "HOSTNAME": host}
        return subprocess.run(["sh", "-c", looks], input=listed, text=True, env=environment)

    found = [healthy(host).returncode for host in ("here", "there", "elsewhere")]
    assert found == [0, 1, 1]


def test_the_certificate_that_it_makes_lets_the_api_serve_and_its_clients_trust(tmp_path, dsn):
    """As compose would do it: the certificate, the API on every address, and its check."""

    def here(text):
        return text.replace("/tls/", f"{tmp_path}/").replace("8000", str(port))

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    certificate, api = OURS["certificate"], OURS["api"]
    script = [*certificate["entrypoint"], *map(here, certificate["command"])]
    subprocess.run(script, check=True, capture_output=True, timeout=20)
    assert (tmp_path / "key.pem").stat().st_mode & 0o077 == 0
    environment = {**os.environ, "PGSCHED_DSN": dsn, "SSL_CERT_FILE": f"{tmp_path}/cert.pem"}
    command = [sys.executable, "-m", "pgsched", *map(here, api["command"]), "--port", str(port)]
    trusts = ssl.create_default_context(cafile=tmp_path / "cert.pem")
    trusts.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN  # as 3.13 does
    with subprocess.Popen(command, env=environment, cwd=REPO) as server:
        try:
            with (
                Client(f"https://localhost:{port}", "pgs_x", tls=trusts) as client,
                pytest.raises(NotAuthenticated),
            ):
                client.job(1).state()  # tried until it listens
            check = [sys.executable, *map(here, api["healthcheck"]["test"][2:])]
            subprocess.run(check, env=environment, check=True, timeout=20)
        finally:
            server.terminate()


def test_the_image_installs_what_its_services_need():
    """The extras that the API, workers and clients take."""
    installs = [
        rest for name, rest in instructions((REPO / "Dockerfile").read_text()) if name == "RUN"
    ]

    assert any("[api,calendars,client,handlers]" in each for each in installs)
