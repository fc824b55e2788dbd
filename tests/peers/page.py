#!/usr/bin/python3
"""page.py - serves a page that uses WebSockets, and prints what it reports

The first line on standard output is the port; then come the lines that the
page posts.  The page's query tells the ports of the servers to talk to.
"""

import http.server
import signal
import sys

PAGE = """<!DOCTYPE html>
<title>ws-filters</title>
<script>
"use strict";
const ports = new URLSearchParams(location.search);
let lines = Promise.resolve();
function report(line) {
	lines = lines.then(() => fetch("/report", { method: "POST", body: line }));
	return lines;
}
function socket(name, ...protocols) {
	const scheme = ports.has("secure") ? "wss" : "ws";
	const ws = new WebSocket(scheme + "://127.0.0.1:" + ports.get(name) + "/",
	    protocols);
	ws.binaryType = "arraybuffer";
	return ws;
}
function next(ws) {
	return new Promise((done) => {
		ws.onmessage = (event) => done(event.data);
	});
}
function closed(ws, name) {
	return new Promise((done) => {
		ws.onclose = (event) => {
			report(name + " close " + event.code + " " + event.reason +
			    " clean=" + event.wasClean);
			done();
		};
	});
}
async function echo(ws, name, data) {
	const came = next(ws);
	ws.send(data);
	const got = await came;
	const list = (x) => Array.from(new Uint8Array(x)).join();
	const same = typeof data === "string" ? got === data :
	    list(got) === list(data.buffer);
	report("echo " + name + (same ? " same" : " differs"));
}
// As the proxies in browsers of 2012 did: from one WebSocket to another.
async function relay(name, ...protocols) {
	const pair = [socket(name, ...protocols), socket("bridge", ...protocols)];
	const kinds = new Set();
	const early = [];
	pair.forEach((ws, i) => {
		const other = pair[1 - i];
		ws.onmessage = (event) => {
			kinds.add(typeof event.data);
			if (other.readyState === WebSocket.CONNECTING)
				early.push(event.data);
			else
				other.send(event.data);
		};
		other.onopen = () => early.splice(0).forEach((data) => other.send(data));
	});
	await Promise.all(pair.map((ws, i) => new Promise((done) => {
		ws.onclose = () => {
			pair[1 - i].close();
			done();
		};
	})));
	report(name + " protocol=" + pair.map((ws) => ws.protocol) + " carried " +
	    Array.from(kinds));
}
async function run() {
	if (ports.has("bridge")) {
		await relay("text", "base64");
		await relay("binary");
		await report("done");
		return;
	}
	if (ports.has("head")) {
		await closed(socket("head", "x", "chat.v2"), "head");
		await report("done");
		return;
	}
	let ws = socket("echo", "x", "chat.v2");
	const end = closed(ws, "echo");
	await new Promise((done) => { ws.onopen = done; });
	report("echo open protocol=" + ws.protocol + " extensions=" + ws.extensions);
	await echo(ws, "text", "Hell\\u00f6 \\u20ac \\u{1d11e}");
	await echo(ws, "binary", Uint8Array.from({ length: 256 }, (_, i) => i));
	await echo(ws, "large", "x".repeat(1 << 20));
	await echo(ws, "empty", "");
	ws.close(4321, "good bye");
	await end;
	ws = socket("bye");
	ws.onmessage = (event) => report("bye message " +
	    (typeof event.data === "string" ? "text " + event.data : "binary"));
	await closed(ws, "bye");
	await closed(socket("closed"), "closed");
	await report("done");
}
run().catch((error) => report("error " + error).then(() => report("done")));
</script>
"""


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, body, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(PAGE.encode(), "text/html; charset=utf-8")

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        line = self.rfile.read(length).decode("utf-8", "replace")
        print(line, flush=True)
        self.answer(b"", "text/plain")

    def log_message(self, *args):
        pass


signal.signal(signal.SIGTERM, lambda *args: sys.exit(0))
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_address[1], flush=True)
server.serve_forever()
