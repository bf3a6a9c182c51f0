"""The files of `deploy/`: what they name exists in the programs."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

pytest.importorskip("yaml")
pytest.importorskip("fastapi")

import yaml  # type: ignore[import-untyped, unused-ignore]

from agent import main
from agent.phone import app, monitoring
from agent.phone.admission import open_slots
from agent.phone.command import COMMANDS
from agent.phone.history.stores import POSTGRES, open_history
from agent.phone.settings import PhoneSettings, read_settings
from tuner.capacity import plan
from tuner.capacity.prices import read
from tuner.settings.knob_table import KNOBS, Settings

DEPLOY = Path(__file__).parent.parent / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
KUBERNETES = DEPLOY / "kubernetes"
OTHERS = {
    *("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET", "LIVEKIT_AGENT_NAME"),
    *("OPENAI_API_KEY", "AGENT_PROFILE"),
}
VARIABLES = {*KNOBS, *OTHERS, *(f"PHONE_{name.upper()}" for name in PhoneSettings.model_fields)}


def documents() -> dict[str, dict[str, Any]]:
    """Every object of Kubernetes, by kind and name."""
    listed = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text())["resources"]
    found = [d for name in listed for d in yaml.safe_load_all((KUBERNETES / name).read_text())]
    return {f"{d['kind']}/{d['metadata']['name']}": d for d in found}


def unit(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(path)
    return parser


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    return found


def env_file(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text().splitlines())


def commands() -> Iterator[list[str]]:
    """How each file starts agent.py."""
    for path in UNITS:
        python, script, *arguments = unit(path)["Service"]["ExecStart"].split()
        assert (python[-7:], script[-8:]) == ("/python", "agent.py")
        yield arguments
    yield from (service["command"] for name, service in compose().items() if name != "redis")
    for key, document in documents().items():
        if key.startswith("Deployment/") and key != "Deployment/redis":
            yield document["spec"]["template"]["spec"]["containers"][0]["args"]


def test_every_command_exists() -> None:
    found = list(commands())
    assert len(found) == 9
    for command, *rest in found:
        assert re.search(rf"^  {command} ", main.HELP, re.MULTILINE), command
        assert not rest or (command == "phone" and rest[0] in COMMANDS)


def test_every_variable_is_a_setting() -> None:
    named = {*env_file(KUBERNETES / "settings.env"), *env_file(KUBERNETES / "secrets.env")}
    named |= {name for service in compose().values() for name in service.get("environment", {})}
    for path in UNITS:
        named |= {*re.findall(r"\b([A-Z][A-Z0-9_]+)=", path.read_text())}
    assert len(named) > 20
    assert named <= VARIABLES, named - VARIABLES


def test_settings_are_valid_and_stores_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = env_file(KUBERNETES / "settings.env")
    for name, value in (settings | env_file(KUBERNETES / "secrets.env")).items():
        monkeypatch.setenv(name, value)
    read_settings()
    ours = {KNOBS[name].field: value for name, value in settings.items() if name in KNOBS}
    assert Settings.model_validate(ours).max_processes == 14
    assert env_file(KUBERNETES / "secrets.env")["PHONE_HISTORY"].startswith(POSTGRES)
    open_history(compose()["agent"]["environment"]["PHONE_HISTORY"])
    for slots in (settings["PHONE_SLOTS"], compose()["webhook"]["environment"]["PHONE_SLOTS"]):
        address = urlsplit(slots)
        assert (address.hostname, address.port) == ("redis", 6379)
        assert "redis" in compose()
        assert "Service/redis" in documents()
        open_slots(slots, read_settings().slot_limits).close()


def test_secrets_are_no_settings_and_none_is_filled_in() -> None:
    secrets = env_file(KUBERNETES / "secrets.env")
    assert all(value.endswith("change-me") for value in secrets.values())
    secret = re.compile(r"KEY|SECRET|TOKEN|PASSWORD")
    assert not [name for name in env_file(KUBERNETES / "settings.env") if secret.search(name)]


def test_a_stop_waits_longer_than_calls_may_take() -> None:
    drain = int(env_file(KUBERNETES / "settings.env")["DRAIN_TIMEOUT"])
    agent = documents()["Deployment/agent"]["spec"]["template"]["spec"]
    assert agent["terminationGracePeriodSeconds"] > drain
    here = compose()["agent"]
    grace = here["stop_grace_period"].removesuffix("s")
    assert int(grace) > int(here["environment"]["DRAIN_TIMEOUT"])
    service = unit(DEPLOY / "systemd" / "voice-agent.service")["Service"]
    assert int(service["TimeoutStopSec"]) > 3600
    assert service["KillMode"] == "mixed", "calls' processes would get the signal, too"


def test_probes_ask_for_what_is_served() -> None:
    settings = env_file(KUBERNETES / "settings.env")
    served = {route.path for route in app.make_app(settings_of()).routes}  # type: ignore[attr-defined]
    webhook = documents()["Deployment/webhook"]["spec"]["template"]
    [container] = webhook["spec"]["containers"]
    for probe in ("livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["path"] in served
    assert container["ports"][0]["containerPort"] == int(settings["PHONE_PORT"])
    annotations = webhook["metadata"]["annotations"]
    assert annotations["prometheus.io/path"] in served
    agent = documents()["Deployment/agent"]["spec"]["template"]
    ports = {
        port["name"]: port["containerPort"] for port in agent["spec"]["containers"][0]["ports"]
    }
    assert settings["METRICS_HOST"] == "0.0.0.0", "probes come from outside of the pod"
    assert ports == {"health": 8081, "metrics": int(settings["METRICS_PORT"])}
    assert agent["metadata"]["annotations"]["prometheus.io/port"] == settings["METRICS_PORT"]
    assert "/ready" in str(compose()["webhook"]["healthcheck"])


def settings_of() -> PhoneSettings:
    return read_settings(public_url="https://x", twilio_auth_token="x", slots="sqlite::memory:")


def test_agents_scale_on_a_metric_of_ours_below_what_a_pod_takes() -> None:
    [metric] = documents()["HorizontalPodAutoscaler/agent"]["spec"]["metrics"]
    name = metric["external"]["metric"]["name"]
    assert f"\n{name} 7.0\n" in monitoring.exposition(7, 150).decode()
    [rule] = yaml.safe_load((KUBERNETES / "prometheus-adapter.yaml").read_text())["rules"][
        "external"
    ]
    assert rule["seriesQuery"] == rule["name"]["matches"] == name
    settings = env_file(KUBERNETES / "settings.env")
    a_pod = int(metric["external"]["target"]["averageValue"])
    assert a_pod < int(settings["MAX_PROCESSES"])
    most = documents()["HorizontalPodAutoscaler/agent"]["spec"]["maxReplicas"]
    assert most * a_pod >= int(settings["PHONE_MAX_CALLS"])
    assert documents()["Deployment/agent"]["spec"].get("replicas") is None, "the HPA decides"
    [container] = documents()["Deployment/agent"]["spec"]["template"]["spec"]["containers"]
    machine = plan.Demand(100, cores=int(container["resources"]["requests"]["cpu"]), memory_gb=1.5)
    assert plan.calls_a_machine(machine) == int(settings["MAX_PROCESSES"])


def test_every_reference_leads_to_something() -> None:
    found = documents()
    for key, document in found.items():
        kind, _, name = key.partition("/")
        if kind in ("Service", "PodDisruptionBudget"):
            selector = document["spec"]["selector"]
            labels = selector.get("matchLabels", selector)
            target = found[f"Deployment/{name}"]["spec"]["template"]["metadata"]["labels"]
            assert labels == target
        if kind == "HorizontalPodAutoscaler":
            target = document["spec"]["scaleTargetRef"]
            assert f"{target['kind']}/{target['name']}" in found
    kustomization = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text())
    for generator in ("configMapGenerator", "secretGenerator"):
        [one] = kustomization[generator]
        assert all((KUBERNETES / path).exists() for path in one["envs"])
        assert f"name: {one['name']}" in (KUBERNETES / "agent.yaml").read_text()


def test_the_plans_phases_name_these_files() -> None:
    text = (DEPLOY / "README.md").read_text()
    for calls, phase in ((100, "1"), (1200, "2"), (4000, "3"), (9000, "4")):
        note = plan.make(plan.Demand(calls), read()).notes[0]
        assert note.startswith(f"phase {phase}: ")
        assert f"| {note.removeprefix('phase ').partition(' (')[0]} |" in text
        assert "deploy/" in note


@pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="systemd-analyze is not on the PATH: did not run"
)
def test_systemd_is_content(tmp_path: Path) -> None:
    for path in UNITS:
        text = path.read_text().replace(
            "/opt/voice-agent/.venv/bin/python", shutil.which("true") or ""
        )
        (tmp_path / path.name).write_text(text)
    command = ["systemd-analyze", "verify", *map(str, tmp_path.glob("*.service"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout + done.stderr == ""


@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not on the PATH: did not run")
def test_kubectl_builds_it() -> None:
    command = ["kubectl", "kustomize", str(KUBERNETES)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    built = [d for d in yaml.safe_load_all(done.stdout) if d]
    assert {d["kind"] for d in built} >= {"ConfigMap", "Secret", "HorizontalPodAutoscaler"}
    images = re.findall(r"image: (\S+)", done.stdout)
    assert "voice-agent" not in images
    assert all(d["metadata"].get("namespace") == "voice" for d in built if d["kind"] != "Namespace")


def test_the_image_holds_what_it_starts() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    for name in ("agent.py", "agent", "profiles", "tuner"):
        assert re.search(rf"^COPY .*\b{re.escape(name)}\b", text, re.MULTILINE)
    assert 'ENTRYPOINT ["python", "agent.py"]' in text
    assert "USER voice" in text
