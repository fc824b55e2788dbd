# tlsproxy.py COUNT: an HTTP proxy; CONNECT NAME:N leads, whatever the name, to
# a server of TLS here that has certificate N.pem and shows it to everybody.
# Prints its port; the file "names" gets what the clients sent as SNI.
import socket, ssl, sys, threading

contexts = {}
for n in range(1, int(sys.argv[1]) + 1):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("%d.pem" % n, "leaf.key")
    context.sni_callback = lambda s, name, c: print(name, file=names, flush=True)
    contexts[n] = context
names = open("names", "w")
listener = socket.create_server(("127.0.0.1", 0), backlog=64)
print(listener.getsockname()[1], flush=True)


def serve(s):
    head = b""
    while b"\r\n\r\n" not in head:
        head += s.recv(1) or exit()
    n = int(head.split()[1].rsplit(b":", 1)[1])
    s.sendall(b"HTTP/1.1 200 x\r\n\r\n")
    s.settimeout(20)
    try:
        s = contexts[n].wrap_socket(s, server_side=True)
        s.recv(1000)
        s.sendall(b"HTTP/1.1 200 x\r\nContent-Length: 0\r\n\r\n")
        s.unwrap()
    except OSError:
        pass
    s.close()


while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
