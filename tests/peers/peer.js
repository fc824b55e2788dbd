#!/usr/bin/env node
'use strict';
// peer.js - the npm package ws as a client and as a server
//
//	peer.js serve			prints its port, serves until SIGTERM
//	peer.js talk URL		checks an echo server that keeps messages
//	peer.js receive URL [TEXT ...]	sends texts, prints what comes and the Close
//
// Paths of the server: as in peer.py.

const crypto = require('crypto');
const http = require('http');
const WebSocket = require('ws');

const MiB = 1 << 20;

function fail(what) {
	console.error('peer.js: ' + what);
	process.exit(1);
}

function serveOne(ws, path) {
	const words = path.split('/').slice(1);
	const closing = () => ws.close(Number(words[1]), words[2]);
	let sum = crypto.createHash('sha256');
	switch (words[0]) {
	case 'echo':
		ws.on('message', (data, binary) => ws.send(data, { binary }));
		ws.on('error', () => {});	// it has sent its Close
		break;
	case 'close':
		closing();
		break;
	case 'late':
		ws.once('message', closing);
		break;
	case 'drop':		// Close, and no connection any more
		ws.once('message', () => {
			closing();
			ws.terminate();
		});
		break;
	case 'abort':
		ws.once('message', () => ws.terminate());
		break;
	case 'ping': {
		let n = 0;
		ws.on('pong', (data) => {
			if (data.toString() !== 'ping ' + n)
				ws.close(4000, 'wrong pong');
			else if (++n === 3)
				ws.send('three pongs', () => ws.close(1000));
			else
				ws.ping('ping ' + n);
		});
		ws.ping('ping 0');
		break;
	}
	case 'fragments':
		ws.send('frag', { fin: false });
		ws.send('', { fin: false });
		ws.send('ment', { fin: true });
		ws.send(Buffer.from([0, 1]), { fin: false });
		ws.send(Buffer.from([2]), { fin: true });
		ws.close(1001, 'done');
		break;
	case 'big': {
		const bytes = Buffer.alloc(16 * MiB);
		for (let i = 0; i < bytes.length; i++)
			bytes[i] = i & 255;
		ws.send(bytes);
		ws.close(1000);
		break;
	}
	case 'count':
		for (let i = 1; i <= 5; i++)
			ws.send('number ' + i);
		ws.on('close', (code) => console.log('closed ' + code));
		break;
	case 'sum':
		ws.on('message', (data, binary) => {
			if (!binary && data.toString() === 'END')
				ws.send(sum.digest('hex'));
			else
				sum.update(data);
		});
		break;
	default:	// mute
	}
}

function serve() {
	const server = http.createServer();
	const sockets = new WebSocket.Server({ noServer: true, maxPayload: 0 });
	server.on('upgrade', (request, socket, head) => {
		const words = request.url.split('/');
		if (words[1] === 'refuse') {
			socket.end('HTTP/1.1 ' + words[2] + ' No\r\n' +
			    'Connection: close\r\nContent-Length: 3\r\n\r\nno\n');
			return;
		}
		sockets.handleUpgrade(request, socket, head,
		    (ws) => serveOne(ws, request.url));
	});
	server.listen(0, '127.0.0.1', () => console.log(server.address().port));
	process.on('SIGTERM', () => process.exit(0));
}

// A promise of the next event of that name, of its arguments.
function next(ws, name, seconds) {
	return new Promise((done) => {
		const timer = setTimeout(() => fail('no ' + name), seconds * 1000);
		ws.once(name, (...args) => {
			clearTimeout(timer);
			done(args);
		});
	});
}

async function open(url) {
	const ws = new WebSocket(url, { maxPayload: 0 });
	ws.on('error', (error) => fail(error.message));
	await next(ws, 'open', 10);
	return ws;
}

async function same(ws, data) {
	const came = next(ws, 'message', 30);
	ws.send(data);
	const [got, binary] = await came;
	if (binary !== Buffer.isBuffer(data) || !got.equals(Buffer.from(data)))
		fail('echo of ' + data.length + ' differs');
}

async function talk(url) {
	let ws = await open(url);
	const bytes = Buffer.alloc(16 * MiB);
	for (let i = 0; i < bytes.length; i++)
		bytes[i] = i & 255;
	await same(ws, 'Hell\u00f6 \u20ac \u{1d11e}');
	await same(ws, '');
	await same(ws, Buffer.alloc(0));
	await same(ws, bytes.subarray(0, 256));
	await same(ws, 'x'.repeat(MiB));
	await same(ws, bytes);
	let came = next(ws, 'message', 5);
	ws.send('frag', { fin: false });
	ws.send('', { fin: false });
	ws.send('ment', { fin: true });
	if ((await came)[0].toString() !== 'fragment')
		fail('echo of fragments differs');
	came = next(ws, 'pong', 5);
	ws.ping(Buffer.from([0, 255, 32]));
	if (!(await came)[0].equals(Buffer.from([0, 255, 32])))
		fail('pong differs');
	came = next(ws, 'close', 5);
	ws.close(4001, 'good bye');
	if ((await came)[0] !== 4001)
		fail('Close ' + (await came)[0] + ' for 4001');
	ws = await open(url);
	came = next(ws, 'close', 5);
	ws.close();
	const code = (await came)[0];
	if (code !== 1005 && code !== 1000)
		fail('Close ' + code + ' for an empty one');
	console.log('fine');
}

async function receive(url, ...texts) {
	const ws = new WebSocket(url, { maxPayload: 0 });
	ws.on('error', (error) => fail(error.message));
	ws.on('message', (data, binary) => console.log(binary ?
	    'binary ' + data.toString('hex') : 'text ' + data.toString()));
	ws.on('open', () => texts.forEach((text) => ws.send(text)));
	const [code, reason] = await next(ws, 'close', 20);
	console.log('close ' + code + ' ' + reason.toString());
}

const verb = { serve, talk, receive }[process.argv[2]];
if (verb === undefined) {
	console.error('usage: peer.js serve | talk url | receive url [text ...]');
	process.exit(100);
}
verb(...process.argv.slice(3));
