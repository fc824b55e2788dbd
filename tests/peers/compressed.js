/* compressed.js client URL OPTIONS - node's ws with these options of
 * perMessageDeflate: messages of all sizes come back. */
const { WebSocket } = require("ws");
const { randomBytes } = require("crypto");
const [, , , url, options] = process.argv;

const messages = ["", "z".repeat(300000), randomBytes(70000)];
for (let i = 0; i < 200; i++)
	messages.push(JSON.stringify({ id: i, method: "Page.frame" + i % 7,
	    x: "y".repeat(i * i % 3000) }));
let got = 0;

function end(words, status) {
	console.log(words);
	process.exit(status);
}

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
