"""The client's side of RFC 6455 on a plain socket: what the protocol of Tuesday needs, with the numbers of the RFC's sections.

Not handled: TLS, proxies, extensions, and the finer mistakes that a service could make (reserved bits, masked frames).
"""

import base64
import hashlib
import os
import select
import socket
import time
from urllib.parse import urlsplit

TEXT, CLOSE, PING, PONG, CONTINUATION = 0x1, 0x8, 0x9, 0xA, 0x0
FINAL, MASKED = 0x80, 0x80
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # section 1.3
CONNECT_SECONDS_MAX = 5
CLOSE_SECONDS_MAX = 2
READ_BYTES = 65536


class Closed(Exception):
    """The connection has ended. 1006 where no close frame came, 1005 where it had no code."""

    def __init__(self, code, reason=""):
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason


class WebSocket:
    """Opens at once. Raises OSError where nobody answers and Closed(1006) where the answer is no upgrade."""

    def __init__(self, url, subprotocols):
        address = urlsplit(url)
        self.heard_at = time.monotonic()
        self._buffer = b""
        self._parts = None
        self._socket = socket.create_connection((address.hostname, address.port or 80), CONNECT_SECONDS_MAX)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self._upgrade(address, subprotocols)
        except BaseException:
            self._socket.close()
            raise

    def _upgrade(self, address, subprotocols):
        key = base64.b64encode(os.urandom(16))
        target = (address.path or "/") + (f"?{address.query}" if address.query else "")
        self._socket.sendall(
            f"GET {target} HTTP/1.1\r\nHost: {address.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key.decode()}\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: {', '.join(subprotocols)}\r\n\r\n".encode()
        )
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            # One by one, since what follows the head is frames, which select would not tell of once they were read.
            byte = self._socket.recv(1)
            if byte == b"":
                raise Closed(1006, "no answer to the upgrade")
            head += byte
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest()).decode()
        if status.split(" ")[1:2] != ["101"] or headers.get("sec-websocket-accept") != accept:
            raise Closed(1006, f"no upgrade: {status}")
        self.subprotocol = headers.get("sec-websocket-protocol")

    def fileno(self):
        """For select."""
        return self._socket.fileno()

    def send(self, text):
        self._write(TEXT, text.encode())

    def receive(self):
        """Yields the texts that have come. Reads from the socket once, so call it when select says that it is readable."""
        self._read()
        while (frame := self._next_frame()) is not None:
            is_final, opcode, payload = frame
            if opcode == PING:
                self._write(PONG, payload)
            elif opcode == CLOSE:
                self._end(payload)
            elif opcode in (TEXT, CONTINUATION):
                if (opcode == TEXT) != (self._parts is None):
                    self.close(1002, "fragments out of order")
                self._parts = (self._parts or b"") + payload
                if is_final:
                    text, self._parts = self._text_of(self._parts), None
                    yield text
            elif opcode != PONG:
                self.close(1003, "neither text nor control")

    def close(self, code, reason=""):
        """Says why, waits for the other end's close for a moment, and always raises Closed with this code."""
        try:
            self._write(CLOSE, code.to_bytes(2, "big") + reason.encode())
            deadline = time.monotonic() + CLOSE_SECONDS_MAX
            while select.select([self], [], [], max(0, deadline - time.monotonic()))[0]:
                self._read()
                while (frame := self._next_frame()) is not None:
                    if frame[1] == CLOSE:
                        raise Closed(code, reason)
        except Closed:
            pass
        self._socket.close()
        raise Closed(code, reason)

    def _text_of(self, payload):
        try:
            return payload.decode()
        except UnicodeDecodeError:
            self.close(1007, "not UTF-8")

    def abort(self, reason):
        """Without a word to the other end. Always raises Closed(1006)."""
        self._socket.close()
        raise Closed(1006, reason)

    def _end(self, payload):
        try:
            self._write(CLOSE, payload[:2])
        except Closed:
            pass  # the other end is gone already; what it said counts
        self._socket.close()
        raise Closed(int.from_bytes(payload[:2], "big") if payload else 1005, payload[2:].decode())

    def _read(self):
        try:
            chunk = self._socket.recv(READ_BYTES)
        except OSError:
            chunk = b""
        if chunk == b"":
            self._socket.close()
            raise Closed(1006, "the connection broke")
        self.heard_at = time.monotonic()
        self._buffer += chunk

    def _next_frame(self):
        """Takes one frame (section 5.2) out of the buffer; None where it is not there in full."""
        data = self._buffer
        if len(data) < 2:
            return None
        length, start = data[1] & 0x7F, 2
        if length >= 126:
            start = 4 if length == 126 else 10
            length = int.from_bytes(data[2:start], "big")
        if len(data) < start or len(data) < start + length:
            return None
        self._buffer = data[start + length :]
        return bool(data[0] & FINAL), data[0] & 0x0F, data[start : start + length]

    def _write(self, opcode, payload):
        """One frame, masked (section 5.3)."""
        length = len(payload)
        if length < 126:
            head = bytes([FINAL | opcode, MASKED | length])
        elif length < 65536:
            head = bytes([FINAL | opcode, MASKED | 126]) + length.to_bytes(2, "big")
        else:
            head = bytes([FINAL | opcode, MASKED | 127]) + length.to_bytes(8, "big")
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
        try:
            self._socket.sendall(head + mask + masked)
        except OSError:
            self._socket.close()
            raise Closed(1006, "the connection broke") from None
