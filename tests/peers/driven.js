#!/usr/bin/env node
'use strict';
// driven.js URL AGENT - node's ws as a client that Autobahn's URLs drive

const WebSocket = require('ws');
const [, , url, agent] = process.argv;

function open(path, message, closed) {
	const ws = new WebSocket(url + path);
	ws.on('message', (data, binary) => message(ws, data, binary));
	ws.on('close', closed);
	ws.on('error', () => {});	// "close" follows
}

function run(number, count) {
	if (number > count) {
		open('/updateReports?agent=' + agent, () => {}, () => {});
		return;
	}
	open('/runCase?case=' + number + '&agent=' + agent,
	    (ws, data, binary) => ws.send(data, { binary }),
	    () => run(number + 1, count));
}

let count = 0;
open('/getCaseCount', (ws, data) => { count = Number(data); },
    () => run(1, count));
