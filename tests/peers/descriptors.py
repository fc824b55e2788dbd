#!/usr/bin/python3
"""descriptors.py VALUE - what each program of a session has open

Prints a line for each process with WSTEST=VALUE in its environment that is of a
session: its name, then what its descriptors are but for the standard ones, by
name where the environment names it.  A pipe of which nobody else has an end is
"own"; a file is shown by its name."""

import os
import re
import stat
import sys

PROGRAMS = ("ws-session", "ws-deframe", "ws-frame", "ws-b64", "cat")


class Process:
    def __init__(self, pid):
        self.path = f"/proc/{pid}"
        with open(f"{self.path}/cmdline", "rb") as f:
            words = f.read().split(b"\0")
        self.name = os.path.basename(words[0]).decode()
        with open(f"{self.path}/environ", "rb") as f:
            self.environ = dict(v.split("=", 1) for v in
                                f.read().decode(errors="replace").split("\0")
                                if "=" in v)
        self.open = {}
        for fd in os.listdir(f"{self.path}/fd"):
            st = os.stat(f"{self.path}/fd/{fd}")
            with open(f"{self.path}/fdinfo/{fd}") as f:
                flags = int(re.search(r"flags:\s*(\d+)", f.read())[1], 8)
            self.open[int(fd)] = (st, flags & os.O_ACCMODE,
                                  os.readlink(f"{self.path}/fd/{fd}"))


def same(a, b):
    return (a[0].st_dev, a[0].st_ino, a[1]) == (b[0].st_dev, b[0].st_ino, b[1])


def find(value):
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            process = Process(pid)
        except OSError:
            continue
        if process.environ.get("WSTEST") == value and \
                process.name in PROGRAMS:
            yield process


# Who is sure to have what the environment names; for others the number may mean
# something else by now.
HOLDERS = {"lifeline": ("WS_LIFELINE", 0, "ws-frame", "ws-session"),
           "gone": ("WS_LIFELINE", 1, "ws-frame", "ws-session"),
           "slots": ("WS_SLOTS", 0, "ws-session", "ws-frame"),
           "watcher": ("WS_WATCHER", 0, "ws-frame"),
           "supervisor": ("WS_SUPERVISOR", 0, "ws-frame"),
           "control<": ("WS_CONTROL", 0, "ws-frame"),
           "control>": ("WS_CONTROL", 1, "ws-deframe")}


def named(processes):
    """the files that the environment names"""
    for name, (variable, place, *holders) in HOLDERS.items():
        for process in sorted((p for p in processes if p.name in holders),
                              key=lambda p: holders.index(p.name)):
            fds = re.findall(r"\d+", process.environ.get(variable, ""))
            if fds and int(fds[place]) in process.open:
                yield name, process.open[int(fds[place])]
                break


def kind(f, process, processes, names):
    for name, other in names.items():
        if same(f, other):
            return name
    if stat.S_ISFIFO(f[0].st_mode):
        others = [o for p in processes if p is not process
                  for o in p.open.values() if o[0].st_ino == f[0].st_ino]
        return "pipe" if others else "own"
    if stat.S_ISSOCK(f[0].st_mode):
        return "socket"
    return os.path.basename(f[2])


def main(value):
    processes = list(find(value))
    names = dict(named(processes))
    lines = [" ".join([process.name] + sorted(
        {kind(f, process, processes, names)
         for fd, f in process.open.items() if fd > 2}))
        for process in processes]
    print(*sorted(lines), sep="\n")


main(sys.argv[1])
