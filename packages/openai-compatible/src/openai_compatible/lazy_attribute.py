"""Attributes that are computed at the first use, without a lock.

``functools.cached_property`` of Python 3.11 holds a lock while it computes: a process that is forked
meanwhile inherits the lock held, and its first use waits for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

__all__ = ["lazy_attribute"]

T = TypeVar("T")


class lazy_attribute(Generic[T]):  # noqa: N801  # used as a decorator, as property is
    """Make a method an attribute; its value is kept in the object's ``__dict__``.

    Threads that use it first at the same time may compute it twice, so it must give equal values.

    >>> class Circle:
    ...     @lazy_attribute
    ...     def area(self) -> int:
    ...         print("computed")
    ...         return 3
    >>> circle = Circle()
    >>> circle.area + circle.area
    computed
    6
    """

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self._compute = compute
        self._name = compute.__name__
        self.__doc__ = compute.__doc__

    @overload
    def __get__(self, owner: None, kind: type) -> Self: ...
    @overload
    def __get__(self, owner: object, kind: type) -> T: ...
    def __get__(self, owner: object | None, kind: type) -> Self | T:
        if owner is None:
            return self
        value = self._compute(owner)
        owner.__dict__[self._name] = value  # from now on it is found there, before this descriptor
        return value
