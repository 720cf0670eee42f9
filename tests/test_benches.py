"""The benchmarks run as their own help says, and answer what they promise."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = [pytest.mark.soak]


def run(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_triage_is_measured_on_the_invented_rows():
    told = json.loads(run("bench/triage.py", "--ours-only", "--budget", "20", "--json"))
    assert told["kefu"]["problem"] == ""
    assert told["kefu"]["quality"]["triage_invented"]["kappa"] > 0.9
    assert {"senti3_hans", "senti3_hant", "senti3_en"} <= set(told["kefu"]["quality"])


def test_same_cause_is_measured_on_the_invented_shops():
    told = json.loads(run("bench/same_cause.py", "--quick", "--json"))
    for shop, answered in told["quality"].items():
        assert answered["kefu"]["f1"] > answered["exact text"]["f1"], shop


def test_corrections_are_measured_on_the_invented_domains():
    told = json.loads(run("bench/corrections.py", "--json"))
    domains = [domain for domain in told.values() if isinstance(domain, dict) and "gain" in domain]
    assert len(domains) == 3
    assert all(domain["lessons"] == 30 and domain["gain"] > 0 for domain in domains)
