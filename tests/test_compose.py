"""The files that start the bot in containers, as far as they can be checked without Docker."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli import main
from bot.config.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
FILES = ("compose.yaml", "compose.scale.yaml")
SETTINGS = {declared.name.upper(): declared for declared in dataclasses.fields(Settings)}
PUBLIC = {"WEBHOOK_URL": "https://bot.example.org"}
# Caddy takes ports 80 and 443; nobody else has any right at all.
RIGHTS = {"proxy": ["NET_BIND_SERVICE"]}


def load(name: str) -> dict[str, Any]:
    described: dict[str, Any] = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    return described


def services_of(name: str) -> dict[str, dict[str, Any]]:
    services: dict[str, dict[str, Any]] = load(name)["services"]
    return services


EVERY_SERVICE = [(name, service) for name in FILES for service in services_of(name)]


PACKAGES = {"caddy": "caddy", "promtool": "prometheus", "docker": "docker.io"}


def check(*command: str) -> None:
    """Have the program itself check its file, where it is installed."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"needs {command[0]}: install Debian's package `{PACKAGES[command[0]]}`")
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | PUBLIC, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("name", "service"), EVERY_SERVICE)
def test_no_service_has_more_rights_than_it_needs(name: str, service: str):
    """Read-only, nothing gained, nothing of the host's; only the proxy is open to the world."""
    described = services_of(name)[service]
    assert described["read_only"] is True
    assert described["cap_drop"] == ["ALL"]
    assert described.get("cap_add", []) == RIGHTS.get(service, [])
    assert described["security_opt"] == ["no-new-privileges:true"]
    assert described["pids_limit"] > 0
    assert described["restart"] == "unless-stopped"
    assert not {"privileged", "network_mode", "pid", "ipc", "userns_mode", "devices"} & described.keys()
    mounts = [volume.split(":") for volume in described.get("volumes", [])]
    from_host = [mount for mount in mounts if mount[0].startswith(("/", ".", "~"))]
    assert all(source.startswith("./deploy/") and mode == "ro" for source, _, mode in from_host)
    assert service == "proxy" or all(port.startswith("127.0.0.1:") for port in described.get("ports", []))


@pytest.mark.parametrize(("name", "service"), EVERY_SERVICE)
def test_what_a_service_names_is_there(name: str, service: str):
    """Settings, secrets, volumes, networks and mounted files."""
    everything = load(name)
    described = everything["services"][service]
    environment: dict[str, str] = described.get("environment", {})
    if "build" in described:
        assert environment.keys() <= SETTINGS.keys()
        in_files = {
            value.removeprefix("/run/secrets/") for key, value in environment.items() if "_FILE" in key
        }
        assert in_files == set(described["secrets"])
    secrets = set(described.get("secrets", []))
    assert secrets <= everything.get("secrets", {}).keys()
    assert set(described.get("networks", [])) <= everything.get("networks", {}).keys()
    for source, *_ in (volume.split(":") for volume in described.get("volumes", [])):
        assert (ROOT / source).is_file() if source.startswith(".") else source in everything["volumes"]
    assert set(described.get("depends_on", [])) <= everything["services"].keys()


@pytest.mark.parametrize("name", FILES)
def test_secrets_never_enter_the_repository(name: str):
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    files = [secret["file"] for secret in load(name)["secrets"].values()]
    assert files
    assert all(file.removeprefix("./") in ignored for file in files)
    assert (ROOT / ".dockerignore").read_text(encoding="utf-8").startswith("*\n"), "nor an image"


def test_the_scaled_bot_has_two_that_receive_and_several_that_answer(capsys: pytest.CaptureFixture[str]):
    """Each with a command that the bot knows, and each able to reach the database and Telegram."""
    services = services_of("compose.scale.yaml")
    assert services.keys() == {"proxy", "ingress", "worker", "database", "prometheus"}
    assert services["ingress"]["deploy"]["replicas"] == 2
    assert services["worker"]["deploy"]["replicas"] >= 2
    for service in ("ingress", "worker"):
        with pytest.raises(SystemExit) as end:
            main([*services[service]["command"], "--help"])
        assert end.value.code == 0
        assert services[service]["networks"] == ["inside", "outside"]
        assert "ports" not in services[service], "several cannot have one port of the machine"
    assert load("compose.scale.yaml")["networks"]["inside"] == {"internal": True}
    assert services["database"]["networks"] == ["inside"]
    assert "usage" in capsys.readouterr().out


def test_proxy_and_prometheus_ask_where_the_bot_listens():
    """At the ports that are the settings' defaults, of every replica."""
    listening = services_of("compose.scale.yaml")["ingress"]["environment"]
    assert listening["WEBHOOK_HOST"] == listening["HEALTH_HOST"] == "0.0.0.0"  # noqa: S104 - in its container
    caddyfile = [
        line.split() for line in (ROOT / "deploy/Caddyfile").read_text(encoding="utf-8").splitlines()
    ]
    assert ["{$WEBHOOK_URL}", "{"] in caddyfile
    assert ["handle", "/telegram*", "{"] in caddyfile
    assert ["request>headers", "delete"] in caddyfile, "the webhook's secret is a header"
    assert ["name", "ingress"] in caddyfile
    assert ["port", SETTINGS["WEBHOOK_PORT"].metadata["default"]] in caddyfile
    [job] = yaml.safe_load((ROOT / "deploy/prometheus.yaml").read_text(encoding="utf-8"))["scrape_configs"]
    [replicas] = job["dns_sd_configs"]
    assert replicas["names"] == ["ingress", "worker"]
    assert replicas["port"] == int(SETTINGS["HEALTH_PORT"].metadata["default"])


def test_caddy_takes_its_file():
    check("caddy", "validate", "--adapter", "caddyfile", "--config", "deploy/Caddyfile")


def test_prometheus_takes_its_file():
    check("promtool", "check", "config", "deploy/prometheus.yaml")


@pytest.mark.parametrize("name", FILES)
def test_docker_compose_takes_its_file(name: str):
    try:
        check("docker", "compose", "version")
    except AssertionError:
        pytest.skip("needs docker's plugin compose: install Docker's package `docker-compose-plugin`")
    check("docker", "compose", "--file", name, "config", "--quiet")
