"""A chat client in plain Python, written from docs/protocol.md alone: a second opinion on what that document says.

    python3 -B client.py --url ws://127.0.0.1:8080/ws --room tea --guest ann

Says each line of stdin in the room, after those of --send. Prints what it takes in as JSON lines: frames of the service, and `opened` and
`closed` for its own connections. Ends when stdin has ended, everything said was answered and everything it knows of was received.

    python3 -B client.py --url ws://127.0.0.1:8080/ws --room tea --read

Prints the room's history over HTTP instead, page by page, from an instance that is ready.

Exit codes: 0 done · 1 a frame or a request was refused · 2 bad usage · 3 closed for good · 4 a fresh token is needed.
Not handled: more than one room, TLS.
"""

import argparse
import json
import os
import random
import select
import sys
import time
import urllib.parse

from history import read_history
from outbox import Outbox
from websocket import Closed, WebSocket

SUBPROTOCOL = "tuesday.v1"
CODES_FINAL = {1000, 1002, 1003, 1007, 1008, 1009, 4400, 4403, 4404, 4406}
CODE_FRESH_TOKEN, CODE_DONE, CODE_BROKEN, CODE_HOLES = 4401, 1000, 1006, 4410
BACKOFF_SECONDS_FIRST, BACKOFF_SECONDS_MAX = 0.1, 5
STDIN = 0
# How late a pause, a ping or the end may be noticed.
TICK_SECONDS = 0.05


def tell(frame):
    print(json.dumps(frame), flush=True)


def backoff_seconds_max(attempt):
    return min(BACKOFF_SECONDS_MAX, BACKOFF_SECONDS_FIRST * 2**attempt)


