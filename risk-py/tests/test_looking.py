"""Explanations, calendars, and permits that are made when somebody looks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
import risk_guard as rg
from conftest import config


def test_a_list_and_a_change_are_explained_as_they_would_be_judged_and_nothing_is_held(world: Any) -> None:
    here = world(gross_exposure_max=150)
    two = [rg.Order(here.btc, "buy", 1, strategy=here.grid, id=name) for name in ("l1", "l2")]
    seq = here.guard.seq
    found = here.guard.explain_list(two)
    judged = [order["verdict"] for order in found["orders"]]
    assert (found["rejection"].code, found["order"], judged) == ("TOTAL_EXPOSURE_LIMIT", 1, ["approved", "rejected"])
    one = here.guard.explain_list(two[:1])
    assert (one["rejection"], one["order"], len(one["orders"])) == (None, None, 1)
    assert here.guard.seq == seq
    sent = here.buy(1).permit_or_raise().redeem()
    here.guard.accepted(sent.handle)
    seq = here.guard.seq
    for quantity, verdict in ((2, "rejected"), ("0.5", "approved")):
        assert here.guard.explain_change("a1", quantity=quantity, account=here.account)["verdict"] == verdict
    with pytest.raises(rg.InvalidValueError, match="quantity: True is a bool"):
        here.guard.explain_change("a1", quantity=True, account=here.account)
    assert here.guard.seq == seq


def test_sessions_and_days_are_computed_from_local_times() -> None:
    at = (
        int(datetime(2024, 3, 10, 6, 0, tzinfo=UTC).timestamp()) * 10**9
    )  # two hours before clocks go forward in New York
    day = rg.Calendar({"at": "02:30", "zone": "America/New_York"})
    assert day.next_after_ns(at) == at + 3_600 * 10**9  # the first instant after the gap
    hours = {"days": ["sunday"], "open": "01:00", "close": "04:00"}
    calendar = rg.SessionCalendar({"zone": "America/New_York", "hours": [hours]})
    assert calendar.session_at_ns(at) == (at, at + 2 * 3_600 * 10**9)
    raw = config()
    raw["instruments"][0]["sessions"] = {"zone": "America/New_York", "hours": [hours]}
    guard = rg.Guard(raw, clock=rg.ManualClock(at))
    btc = guard.instrument("BTC-USD")
    assert guard.session_of(btc) is None
    guard.session(btc, *calendar.session_at_ns(at))  # type: ignore[misc]
    assert guard.session_of(btc) == (at, at + 2 * 3_600 * 10**9)


@pytest.mark.parametrize(
    ("kind", "of", "text"),
    [
        (rg.Calendar, {"at": "25:00", "zone": "UTC"}, "day"),
        (rg.Calendar, {"at": "17:00", "zone": "Nowhere"}, "Nowhere"),
        (rg.Calendar, {"at": "17:00"}, "zone"),
        (rg.SessionCalendar, {"zone": "Nowhere", "hours": []}, "sessions"),
        (
            rg.SessionCalendar,
            {"zone": "UTC", "hours": [{"days": ["noday"], "open": "1:00", "close": "2:00"}]},
            "sessions",
        ),
        (rg.SessionCalendar, {"zone": "UTC", "lunch": True}, "lunch"),
    ],
)
def test_a_calendar_that_cannot_be_read_is_refused(kind: Any, of: dict[str, Any], text: str) -> None:
    with pytest.raises(rg.ConfigError, match=text):
        kind(of)


@pytest.mark.parametrize("now", [True, 1.5, "0", None, 10**30])
def test_an_instant_of_a_calendar_is_a_whole_number(now: Any) -> None:
    with pytest.raises(rg.InvalidValueError, match="now_ns"):
        rg.Calendar({"at": "17:00", "zone": "UTC"}).next_after_ns(now)


def test_the_permit_of_a_decision_is_one_object_from_every_thread(world: Any) -> None:
    decision = world().buy(1)
    with ThreadPoolExecutor(8) as threads:
        permits = list(threads.map(lambda _: decision.permit, range(64)))  # type: ignore[union-attr]
    assert all(permit is permits[0] for permit in permits)
    permits[0].redeem()
    assert permits[-1].spent
