/* JSON: what is read is written to what is read the same; any message makes
 * the journey. */
#include <stdlib.h>
#include <string.h>

#include "code/base64.h"
#include "code/utf8.h"
#include "fuzz.h"
#include "ws/closecode.h"
#include "ws/json.h"

static void
put_data(struct text *t, const uint8_t *p, size_t len, bool base64)
{
	char *encoded;

	if (!base64) {
		ws_json_put_text(t, p, len);
		return;
	}
	encoded = malloc(WS_BASE64_LEN(len) + 1);
	CHECK(encoded != NULL);
	ws_base64_encode(encoded, p, len, WS_SIMD_NONE);
	text_put(t, encoded, WS_BASE64_LEN(len));
	free(encoded);
}

/* As ws-deframe -j writes it. */
static void
check_journey(uint8_t opcode, unsigned code, const uint8_t *p, size_t len)
{
	size_t size = 6 * len + 256;
	char *buf = malloc(size);
	struct text t = { buf, size, 0, false };
	struct ws_utf8 u = { 0, 0, 0 };
	bool is_text = ws_utf8_check(&u, p, len) == len &&
	    ws_utf8_complete(&u);
	struct ws_json j;
	struct ws_frameline_fault fault;

	CHECK(buf != NULL);
	if (opcode == WS_CLOSE) {
		ws_json_put_close(&t, code, p, len);
	} else {
		bool base64 = opcode == WS_BINARY || !is_text;

		ws_json_put_start(&t, opcode, base64);
		put_data(&t, p, len, base64);
		ws_json_put_end(&t);
	}
	CHECK(!t.full && t.len > 0 && buf[t.len - 1] == '\n');
	CHECK(memchr(buf, '\n', t.len - 1) == NULL);
	CHECK(ws_json_parse(&j, &fault, buf, t.len - 1));
	CHECK(j.opcode == opcode && j.len == len);
	CHECK(opcode != WS_CLOSE || j.code == code);
	CHECK(len == 0 || memcmp(j.payload, p, len) == 0);
	free(buf);
}

void
fuzz(struct input in)
{
	char *line = (char *)copy_bytes(in.p, in.len);
	struct ws_json j;
	struct ws_frameline_fault fault;
	struct ws_utf8 u = { 0, 0, 0 };

	if (ws_json_parse(&j, &fault, line, in.len)) {
		CHECK(j.opcode != WS_CLOSE || j.code == WS_CLOSE_NONE ||
		    ws_close_code_valid(j.code));
		CHECK(j.opcode != WS_CLOSE || j.len <= WS_REASON_MAX);
		check_journey(j.opcode, j.opcode == WS_CLOSE ? j.code : 0,
		    j.payload, j.len);
	} else {
		CHECK(fault.column >= 1 && fault.column <= in.len + 1);
		CHECK(strlen(fault.expected) > 0);
	}
	check_journey(WS_BINARY, 0, in.p, in.len);
	if (in.len <= WS_CONTROL_MAX)
		check_journey(WS_PING, 0, in.p, in.len);
	if (ws_utf8_check(&u, in.p, in.len) == in.len && ws_utf8_complete(&u))
		check_journey(WS_TEXT, 0, in.p, in.len);
	free(line);
}
