/* compressed.js client URL OPTIONS | server OPTIONS ... - node's ws with these
 * options of perMessageDeflate: messages of all sizes come back.  There is a
 * server for each OPTIONS; they print their ports, and echo until they are
 * ended. */
const { WebSocket, WebSocketServer } = require("ws");
const { randomBytes } = require("crypto");
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
else
	Promise.all(words.map(listening)).then(ports =>
	    console.log(ports.join(" ")));