class Client:
    def __init__(self, options):
        self.options = options
        self.urls = list(options.url)
        self.tokens = list(options.token)
        self.position = options.after  # of the last message taken in; None before the first join
        self.top = None  # the seq up to which there are messages, as far as this client knows
        self.outbox = Outbox()
        for number in range(1, options.send + 1):
            self.outbox.add(f"{options.guest} {number}")
        self.half_line = b""
        self.is_input_open = True
        self.is_misunderstood = False
        self.attempt = 0

    # ------------------------------------------------------------------------------------------------------- connections

    def run(self):
        """Comes back until it is done or told not to. Returns the exit code."""
        while True:
            self.is_draining = self.is_joined = self.has_hole = False
            try:
                self.converse(self.open())
            except Closed as closed:
                end = closed
            except OSError as error:
                end = Closed(CODE_BROKEN, str(error))
            self.outbox.socket_ended()
            exit_code = self.after(end)
            if exit_code is not None:
                return exit_code

    def open(self):
        url, subprotocols = self.urls[0], [SUBPROTOCOL]
        if self.tokens:
            subprotocols.append(f"token.{self.tokens[0]}")
        else:
            url += "?" + urllib.parse.urlencode({"guest": self.options.guest})
        self.socket = WebSocket(url, subprotocols)
        tell({"type": "opened", "url": url})
        return self.socket

    def after(self, end):
        """What the table of close codes says of this end. Waits and returns None where that is to come back."""
        told = {"type": "closed", "code": end.code, "reason": end.reason}
        if end.code == CODE_FRESH_TOKEN:
            self.tokens = self.tokens[1:]
        if self.is_misunderstood or end.code in CODES_FINAL:
            tell({**told, "next": "final"})
            return 1 if self.is_misunderstood else 0 if self.is_done() else 3
        if end.code == CODE_FRESH_TOKEN and not self.tokens:
            tell({**told, "next": "fresh-token"})
            return 4
        # Who was told that the instance drains has been given a moment of its own.
        seconds_max = 0 if self.is_draining else backoff_seconds_max(self.attempt)
        seconds = random.uniform(0, seconds_max)
        tell({**told, "next": "reconnect", "waitMsMax": seconds_max * 1000, "waitMs": seconds * 1000})
        time.sleep(seconds)
        self.attempt += 1
        self.urls.append(self.urls.pop(0))
        return None

    def converse(self, socket):
        asked_at = 0
        while True:
            self.write_due()
            if self.is_done():
                socket.close(CODE_DONE)
            inputs = [socket, STDIN] if self.is_input_open else [socket]
            readable = select.select(inputs, [], [], TICK_SECONDS)[0]
            if STDIN in readable:
                self.read_input()
            if socket in readable:
                for text in socket.receive():
                    self.take(json.loads(text))
            # A silent connection is asked for a sign of life once, and given up after as long a silence again.
            silence_seconds = time.monotonic() - socket.heard_at
            if silence_seconds > 2 * self.options.silence_seconds:
                socket.abort("silent for too long")
            if silence_seconds > self.options.silence_seconds and asked_at < socket.heard_at:
                asked_at = time.monotonic()
                self.write("ping", nonce=1)

    def is_done(self):
        is_caught_up = self.is_joined and not self.is_gap_owed and self.position["seq"] >= self.top
        return is_caught_up and not self.is_input_open and not self.outbox.unanswered

    # ------------------------------------------------------------------------------------------------------------ sending

    def read_input(self):
        chunk = os.read(STDIN, 65536)
        self.is_input_open = chunk != b""
        *lines, self.half_line = (self.half_line + chunk).split(b"\n")
        for line in lines:
            self.outbox.add(line.decode(errors="replace"))

    def write(self, type_of_frame, **fields):
        self.socket.send(json.dumps({"type": type_of_frame, **fields}))

    def write_due(self):
        # Not before the join is answered: what is sent earlier can come to lie before the position at which the stream begins.
        if self.is_joined:
            for n, text in self.outbox.take_due(self.in_flight_max):
                self.write("send", room=self.options.room, session=self.outbox.session, n=n, text=text)

    # ---------------------------------------------------------------------------------------------------------- receiving

    def take(self, frame):
        """Frames of a type that is not known are only printed; messages are where they are taken in."""
        if frame["type"] != "message":
            tell(frame)
        getattr(self, f"on_{frame['type']}", lambda frame: None)(frame)

    def on_welcome(self, frame):
        self.in_flight_max = frame["limits"]["inFlightMax"]
        self.join()

    def join(self):
        if self.position is not None:
            since = {"position": self.position}
        else:
            since = {} if self.options.history is None else {"history": self.options.history}
        self.write("join", room=self.options.room, **since)

    def on_joined(self, frame):
        self.is_joined = True
        self.is_gap_owed = not frame["complete"]
        self.attempt = 0
        self.top = frame["top"]
        if self.position is None:
            self.position = frame["position"]

    def on_message(self, frame):
        epoch, seq = frame["epoch"], frame["seq"]
        is_duplicate = epoch == self.position["epoch"] and seq <= self.position["seq"]
        if is_duplicate or not self.is_joined:
            return
        if seq == self.position["seq"] + 1:
            self.position = {"epoch": epoch, "seq": seq}
            self.has_hole = False
            tell(frame)
        elif self.has_hole:
            self.socket.close(CODE_HOLES, "a hole that joining again did not mend")
        else:
            self.has_hole, self.is_joined = True, False
            self.write("leave", room=self.options.room)

    def on_left(self, _frame):
        self.join()

    def on_gap(self, frame):
        self.position = {"epoch": frame["next"]["epoch"], "seq": frame["next"]["seq"] - 1}
        if frame["reason"] == "epoch-lost" and not self.is_gap_owed:
            self.top = self.position["seq"]
        self.is_gap_owed = False

    def on_draining(self, frame):
        self.is_draining = True

    def on_ack(self, frame):
        self.outbox.acknowledged(frame["n"])
        self.top = max(self.top, frame["seq"])

    def on_unconfirmed(self, frame):
        self.outbox.unconfirmed(frame["n"])

    def on_reject(self, frame):
        self.outbox.rejected(frame["n"], frame["code"], frame.get("last"), frame.get("generation"))

    def on_error(self, frame):
        # A close follows by itself where the log is away. The rest is a mistake of this client, which coming back does not mend.
        if frame["code"] != "unavailable":
            self.is_misunderstood = True
            self.socket.close(CODE_DONE)


def position_of(argument):
    epoch, _, seq = argument.rpartition(":")
    return {"epoch": epoch, "seq": int(seq)}


def main():
    parser = argparse.ArgumentParser(description="A chat client for Tuesday.")
    parser.add_argument("--url", action="append", required=True, help="of an instance; give more to have where to go")
    parser.add_argument("--room", required=True)
    parser.add_argument("--guest", default="guest")
    parser.add_argument("--token", action="append", default=[], help="a JWT; give more for when one is no longer taken")
    parser.add_argument("--send", type=int, default=0, metavar="N", help="say N numbered texts")
    parser.add_argument("--after", type=position_of, metavar="EPOCH:SEQ", help="the position of the last message that is known")
    parser.add_argument("--history", type=int, metavar="N", help="begin with the last N messages")
    parser.add_argument("--silence-seconds", type=float, default=10, help="until the service is asked for a sign of life")
    parser.add_argument("--read", action="store_true", help="print the history over HTTP, and end")
    options = parser.parse_args()
    try:
        sys.exit(read_history(options, tell) if options.read else Client(options).run())
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
