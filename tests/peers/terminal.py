"""Runs a command at a terminal: terminal.py PATTERN LINE [PATTERN LINE ...] -- COMMAND ARG ...

Waits for each pattern in what the terminal shows, then types the line; "^D" is the
end of input.  Prints all that was shown, and ends with the command's status."""

import os
import pty
import re
import select
import sys
import time

split = sys.argv.index("--")
steps, command = sys.argv[1:split], sys.argv[split + 1:]
end = time.monotonic() + 20 * int(os.environ.get("PATIENCE", "1"))
pid, master = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
shown = b""


def read_more():
    global shown
    ready, _, _ = select.select([master], [], [], max(0, end - time.monotonic()))
    if not ready:
        sys.stdout.buffer.write(shown)
        sys.exit("terminal: nothing more comes")
    try:
        data = os.read(master, 4096)
    except OSError:  # the other side is closed
        data = b""
    shown += data
    return data


seen = 0
for pattern, line in zip(steps[::2], steps[1::2]):
    while not (found := re.search(pattern.encode(), shown[seen:])):
        if not read_more():
            sys.stdout.buffer.write(shown)
            sys.exit("terminal: ended before " + pattern)
    seen += found.end()
    os.write(master, b"\x04" if line == "^D" else line.encode() + b"\n")
while read_more():
    pass
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
