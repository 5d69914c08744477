"""Calendars: what happens on which day."""

from collections.abc import Iterable, Iterator


class Calendar[T]:
    """A bucket of things a day; what is put on a day comes out on that day, once."""

    def __init__(self) -> None:
        self._days: dict[int, list[T]] = {}

    def put(self, day: int, thing: T) -> None:
        """Put a thing on a day."""
        bucket = self._days.get(day)
        if bucket is None:
            self._days[day] = [thing]
        else:
            bucket.append(thing)

    def put_all(self, day: int, things: Iterable[T]) -> None:
        """Put things on a day, in this order."""
        self._days.setdefault(day, []).extend(things)

    def put_each(self, days: Iterable[int], things: Iterable[T]) -> None:
        """Put each thing on a day of its own, in this order."""
        buckets = self._days
        for day, thing in zip(days, things, strict=True):
            bucket = buckets.get(day)
            if bucket is None:
                buckets[day] = [thing]
            else:
                bucket.append(thing)

    def take(self, day: int) -> list[T]:
        """Everything that was put on a day."""
        return self._days.pop(day, [])

    def __iter__(self) -> Iterator[tuple[int, list[T]]]:
        """All buckets in the order of days."""
        yield from sorted(self._days.items())
