"""Everything this package raises: one root, and below it what a caller handles differently."""

from __future__ import annotations

from decimal import Decimal

__all__ = [
    "ConfigError",
    "EmergencyStopError",
    "InputError",
    "InvalidValueError",
    "JournalError",
    "NotSentError",
    "ResumeError",
    "RiskError",
    "RiskEvaluationError",
    "RiskViolationError",
    "UnknownNameError",
]


class RiskError(Exception):
    """The root of all errors of this package.

    ``code`` is the stable reason code, ``gate`` and ``level`` say which limit refused, ``measured`` and ``limit`` are in
    ``unit``. What does not apply is ``None``.

    >>> error = RiskViolationError("too much", code="ORDER_QUANTITY_MAX")
    >>> error.code, error.limit
    ('ORDER_QUANTITY_MAX', None)
    """

    def __init__(
        self,
        message: str = "",
        *,
        code: str | None = None,
        gate: str | None = None,
        level: str | None = None,
        measured: Decimal | None = None,
        limit: Decimal | None = None,
        unit: str | None = None,
        field: str | None = None,
        value: object = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.gate = gate
        self.level = level
        self.measured = measured
        self.limit = limit
        self.unit = unit
        self.field = field
        self.value = value


class RiskViolationError(RiskError):
    """An order was rejected, or a permit cannot be used. Nothing may be sent."""


class EmergencyStopError(RiskError):
    """Trading is halted in a scope of the order. Nothing may be sent until a named operator resumes it."""


class RiskEvaluationError(RiskError):
    """An order could not be evaluated: nothing was judged, nothing changed, nothing may be sent."""


class InvalidValueError(RiskEvaluationError, ValueError):
    """A value that is not taken; ``field`` and ``value`` say which."""


class ConfigError(RiskError, ValueError):
    """A configuration that is not taken. Nothing falls back to a default."""


class InputError(RiskError, ValueError):
    """An input that is malformed or refused. It changed nothing.

    ``code`` is ``unknown``, ``number``, ``text``, ``outdated``, ``full``, ``limits``, ``ceiling``, ``second_name``,
    ``unrecorded`` or ``GUARD_POISONED``; ``field`` says with what.
    """


class ResumeError(RiskError):
    """A resume that is refused: the scope stays as it is.

    ``code`` is ``unknown_scope``, ``unnamed``, ``unknown_latch``, ``unrecorded`` or ``GUARD_POISONED``.
    """


class NotSentError(RiskError):
    """Raised by a function that sends orders, to say that nothing has left: what the order held is free again."""


class UnknownNameError(RiskError, LookupError):
    """No account, strategy, instrument, asset or venue has this name."""


class JournalError(RiskError):
    """A journal that cannot be opened or read, or does not replay."""
