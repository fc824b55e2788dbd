#!/usr/bin/env python3
"""deflate.py PROGRAM TEST - holds PROGRAM, which is tests/deflate, against zlib

TEST: unpack, what zlib packs; pack, what zlib unpacks; rubbish, what zlib finds
wrong.
"""
import random
import subprocess
import sys
import zlib

TAIL = b"\0\0\xff\xff"
MANNERS = ["whole", "bytes", "1", "2", "3"]
PROGRAM = sys.argv[1]
TEST = sys.argv[2]


def texts(rnd):
    """Messages of many kinds, and of sizes at the bounds of all buffers."""
    words = [bytes(rnd.randrange(97, 123) for _ in range(rnd.randrange(2, 9)))
             for _ in range(300)]
    yield b""
    yield b"x"
    yield b"Hello" * 3
    yield b" ".join(rnd.choice(words) for _ in range(9000))
    yield bytes(rnd.randrange(256) for _ in range(3000))
    yield bytes(rnd.randrange(4) for _ in range(30000))
    yield bytes(70000)
    for n in 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 100, 1000:
        yield b" ".join(rnd.choice(words) for _ in range(n))
        yield bytes(rnd.randrange(n) & 255 for _ in range(n)) * 9
    yield bytes(range(256)) * 3 + bytes(200)
    yield bytes(rnd.randrange(256) for _ in range(66000))
    yield b"".join(bytes([i & 255]) * rnd.randrange(1, 300)
                   for i in range(600))
    for n in 65535, 65536, 65537, 131072, 200000:
        yield (b"".join(rnd.choice(words) for _ in range(n // 2)))[:n]
    for far in 250, 256, 257, 512, 32767, 32768, 32769:
        noise = bytes(rnd.randrange(256) for _ in range(far))
        yield noise + noise[:100]


def framed(messages):
    return b"".join(len(m).to_bytes(4, "big") + m for m in messages)


def run(*words, data):
    done = subprocess.run([PROGRAM, *map(str, words)], input=data,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stdout, done.stderr.decode().strip()


def split(data):
    while data:
        n = int.from_bytes(data[:4], "big")
        yield data[4:4 + n]
        data = data[4 + n:]


def zlib_packs(messages, bits, keep, level, strategy, rnd):
    def new():
        return zlib.compressobj(level, zlib.DEFLATED, -bits, 8, strategy)

    z = new()
    for m in messages:
        if not keep:
            z = new()
        out, at = b"", 0
        while at < len(m):
            n = rnd.choice([len(m), 1000, 100])
            out += z.compress(m[at:at + n])
            at += n
            if rnd.random() < .3:
                out += z.flush(rnd.choice([zlib.Z_SYNC_FLUSH, zlib.Z_BLOCK]))
        out += z.flush(zlib.Z_SYNC_FLUSH)
        if not out.endswith(TAIL):	# nothing was left to flush
            out += b"\0" + TAIL
        yield out[:-4] or b"\0"


def zlib_unpacks(messages, bits, keep):
    z = zlib.decompressobj(-bits)
    for m in messages:
        yield z.decompress(m + TAIL)
        if z.unused_data or z.unconsumed_tail:
            sys.exit("zlib found an end")
        if not keep:
            z = zlib.decompressobj(-bits)


def same(got, expected, what):
    if got != expected:
        sys.exit(f"not the same: {what}")


def unpack():
    rnd = random.Random(1951)
    messages = list(texts(rnd))
    kinds = [(level, 0) for level in (0, 1, 6, 9)] + \
        [(6, s) for s in (zlib.Z_FIXED, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE)]
    tried = 0
    for bits in range(9, 16):
        for keep in True, False:
            level, strategy = kinds[tried % len(kinds)]
            packed = framed(zlib_packs(messages, bits, keep, level, strategy,
                                       rnd))
            for manner in MANNERS:
                same(run("unpack", bits, "keep" if keep else "drop", manner,
                         data=packed), (0, framed(messages), ""),
                     f"{bits} bits, {keep}, level {level}, {manner}")
            tried += 1


def pack():
    rnd = random.Random(1952)
    messages = list(texts(rnd))
    for bits in range(8, 16):
        for keep in "keep", "drop":
            for manner in MANNERS:
                if manner == "bytes":
                    some = [m for m in messages if len(m) < 5000]
                else:
                    some = messages
                status, packed, said = run("pack", bits, keep, manner,
                                           data=framed(some))
                what = f"{bits} bits, {keep}, {manner}"
                same((status, said), (0, ""), what)
                # zlib has no window of 8 bits that is raw.
                got = list(zlib_unpacks(split(packed), max(9, bits),
                                        keep == "keep"))
                same(got, some, what)
                same(run("unpack", bits, keep, "whole", data=packed),
                     (0, framed(some), ""), what)


def verdict(data):
    """What zlib makes of it, and whether it finds it wrong."""
    z, out = zlib.decompressobj(-15), b""
    try:
        for b in data:
            out += z.decompress(bytes([b]))
    except zlib.error:
        return out, True
    return out, False


def rubbish():
    """Packed messages with some bits turned over."""
    rnd = random.Random(1953)
    text = b" ".join(b"%d" % rnd.randrange(1000) for _ in range(400))
    wrong = 0
    for i in range(1500):
        z = zlib.compressobj(rnd.choice([0, 1, 9]), zlib.DEFLATED, -15, 9,
                             rnd.choice([0, zlib.Z_FIXED]))
        data = bytearray(z.compress(text[i:i + 200 + i % 900]) +
                         z.flush(zlib.Z_SYNC_FLUSH))
        for _ in range(rnd.randrange(1, 4)):
            data[rnd.randrange(rnd.choice([12, len(data) - 4]))] ^= \
                1 << rnd.randrange(8)
        expected, is_wrong = verdict(bytes(data))
        status, _, said = run("unpack", 15, "keep", MANNERS[i % 5],
                              data=framed([bytes(data[:-4])]))
        if is_wrong:
            wrong += 1
            same((status, said != ""), (2, True), f"case {i}: {data.hex()}")
        elif status == 0 and zlib.decompressobj(-15).decompress(data) != \
                next(split(run("unpack", 15, "keep", "whole",
                               data=framed([bytes(data[:-4])]))[1])):
            sys.exit(f"case {i}: {data.hex()}")
    if wrong < 500:
        sys.exit(f"only {wrong} were wrong")


{"unpack": unpack, "pack": pack, "rubbish": rubbish}[TEST]()
