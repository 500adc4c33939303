"""Test support: runs a command on a pseudo-terminal of its own.

usage: python3 test-pty.py <columns> <rows> <command> [<argument> ...]

What the command writes is copied to standard output. Each line on standard input is an order: "resize <columns> <rows>", or "type <text as
JSON>". Ends with the command's exit code, or 128 and its signal.
"""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios


def set_size(terminal, columns, rows):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def main():
    columns, rows = int(sys.argv[1]), int(sys.argv[2])
    # The size stands before the command looks at it.
    start_reading, start_writing = os.pipe()
    pid, terminal = pty.fork()
    if pid == 0:
        os.close(start_writing)
        os.read(start_reading, 1)
        os.execvp(sys.argv[3], sys.argv[3:])
    os.close(start_reading)
    set_size(terminal, columns, rows)
    os.close(start_writing)
    orders = b""
    inputs = [terminal, 0]
    while terminal in inputs:
        ready, _, _ = select.select(inputs, [], [])
        if terminal in ready:
            try:
                output = os.read(terminal, 65536)
            except OSError:
                output = b""
            if not output:
                break
            os.write(1, output)
        if 0 in ready:
            read = os.read(0, 65536)
            if not read:
                inputs.remove(0)
            orders += read
            *lines, orders = orders.split(b"\n")
            for line in lines:
                word, _, rest = line.decode().partition(" ")
                if word == "resize":
                    set_size(terminal, *map(int, rest.split()))
                    os.kill(pid, signal.SIGWINCH)
                elif word == "type":
                    os.write(terminal, json.loads(rest).encode())
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    sys.exit(code if code >= 0 else 128 - code)


main()
