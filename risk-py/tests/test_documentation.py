"""Every public item says what it is, and shows it by an example that runs."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
import risk_guard as rg

MODULES = ["risk_guard", *(f"risk_guard.{found.name}" for found in pkgutil.iter_modules(rg.__path__))]
CLASSES = [getattr(rg, name) for name in rg.__all__ if inspect.isclass(getattr(rg, name))]
FUNCTIONS = [getattr(rg, name) for name in rg.__all__ if inspect.isroutine(getattr(rg, name))]


def public(owner: type) -> Iterator[tuple[str, Any]]:
    for name, item in vars(owner).items():
        if not name.startswith("_") and not issubclass(owner, BaseException):
            yield name, item


METHODS = [
    (f"{owner.__name__}.{name}", getattr(owner, name), owner)
    for owner in CLASSES
    for name, item in public(owner)
    if callable(item)
]
FIELDS = [
    (f"{owner.__name__}.{name}", item, owner) for owner in CLASSES for name, item in public(owner) if not callable(item)
]


def beginning() -> dict[str, Any]:
    """What every example begins with: the lines of the package's own, up to the first quote."""
    names: dict[str, Any] = {}
    for example in doctest.DocTestParser().get_examples(rg.__doc__ or ""):
        exec(example.source, names)  # noqa: S102
        if example.source.startswith("guard.quote("):
            return names
    raise AssertionError("the package's example has no quote")


def shown(name: str, text: str, names: dict[str, Any] | None = None) -> int:
    """Runs the examples in a text, with further names, and says how many there were."""
    test = doctest.DocTestParser().get_doctest(text, (names or {}) | beginning(), name, None, None)
    said: list[str] = []
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    assert runner.run(test, out=said.append).failed == 0, "".join(said)
    return len(test.examples)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_run(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__, name
    shown(name, module.__doc__, vars(module))
    own = [item for item in vars(module).values() if getattr(item, "__module__", "") == name]
    for item in own:
        if item not in CLASSES and (inspect.isfunction(item) or inspect.isclass(item)):
            shown(name, inspect.getdoc(item) or "", vars(module))


@pytest.mark.parametrize("item", [*CLASSES, *FUNCTIONS], ids=lambda item: str(item.__name__))
def test_what_is_public_is_shown(item: Any) -> None:
    names = vars(importlib.import_module(item.__module__ or "risk_guard"))
    shows = shown(item.__name__, inspect.getdoc(item) or "", names)
    assert shows or issubclass(item, BaseException), f"{item.__name__}: no example"


@pytest.mark.parametrize(("name", "item", "owner"), METHODS, ids=[name for name, _, _ in METHODS])
def test_every_method_is_shown(name: str, item: Any, owner: type) -> None:
    text = inspect.getdoc(item) or ""
    assert text, f"{name}: no documentation"
    assert shown(name, text) or f".{name.split('.')[1]}(" in (owner.__doc__ or ""), f"{name}: no example"


@pytest.mark.parametrize(("name", "item", "owner"), FIELDS, ids=[name for name, _, _ in FIELDS])
def test_every_field_says_what_it_is(name: str, item: Any, owner: type) -> None:
    assert inspect.getdoc(item), f"{name}: no documentation"
