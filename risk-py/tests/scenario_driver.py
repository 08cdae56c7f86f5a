"""Plays the scenarios of the core through the public Python interface."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import risk_guard as rg


def stranger() -> rg.Guard:
    """A guard whose handles name nothing in another."""
    limits = {"unlimited": "a test"}
    instrument = {"symbol": "X", "quote": "USD", "price_scale": 2, "quantity_scale": 0, "venue": "V"}
    instrument |= {"price_increment": "0.01", "quantity_increment": 1}
    return rg.Guard(
        {
            "firm": {"currency": "USD", **limits},
            "assets": [{"code": "USD", "digits": 2}],
            "instruments": [instrument],
            "accounts": [{"name": "a", "currency": "USD", "strategies": [{"name": "s"}], **limits}],
            "traders": [{"name": "t"}],
        }
    )


def rule(name: str) -> Callable[[rg.View], rg.Measurement | None]:
    """The house rule of this name, as the core's tests know it."""
    kind, _, text = name.partition(".")
    limit = Decimal(text)

    def ask(view: rg.View) -> rg.Measurement | None:
        if kind == "opening":
            return rg.Measurement.at_most(view.opening("account"), limit)
        if kind == "quantity":
            return rg.Measurement.at_most(view.quantity, limit)
        if kind in ("fails", "panics") and view.quantity >= limit:
            raise ValueError(name)
        return None

    return ask


OWN = (
    "evaluate",
    "explain",
    "redeem",
    "release",
    "abandon",
    "cancel",
    "halt",
    "resume",
    "tick",
    "restart",
    "reconcile",
    "list",
)
"""Calls that are answered in words of their own; all others are inputs."""

DIFFERENCES = {"gone": "gone", "not_seen_yet": "early"}
"""How a scenario says what is different about an order."""


