/* Why a server refuses a request, with what status and in what words. */
#include "http/refusal.h"

static const struct {
	int status;
	const char *text;
} refusals[] = {
	[WS_ACCEPTED] = { 101, "accepted" },
	[WS_REQUEST_LINE_TOO_LONG] = { 414,
	    "request line of more than 16384 bytes (RFC 9110, 15.5.15)" },
	[WS_REQUEST_TOO_LARGE] = { 431,
	    "request head of more than 65536 bytes (RFC 6585, 5)" },
	[WS_REQUEST_TOO_LATE] = { 408,
	    "no complete request in time (RFC 9110, 15.5.9)" },
	[WS_SHUTTING_DOWN] = { 503, "the server ends (RFC 9110, 15.6.4)" },
	[WS_TOO_MANY_SESSIONS] = { 429,
	    "too many sessions from one address (RFC 6585, 4)" },
	[WS_REQUEST_INCOMPLETE] = { 400,
	    "input ends inside the request head (RFC 9112, 8)" },
	[WS_REQUEST_LINE_MALFORMED] = { 400,
	    "malformed request line (RFC 9112, 3)" },
	[WS_REQUEST_TLS] = { 400,
	    "request looks like TLS: wss:// to a port without "
	    "(RFC 8446, 5.1)" },
	[WS_HTTP_VERSION] = { 505, "not HTTP/1 (RFC 9110, 15.6.6)" },
	[WS_TOO_MANY_FIELDS] = { 431, NULL },
	[WS_FIELDS_MALFORMED] = { 400, NULL },
	[WS_TARGET_MALFORMED] = { 400,
	    "malformed request target (RFC 9112, 3.2)" },
	[WS_HOST_MALFORMED] = { 400,
	    "not exactly one well-formed Host field (RFC 9112, 3.2)" },
	[WS_METHOD] = { 405, "method is not GET (RFC 6455, 4.1)" },
	[WS_TARGET_FORM] = { 400,
	    "request target is no path and no http or ws URL (RFC 9112, 3.2)" },
	[WS_HTTP_1_0] = { 426, "HTTP/1.0 knows no upgrade (RFC 9110, 7.8)" },
	[WS_HAS_BODY] = { 400, "request with content (RFC 9110, 7.8)" },
	[WS_NO_UPGRADE] = { 426,
	    "no upgrade to websocket asked for (RFC 6455, 4.2.1)" },
	[WS_NO_OTHER_UPGRADE] = { 426,
	    "no upgrade to the protocol of -G asked for (RFC 9110, 7.8)" },
	[WS_NO_CONNECTION_UPGRADE] = { 400,
	    "Connection field without Upgrade (RFC 6455, 4.2.1)" },
	[WS_VERSION_MALFORMED] = { 400,
	    "not exactly one Sec-WebSocket-Version of 0 to 255 "
	    "(RFC 6455, 4.3)" },
	[WS_VERSION_UNKNOWN] = { 426,
	    "Sec-WebSocket-Version is not 13 (RFC 6455, 4.4)" },
	[WS_KEY_MALFORMED] = { 400,
	    "not exactly one Sec-WebSocket-Key of 16 bytes "
	    "(RFC 6455, 4.2.1)" },
	[WS_SUBPROTOCOL_MALFORMED] = { 400,
	    "Sec-WebSocket-Protocol is no list of unique tokens "
	    "(RFC 6455, 4.1)" },
	[WS_EXTENSION_MALFORMED] = { 400,
	    "malformed Sec-WebSocket-Extensions (RFC 6455, 9.1)" },
	[WS_HOST_REFUSED] = { 421,
	    "Host is none that is served here: -S names those that are "
	    "(RFC 9110, 7.4)" },
	[WS_ORIGIN_TWICE] = { 400,
	    "more than one Origin field (RFC 6454, 7.3)" },
	[WS_CREDENTIALS_REFUSED] = { 401,
	    "credentials are missing or wrong (RFC 9110, 15.5.2)" },
	[WS_PATH_REFUSED] = { 404, "path not served (RFC 6455, 4.2.2)" },
	[WS_ORIGIN_REFUSED] = { 403, "Origin not allowed (RFC 6455, 10.2)" },
	[WS_HIXIE_ORIGIN] = { 400,
	    "not exactly one well-formed Origin (hixie-76, 5.2)" },
	[WS_HIXIE_KEYS] = { 400,
	    "not two keys with a number each (hixie-76, 5.2)" },
	[WS_PROXYPROTO_MALFORMED] = { 400, "no PROXY protocol header" },
	[WS_GATE_CREDENTIALS] = { 401, "the gate asks for credentials" },
	[WS_GATE_FORBIDDEN] = { 403, "the gate says no" },
	[WS_GATE_NOT_FOUND] = { 404, "the gate knows no such resource" },
	[WS_GATE_UNAVAILABLE] = { 503, "the gate does not work" },
	[WS_GATE_LATE] = { 503, "the gate does not answer in time" },
	[WS_GATE_FIELDS] = { 503,
	    "the gate prints what is no header field of its own" }
};

_Static_assert(sizeof refusals / sizeof refusals[0] == WS_GATE_FIELDS + 1,
    "each refusal has its status and sentence");

int
ws_refusal_status(enum ws_refusal refusal)
{
	return refusals[refusal].status;
}

const char *
ws_refusal_text(enum ws_refusal refusal, enum http_fault fault)
{
	if (refusals[refusal].text == NULL)
		return http_fault_text(fault);
	return refusals[refusal].text;
}
