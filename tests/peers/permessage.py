#!/usr/bin/env python3
"""permessage.py CMD CORE VECTORS - what the filters in CMD make of compressed
messages, by the rows of VECTORS, deflate.tsv; CORE is tests/core, which drips
"""
import os
import subprocess
import sys

CMD, CORE, VECTORS = sys.argv[1:]
failed = []


def run(name, options, data, extensions, drip=None):
    env = dict(os.environ, WS_EXTENSIONS=extensions)
    argv = [os.path.join(CMD, name), *options]
    if drip is not None:
        argv = ["sh", "-c", f'"$0" drip {drip} | "$@"', CORE, *argv]
    done = subprocess.run(argv, input=data, env=env, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    return done.returncode, done.stdout


def messages(json):
    return [line for line in json.split(b"\n") if b'"ping"' not in line]


def check(name, what, good):
    if not good:
        failed.append(f"{name}: {what}")


def good_row(name, wire, extensions, payload):
    frames = run("ws-deframe", ["-zW"], wire, extensions)[1]
    check(name, "-W", run("ws-deframe", [], frames, "") == (0, payload))
    check(name, "-j", messages(run("ws-deframe", ["-j"], frames, "")[1]) ==
          messages(run("ws-deframe", ["-zj"], wire, extensions)[1]))
    lines = run("ws-deframe", ["-za"], wire, extensions)[1]
    again = run("ws-frame", ["-za"], lines, extensions)[1]
    check(name, "-a, there and back",
          run("ws-deframe", ["-z"], again, extensions) == (0, payload))
    for role in "-s", "-c":
        packed = run("ws-frame", ["-zW", role], frames, extensions)[1]
        other = "-c" if role == "-s" else "-s"
        check(name, f"-W, {role}, there and back",
              run("ws-deframe", ["-z", other], packed, extensions) ==
              (0, payload))


def row(name, bits, takeover, wire, what):
    extensions = "permessage-deflate"
    if takeover == "no":
        extensions += "; server_no_context_takeover"
    if bits != "15":
        extensions += "; server_max_window_bits=" + bits
    payload, status = b"", 0
    for word in what.split():
        kind, value = word.split(":")
        if kind == "close":
            status = int(value) - 1000
        else:
            payload += bytes.fromhex(value)
    # Whole, byte by byte, and in chops, a seed each.
    for drip in None, "", 1, 2, 3:
        got, out = run("ws-deframe", ["-z"], wire, extensions, drip)
        check(name, f"status {got}", got == status)
        check(name, "output", out == payload if status == 0 else
              out.startswith(payload))
    got, lines = run("ws-deframe", ["-zaLv"], wire, extensions)
    check(name, f"status {got} of -L", got == status)
    check(name, "-aLv, there and back",
          run("ws-frame", ["-za"], lines, extensions)[1] == wire)
    if status == 0:
        good_row(name, wire, extensions, payload)


rows = 0
with open(VECTORS, encoding="ascii") as f:
    for line in f:
        if not line.startswith("#"):
            fields = line.rstrip("\n").split("\t")
            fields[3] = bytes.fromhex(fields[3])
            row(*fields)
            rows += 1
if rows < 70 or failed:
    sys.exit(f"{rows} rows\n" + "\n".join(failed))