class Driver:
    """A guard, and what a scenario has got from it."""

    def __init__(self, start: dict[str, Any], folder: Path | None) -> None:
        kind, records = start["journal"]
        self.now = start["now_ns"]
        self.clock = rg.ManualClock(self.now)
        memory: dict[str, Any] = {"records": records, "keep": "first" if kind == "full" else "last"}
        self.folder = folder
        self.open: Callable[[], rg.Guard] = lambda: rg.Guard.from_text(
            start["config"],
            origin="the setup",
            clock=self.clock,
            house_rules={name: rule(name) for name in start["rules"]},
            **(memory if folder is None else {"journal": folder}),
        )
        self.guard = self.open()
        self.first = dict(start["first"])
        self.stranger = stranger()
        self.permits: dict[Any, rg.Permit] = {}
        self.lists: dict[Any, tuple[rg.ListPermit, list[Any]]] = {}
        self.outbounds: dict[Any, rg.Outbound] = {}
        self.handles: dict[Any, rg.OrderHandle] = {}

    # ---- names ------------------------------------------------------------------------------------------------------

    def account(self, name: str | None) -> rg.Account:
        try:
            return self.guard.account(next(iter(self.first)) if name is None else name)
        except rg.UnknownNameError:
            return self.stranger.account("a")

    def strategy(self, account: str | None, name: str | None) -> rg.Strategy:
        account = next(iter(self.first)) if account is None else account
        try:
            return self.guard.strategy(self.account(account), self.first[account] if name is None else name)
        except (rg.UnknownNameError, KeyError):
            return self.stranger.strategy(self.stranger.account("a"), "s")

    def instrument(self, name: str) -> rg.Instrument:
        try:
            return self.guard.instrument(name)
        except rg.UnknownNameError:
            return self.stranger.instrument("X")

    def asset(self, name: str) -> rg.Asset:
        try:
            return self.guard.asset(name)
        except rg.UnknownNameError:
            return self.stranger.asset("USD")

    def trader(self, name: str) -> rg.Trader:
        try:
            return self.guard.trader(name)
        except rg.UnknownNameError:
            return self.stranger.trader("t")

    def scope(self, words: list[str]) -> Any:
        match words:
            case ["trader", name]:
                return self.trader(name)
            case ["account", name]:
                return self.account(name)
            case ["strategy", account, name]:
                return self.strategy(account, name)
            case ["instrument", name]:
                return self.instrument(name)
            case ["venue", name]:
                try:
                    return self.guard.venue(name)
                except rg.UnknownNameError:
                    return self.stranger.venue("V")
        return None

    def full(self, name: dict[str, Any]) -> tuple[str, str]:
        return (name["account"] if name["account"] is not None else next(iter(self.first)), name["id"])

    def named(self, name: dict[str, Any]) -> tuple[Any, rg.Account | None]:
        """An order as a report names it: by its handle, or by its id and account."""
        account, order_id = self.full(name)
        handle = None if name["by_id"] else self.handles.get((account, order_id))
        return (order_id, self.account(account)) if handle is None else (handle, None)

    # ---- orders -----------------------------------------------------------------------------------------------------

    def order(self, line: dict[str, Any]) -> rg.Order:
        name = line["order"]
        fields: dict[str, Any] = {
            key: line[key] for key in ("price", "trigger", "parent", "parent_quantity") if line[key] is not None
        }
        if line["age_ns"] is not None:
            fields["created_at_ns"] = self.now - line["age_ns"]
        if line["trader"] is not None:
            fields["trader"] = self.trader(line["trader"])
        return rg.Order(
            self.instrument(line["instrument"]),
            line["side"],
            line["quantity"],
            id=name["id"],
            account=self.account(name["account"]),
            strategy=self.strategy(name["account"], line["strategy"]),
            time_in_force=line["time_in_force"],
            reduce_only=line["reduce_only"],
            reducible=not line["whole"],
            self_match_prevention=line["self_match_prevention"],
            **fields,
        )

    def evaluate(self, line: dict[str, Any]) -> list[str]:
        decision = self.guard.evaluate(self.order(line))
        name = self.full(line["order"])
        match decision:
            case rg.Approved(permit):
                answer = ["approved", str(permit.quantity), "", ""]
            case rg.Reduced(permit, why):
                answer = ["reduced", str(permit.quantity), why.code, why.level or ""]
            case rg.Rejected(no) | rg.EmergencyStop(no):
                verb = "stop" if isinstance(decision, rg.EmergencyStop) else "rejected"
                return [verb, "0", no.code, no.field or no.level or ""]
        self.handles[name], self.permits[name] = permit.handle, permit
        return answer

    def list(self, line: dict[str, Any]) -> str:
        orders = line["orders"]
        decision = self.guard.evaluate_list([self.order(order) for order in orders])
        match decision:
            case rg.ListApproved(permit):
                names = [self.full(order["order"]) for order in orders]
                self.lists[names[0]] = (permit, names)
                return f"approved {permit.orders}"
            case rg.ListRejected(why):
                words = [{"emergency_stop": "stop"}.get(decision.verdict, decision.verdict), why.code, why.level or ""]
                words += [] if decision.order is None else [f"order {decision.order}"]
                return " ".join([*words, f"refused {decision.refused} of {decision.orders}"])

    def redeem_list(self, name: Any) -> str:
        permit, names = self.lists.pop(name)
        for order, outbound in zip(names, permit.redeem(), strict=True):
            self.handles[order], self.outbounds[order] = outbound.handle, outbound
        return "sent"

    def explain(self, line: dict[str, Any]) -> str:
        found = self.guard.explain(self.order(line))
        words = [{"emergency_stop": "stop"}.get(found["verdict"], found["verdict"])]
        if found["verdict"] == "reduced":
            words.append(str(found["quantity"]))
        if found["rejection"] is not None:
            words.append(found["rejection"].code)
        if found["verdict"] != "approved":
            words.append("breaches")
        return " ".join(words + [reading["breach"] for reading in found["readings"] if reading["breach"]])

    def redeem(self, name: dict[str, Any]) -> str:
        if self.full(name) in self.lists:
            return self.redeem_list(self.full(name))
        permit = self.permits.pop(self.full(name), None)
        if permit is None:
            return "refused NO_PERMIT"
        self.outbounds[self.full(name)] = permit.redeem()
        return "sent"

    def release(self, name: dict[str, Any]) -> str:
        listed, _ = self.lists.pop(self.full(name), (None, []))
        permit = listed or self.permits.pop(self.full(name), None)
        if permit is None:
            return "refused NO_PERMIT"
        permit.release()
        return "released"

    def abandon(self, name: dict[str, Any]) -> str:
        outbound = self.outbounds.pop(self.full(name), None)
        if outbound is None:
            return "refused NO_OUTBOUND"
        self.guard.abandon(outbound)
        return "abandoned"

    def cancel(self, name: dict[str, Any]) -> str:
        nothing = self.stranger.cancel("nothing", self.stranger.account("a")).handle
        return "out unknown" if self.guard.cancel(*self.named(name)).handle == nothing else "out"

    # ---- stops ------------------------------------------------------------------------------------------------------

    def halt(self, line: dict[str, Any]) -> str:
        pull = self.guard.reduce_only if line["state"] == "reducing" else self.guard.halt
        _, orders = pull(self.scope(line["scope"]), reason=line["reason"], by=line["by"])
        ids = self.ids()
        return " ".join(["halted", *([ids.get(order, "?") for order in orders] or ["nothing"])])

    def resume(self, line: dict[str, Any]) -> str:
        if line["latch"] is not None:
            lift = {"latch": line["latch"]}
        else:
            lift = {"up_to": max((latch["id"] for latch in self.guard.latches()), default=0)}
        self.guard.resume(
            self.scope(line["scope"]), to=line["to"], reason="as the scenario says", by=line["by"], **lift
        )
        return "resumed"

    def restart(self, _: dict[str, Any]) -> str:
        """The process is gone, and what it held in memory."""
        for gone in (self.permits, self.lists, self.outbounds, self.handles):
            gone.clear()
        del self.guard
        self.guard = self.open()
        return "restarted"

    def tick(self, _: dict[str, Any]) -> str:
        self.guard.tick()
        return "ticked"

    # ---- inputs -----------------------------------------------------------------------------------------------------

    def booking(self, line: dict[str, Any]) -> dict[str, Any]:
        place = line["booking"]
        if place is None:
            return {}
        fields = {
            "strategy": self.strategy(line["order"]["account"], place["strategy"]),
            "instrument": self.instrument(place["instrument"]),
            "side": place["side"],
        }
        return fields if place["parent"] is None else fields | {"parent": place["parent"]}

    def input(self, kind: str, line: dict[str, Any]) -> Any:
        guard = self.guard
        match kind:
            case "accept":
                order, account = self.named(line["order"])
                return guard.accepted(order, account, quantity=line["quantity"])
            case "fill":
                order, _ = self.named(line["order"])
                account = self.account(line["order"]["account"])
                return guard.fill(
                    order,
                    line["execution"],
                    line["quantity"],
                    line["price"],
                    fee=line["fee"],
                    account=account,
                    origin=line["origin"],
                    **self.booking(line),
                )
            case "cumulative":
                order, _ = self.named(line["order"])
                account = self.account(line["order"]["account"])
                fees = {} if line["fees"] is None else {"fees": line["fees"]}
                return guard.filled_so_far(
                    order, line["quantity"], line["average_price"], account=account, **fees, **self.booking(line)
                )
            case "bust":
                fields = dict(zip(("quantity", "price", "fee"), line["instead"] or (), strict=False))
                return guard.bust(self.account(line["account"]), line["execution"], **fields)
            case "done":
                order, account = self.named(line["order"])
                return guard.done(order, line["end"], account)
            case "quote":
                at = self.now - line["age_ns"]
                return guard.quote(
                    self.instrument(line["instrument"]), line["bid"], line["ask"], at_ns=at, **dict(line["more"])
                )
            case "mark":
                return guard.mark(self.instrument(line["instrument"]), line["price"], at_ns=self.now - line["age_ns"])
            case "rate":
                return guard.rate(self.asset(line["from"]), self.asset(line["to"]), line["rate"])
            case "daily_volume":
                return guard.daily_volume(self.instrument(line["instrument"]), line["quantity"])
            case "balance":
                return guard.balance(self.account(line["account"]), line["balance"])
            case "flow":
                return guard.flow(self.account(line["account"]), line["amount"])
            case "host":
                figures: dict[str, Any] = dict(line["figures"])
                if "position_count" in figures:
                    figures["position_count"] = int(figures["position_count"])
                return guard.host_figures(self.account(line["account"]), **figures)
            case "snapshot":
                return guard.snapshot(*self.stated(line)[0], **self.stated(line)[1])
            case "adjust":
                [(how, numbers)] = line["how"].items()
                act = {"split": guard.split, "settled": guard.settled, "expired": guard.expired}[how]
                return act(self.instrument(line["instrument"]), *numbers.values())
            case "transfer":
                source, target = (self.strategy(line["account"], line[name]) for name in ("from", "to"))
                what = self.instrument(line["instrument"])
                return guard.transfer(source, target, what, line["quantity"], by=line["by"])
            case "believe":
                return guard.believe_reference(self.instrument(line["instrument"]), by=line["by"])
            case "decide":
                oldest = [statement["number"] for statement in guard.withheld_statements()][:1]
                number = line["number"] if line["number"] is not None else (oldest or [0])[0]
                decide = guard.accept_statement if line["accept"] else guard.discard_statement
                return decide(number, by=line["by"])
            case "heartbeat":
                return guard.heartbeat()
            case "day_roll":
                return guard.day_roll()
            case "session":
                opens, closes = self.now + line["opens_ns"], self.now + line["closes_ns"]
                return guard.session(self.instrument(line["instrument"]), opens, closes)
            case "next_roll":
                return guard.day_rolls_at(self.now + line["in_ns"])
            case "change":
                until = {} if line["until_ns"] is None else {"expires_ns": self.now + line["until_ns"]}
                second = {} if line["second"] is None else {"second": line["second"]}
                scope, by = self.scope(line["of"]), line["by"]
                return guard.set_limits(scope, line["limits"], by=by, reason="a scenario", **second, **until)
            case "status":
                return guard.set_status(self.instrument(line["instrument"]), line["status"], by=line["by"])
        raise NotImplementedError(kind)

    def stated(self, line: dict[str, Any]) -> tuple[tuple[Any, Any], dict[str, Any]]:
        """The arguments of a snapshot."""
        held = {self.instrument(symbol): (quantity, price) for symbol, quantity, price in line["positions"]}
        orders = None
        if line["orders"] is not None:
            orders = [
                rg.StatedOrder(name, self.instrument(symbol), side, left, price=price)
                for name, symbol, side, left, price in line["orders"]
            ]
        return (self.account(line["account"]), held), {"balance": line["balance"], "orders": orders}

    def reconcile(self, line: dict[str, Any]) -> str:
        place, more = self.stated(line)
        unusual, differences = self.guard.reconcile(*place, **more)
        return " ".join([effect(unusual), *map(self.difference, differences)])

    def difference(self, told: rg.Difference) -> str:
        changed = f"{'unknown' if told.known is None else told.known}/{told.stated}"
        match told.what:
            case "balance":
                return f"balance={changed}"
            case "position":
                assert told.instrument is not None
                return f"{told.instrument.name}={changed}"
            case "stranger":
                return f"stranger={told.id}"
        assert told.order is not None
        name = self.ids()[told.order]
        return f"{name}={changed}" if told.what == "open" else f"{DIFFERENCES[told.what]}={name}"

    def ids(self) -> dict[rg.OrderHandle, str]:
        """How the scenario calls the orders it knows."""
        return {handle: order_id for (_, order_id), handle in self.handles.items()}

    # ---- the conversation -------------------------------------------------------------------------------------------

    def run(self, command: list[Any]) -> Any:
        kind, line = command
        try:
            if kind in OWN:
                return getattr(self, kind)(line)
            return effect(self.input(kind, line))
        except (rg.InputError, rg.ResumeError, rg.ConfigError) as no:
            return f"refused {no.code or 'limits'} {no.field or ''}".rstrip()
        except (rg.RiskViolationError, rg.EmergencyStopError) as no:
            return f"refused {no.code}"
        finally:
            # The journal in memory is durable at once; so is this one.
            self.guard.sync()

    def read(self, words: list[str]) -> str:
        guard = self.guard
        match words:
            case ["position" | "buying" | "selling" | "exposure" as what, owner, instrument]:
                account, _, strategy = owner.partition("/")
                of = self.strategy(account, strategy) if strategy else self.account(account)
                held = guard.position(of, self.instrument(instrument))
                return str(held["quantity" if what == "position" else what])
            case ["gross" | "equity" | "day_profit" | "positions" as what, account]:
                sums = guard.account_sums(self.account(account))
                assert sums is not None, f"no account is called {account!r}"
                value = sums["gross_exposure" if what == "gross" else what]
                return "unknown" if value is None else str(value)
            case ["headroom", account, strategy, instrument, side]:
                way: Any = side
                room, _ = guard.headroom(self.strategy(account, strategy), self.instrument(instrument), way)
                return "unlimited" if room is None else str(room)
            case ["profit", owner]:
                profit = guard.strategy_profit(self.strategy(*owner.split("/")))
                return "unknown" if profit is None else str(profit)
            case ["exits", *scope]:
                exits = guard.exits(self.scope(split(scope)))
                return ",".join(f"{order.side}/{order.quantity}" for order in exits) or "none"
            case ["withheld"]:
                return str(len(guard.withheld_statements()))
            case ["state", order_id]:
                return guard.order_state(*self.named({"id": order_id, "account": None, "by_id": False}))
            case ["trading", *scope]:
                return guard.trading_state(self.scope(split(scope)))
            case ["temporary", *scope]:
                return self.later(guard.limits_end_ns(self.scope(split(scope))))
            case ["next_roll"]:
                return self.later(guard.next_roll_ns())
            case ["live"]:
                used = {table: count for table, count, _ in guard.metrics()["utilisation"]}
                return str(used["live_orders"])
            case ["trips"]:
                return ",".join(map(trip, guard.take_trips())) or "none"
            case ["latches"]:
                return str(len(guard.latches()))
            case ["records"]:
                return str(guard.seq)
            case ["anomalies" | "unrecorded" as metric]:
                return str(guard.metrics()[metric])
        raise NotImplementedError(words[0])

    def later(self, at: int | None) -> str:
        return "none" if at is None else f"{at // 1_000_000 - self.now // 1_000_000}ms"

    def finish(self) -> str | None:
        if self.folder is not None:
            same = rg.replay_journal(self.folder) == (self.guard.seq, self.guard.digest())
            return None if same else "the folder replays to another state"
        if self.guard.metrics()["unrecorded"] == 0 and self.guard.replay() != self.guard.digest():
            return "the journal replays to another state"
        return None


