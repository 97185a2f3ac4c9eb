"""What is in deploy/ is held against the program: its files, its settings, its commands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from interpreter.settings import PREFIX, Settings, read_settings

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
OURS = {name: each for name, each in COMPOSE["services"].items() if "build" in each}


def filled(written: str) -> str:
    """With the defaults of compose's variables."""
    return re.sub(r"\$\{\w+(?::-([^}]*))?\}", lambda found: found[1] or "", written)


@pytest.mark.parametrize("service", OURS.values(), ids=OURS)
def test_the_settings_of_a_service_are_read(service: dict[str, Any], tmp_path: Path) -> None:
    environment = {name: filled(str(value)) for name, value in service["environment"].items()}
    assert {name.removeprefix(PREFIX).lower() for name in environment} <= set(Settings._fields)
    settings = read_settings(tmp_path, environment)
    assert settings.broker_url == "redis://valkey:6379/0"
    assert settings.database_url == "postgresql://interpreter:interpreter@postgres:5432/interpreter"


@pytest.mark.parametrize("service", OURS.values(), ids=OURS)
def test_the_command_of_a_service_is_one(service: dict[str, Any]) -> None:
    command = [sys.executable, "-m", "interpreter", *service["command"], "--help"]
    subprocess.run(command, check=True, capture_output=True)


def test_services_wait_for_those_that_they_need() -> None:
    for service in OURS.values():
        assert set(service["depends_on"]) == {"valkey", "postgres"}
    for needed in ("valkey", "postgres"):
        assert "healthcheck" in COMPOSE["services"][needed]
    volumes = [each.split(":")[0] for name in ("valkey", "postgres") for each in COMPOSE["services"][name]["volumes"]]
    assert set(volumes) == set(COMPOSE["volumes"])


def test_the_image_is_made_of_what_is_there() -> None:
    for sources in re.findall(r"^COPY (.+) \S+$", DOCKERFILE, re.MULTILINE):
        for source in sources.split():
            assert (ROOT / source).exists(), source
    assert OURS["worker"]["build"]["dockerfile"] == "deploy/Dockerfile"
