"""The text scenarios of the core, line by line through Python, come out the same."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from scenario_driver import play

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "risk-core" / "tests" / "scenarios"
SCENARIOS = sorted([*FOLDER.glob("*.txt"), *(FOLDER / "incidents").glob("*.txt")])


@pytest.fixture(scope="session")
def reader() -> Path:
    """The program that reads scenarios, built from this repository."""
    build = "cargo build --quiet --locked -p risk-testkit --example scenario_calls --message-format=json"
    built = subprocess.run(build.split(), cwd=ROOT, check=True, capture_output=True, text=True).stdout
    made = [json.loads(line).get("executable") for line in built.splitlines()]
    return Path(next(path for path in made if path))


def test_there_are_scenarios() -> None:
    assert len(SCENARIOS) > 60


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.stem)
def test_a_scenario_comes_out_the_same(reader: Path, scenario: Path, tmp_path: Path) -> None:
    problem = play(reader, scenario, tmp_path / "journal")
    assert problem is None, problem
