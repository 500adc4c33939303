"""Texts on their way into a room: numbered, sent in order, and kept until the service has said what became of them."""

import secrets
import time

PAUSE_SECONDS = 0.1


class Outbox:
    def __init__(self):
        self.sender = secrets.token_hex(8)
        self.generation = 1
        self.unanswered = {}  # n -> text, in the order of n
        self._n_last = 0
        self._n_written = 0
        self._in_flight = set()  # written on this socket, with no answer yet
        self._paused_until = None  # nothing is written until then, nor while anything is in flight
        self._is_generation_over = False

    @property
    def session(self):
        return f"{self.sender}.{self.generation}"

    def add(self, text):
        self._n_last += 1
        self.unanswered[self._n_last] = text

    def socket_ended(self):
        """Answers that have not come by now will not come: all of it is sent again on the next socket, with the same numbers."""
        self._in_flight.clear()
        self._n_written = 0
        self._paused_until = None

    def take_due(self, in_flight_max):
        """(n, text) of what is to be written now, in order."""
        if self._paused_until is not None:
            if self._in_flight or time.monotonic() < self._paused_until:
                return []
            self._paused_until = None
            self._n_written = 0
        if self._is_generation_over:
            self._begin_generation()
        due = [n for n in self.unanswered if n > self._n_written][: in_flight_max - len(self._in_flight)]
        self._in_flight.update(due)
        self._n_written = max([self._n_written, *due])
        return [(n, self.unanswered[n]) for n in due]

    def acknowledged(self, n):
        self._in_flight.discard(n)
        self.unanswered.pop(n, None)

    def unconfirmed(self, n):
        self._in_flight.discard(n)
        self._pause()

    def rejected(self, n, code, last=None, generation=None):
        self._in_flight.discard(n)
        if code in ("text-empty", "text-too-long"):
            self.unanswered.pop(n, None)  # given up
        elif code == "out-of-order" and last >= n:
            self.unanswered.pop(n, None)  # it is in the log, so long ago that its place is forgotten
        elif code == "out-of-order" and self.unanswered and last < min(self.unanswered) - 1:
            self._is_generation_over = True  # a number between was given up, or the service has forgotten this session
        elif code == "stale-session":
            self.generation = max(self.generation, generation)
            self._is_generation_over = True
        self._pause()

    def _pause(self):
        if self._paused_until is None:
            self._paused_until = time.monotonic() + PAUSE_SECONDS

    def _begin_generation(self):
        """Numbers what is left from 1 again. Lower generations are refused from then on, so no late copy can land behind."""
        self.generation += 1
        self.unanswered = dict(enumerate(self.unanswered.values(), start=1))
        self._n_last = len(self.unanswered)
        self._n_written = 0
        self._is_generation_over = False
