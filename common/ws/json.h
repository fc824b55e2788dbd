/* Messages as JSON objects, one a line (RFC 8259):
 *
 *	{"type":"text","data":"..."}
 *	{"type":"binary","data":"BASE64"}
 *	{"type":"ping","data":"..."} or {"type":"ping","base64":"BASE64"}
 *	{"type":"pong", the same}
 *	{"type":"close","code":1000,"reason":"..."}
 *
 * Pure. */
#ifndef WS_JSON_H
#define WS_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "code/text.h"
#include "ws/frameline.h"

/* What an object says.  Its opcode is WS_TEXT, WS_BINARY, WS_PING, WS_PONG or
 * WS_CLOSE. */
struct ws_json {
	uint8_t opcode;
	unsigned code;			/* of a Close; WS_CLOSE_NONE if none */
	uint8_t *payload;		/* the reason of a Close */
	size_t len;
};

/* Reads an object from len bytes, strictly; strings are decoded in place, so
 * the line is spoiled.  Members that are not known are passed over.  False,
 * with the fault set, if it is not one of the above. */
bool ws_json_parse(struct ws_json *, struct ws_frameline_fault *, char *line,
    size_t len);

/* Appends everything before the payload of a message or of a ping or pong;
 * as_base64 says how that will be written. */
void ws_json_put_start(struct text *, uint8_t opcode, bool as_base64);

/* Appends text as part of a JSON string, without quotes: at most 6 * len
 * bytes. */
void ws_json_put_text(struct text *, const uint8_t *text, size_t len);

/* Appends the end of what ws_json_put_start began. */
void ws_json_put_end(struct text *);

/* Appends a whole object for a Close with that code, which WS_CLOSE_NONE
 * leaves out, and reason. */
void ws_json_put_close(struct text *, unsigned code, const uint8_t *reason,
    size_t len);

#endif
