"""A client of SOCKS, as tor is one.

socks.py PORT HOST HOST-PORT [ARGUMENTS]

Asks the server of SOCKS 5 on PORT of the loopback address for a connection, then
joins it to standard input and output.  When it is refused the line "reply N"
tells so, and the status is 1.
"""
import os
import socket
import sys
import threading


def read(s, n):
    data = b''
    while len(data) < n:
        more = s.recv(n - len(data))
        if not more:
            sys.exit('the connection ended after ' + data.hex())
        data += more
    return data


def destination(host, port):
    for family, kind in (socket.AF_INET, b'\1'), (socket.AF_INET6, b'\4'):
        try:
            return kind + socket.inet_pton(family, host) + port
        except OSError:
            pass
    name = host.encode()
    return b'\3' + bytes([len(name)]) + name + port


def ask(s, host, port, arguments):
    if arguments:
        first, rest = arguments[:255], arguments[255:] or b'\0'
        s.sendall(b'\5\2\0\2')
        assert read(s, 2) == b'\5\2'
        s.sendall(b'\1' + bytes([len(first)]) + first +
                  bytes([len(rest)]) + rest)
        assert read(s, 2) == b'\1\0'
    else:
        s.sendall(b'\5\1\0')
        assert read(s, 2) == b'\5\0'
    s.sendall(b'\5\1\0' + destination(host, port.to_bytes(2, 'big')))
    reply = read(s, 10)
    assert reply[:1] + reply[2:] == b'\5\0\1\0\0\0\0\0\0', reply
    return reply[1]


def send(s):
    while data := os.read(0, 1 << 16):
        s.sendall(data)
    s.shutdown(socket.SHUT_WR)


def main():
    s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
    reply = ask(s, sys.argv[2], int(sys.argv[3]),
                ''.join(sys.argv[4:]).encode())
    if reply:
        print('reply', reply)
        sys.exit(1)
    threading.Thread(target=send, args=(s,), daemon=True).start()
    while data := s.recv(1 << 16):
        sys.stdout.buffer.write(data)
        sys.stdout.flush()


main()
