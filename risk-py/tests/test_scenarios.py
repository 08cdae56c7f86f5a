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

LACKING = {"adjust", "believe", "decide", "exits", "list", "profit", "restart", "stated_orders", "transfer", "withheld"}
"""What the core takes and this package does not yet."""


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
def test_a_scenario_comes_out_the_same(reader: Path, scenario: Path) -> None:
    try:
        problem = play(reader, scenario)
    except NotImplementedError as lacking:
        assert str(lacking) in LACKING
        pytest.skip(f"Python cannot say it: {lacking}")
    assert problem is None, problem