def split(words: list[str]) -> list[str]:
    return [words[0], *words[1].split("/")] if words[:1] == ["strategy"] else words


def effect(told: dict[str, Any] | None) -> str:
    told = told or {}
    if told.get("repeated"):
        words = ["repeated"]
    else:
        words = ["anomaly", told["anomaly"]] if told.get("anomaly") else ["applied"]
    flags = (("rounded", "rounded"), ("latch", "latched"), ("withheld", "withheld"))
    return " ".join(words + [word for flag, word in flags if told.get(flag)])


def trip(told: dict[str, Any]) -> str:
    cause = told["cause"]
    if isinstance(cause, dict):
        what = f"{cause['limit']['gate']}/{cause['limit']['level']}"
    else:
        what = {"reject_storm": "too_many_rejections", "anomaly_storm": "too_many_anomalies"}.get(cause, cause)
        what = {"heartbeat": "no_heartbeat"}.get(what, what)
    return f"{what}={ {'active': 'warned'}.get(told['state'].lower(), told['state'].lower()) }"


def play(reader: Path, scenario: Path, folder: Path) -> str | None:
    """Plays a scenario, in a folder where it restarts. Returns the first line that comes out differently."""
    restarts = any(line.split()[:1] == ["restart"] for line in scenario.read_text().splitlines())
    with subprocess.Popen([reader, scenario], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as said:
        assert said.stdin is not None and said.stdout is not None
        driver: Driver | None = None
        for line in said.stdout:
            (kind, asked), answer = next(iter(json.loads(line).items())), None
            if kind == "end":
                return str(asked) if asked is not None else None
            if kind == "start":
                try:
                    driver = Driver(asked, folder if restarts else None)
                except rg.ConfigError as problem:
                    answer = str(problem)
            else:
                assert driver is not None
                if kind == "time":
                    driver.now = driver.now if asked is None else asked
                    driver.clock.fail() if asked is None else driver.clock.set(asked)
                elif kind == "run":
                    answer = driver.run(asked)
                elif kind == "read":
                    answer = {"value": driver.read(asked)}
                else:
                    answer = driver.finish()
            print(json.dumps(answer), file=said.stdin, flush=True)
    return "the reader left without an end"
