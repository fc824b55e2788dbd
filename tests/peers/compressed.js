/* compressed.js client URL OPTIONS | server OPTIONS ... | base64 URL FILE - node's
 * ws with these options of perMessageDeflate: messages of all sizes come back.
 * There is a server for each OPTIONS; they print their ports, and echo until they
 * are ended.  With base64, FILE comes back in messages of that. */
const { WebSocket, WebSocketServer } = require("ws");
const { randomBytes } = require("crypto");
const { readFileSync } = require("fs");
const [, , role, ...words] = process.argv;

function end(words, status) {
	console.log(words);
	process.exit(status);
}

function client(url, options) {
	const messages = ["", "z".repeat(300000), randomBytes(70000)];
	for (let i = 0; i < 200; i++)
		messages.push(JSON.stringify({ id: i, x: "y".repeat(i * i % 3000),
		    method: "Page.frame" + i % 7 }));
	let got = 0;
	const ws = new WebSocket(url, { perMessageDeflate: JSON.parse(options) });
	ws.on("open", () => messages.forEach(m => ws.send(m)));
	ws.on("message", data => {
		if (!Buffer.from(messages[got++]).equals(data))
			end("not the same: " + (got - 1), 1);
		if (got === messages.length)
			ws.close(1000);
	});
	ws.on("close", code => code === 1000 && got === messages.length ?
	    end("fine " + ws.extensions, 0) : end("closed with " + code, 1));
	ws.on("error", e => end(e.message, 1));
}

function base64(url, file) {
	const data = readFileSync(file);
	const ws = new WebSocket(url, "base64");
	const got = [];
	let missing = data.length;
	ws.on("open", () => {
		for (let i = 0; i < data.length; i += 10000)
			ws.send(data.subarray(i, i + 10000).toString("base64"));
	});
	ws.on("message", m => {
		got.push(Buffer.from(m.toString(), "base64"));
		missing -= got[got.length - 1].length;
		if (missing <= 0)
			ws.close(1000);
	});
	ws.on("close", () => Buffer.concat(got).equals(data) ?
	    end("fine " + ws.extensions, 0) : end("not the same", 1));
	ws.on("error", e => end(e.message, 1));
}

function listening(options) {
	const server = new WebSocketServer({ host: "127.0.0.1", port: 0,
	    perMessageDeflate: JSON.parse(options) });
	server.on("connection", ws => {
		if (ws.extensions !== "permessage-deflate")
			ws.close(1008, "not compressed");
		ws.on("message", (data, binary) => ws.send(data, { binary }));
	});
	return new Promise(done =>
	    server.on("listening", () => done(server.address().port)));
}

if (role === "client")
	client(...words);
else if (role === "base64")
	base64(...words);
else
	Promise.all(words.map(listening)).then(ports =>
	    console.log(ports.join(" ")));
