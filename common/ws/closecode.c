/* Close codes and the payload of a Close frame (RFC 6455, 5.5.1 and 7.4). */
#include <string.h>

#include "code/bits.h"
#include "code/utf8.h"
#include "ws/closecode.h"

bool
ws_close_code_valid(unsigned code)
{
	switch (code) {
	case 1004:	/* reserved */
	case 1005:	/* local only, as is 1006 */
	case 1006:
		return false;
	default:
		/* 1012 to 1014 were registered after the RFC; 1015 is local. */
		return (code >= 1000 && code <= 1014) ||
		    (code >= 3000 && code <= 4999);
	}
}

enum ws_close_result
ws_close_decode(const uint8_t *payload, size_t len, unsigned *code)
{
	struct ws_utf8 utf8 = { 0 };
	unsigned value;

	if (len == 0) {
		*code = WS_CLOSE_NONE;
		return WS_CLOSE_OK;
	}
	if (len == 1)
		return WS_CLOSE_ONE_BYTE;
	value = load_net16(payload);
	if (!ws_close_code_valid(value))
		return WS_CLOSE_BAD_CODE;
	if (ws_utf8_check(&utf8, payload + 2, len - 2) != len - 2 ||
	    !ws_utf8_complete(&utf8))
		return WS_CLOSE_BAD_REASON;
	*code = value;
	return WS_CLOSE_OK;
}

size_t
ws_close_encode(uint8_t *payload, unsigned code, const uint8_t *reason,
    size_t len)
{
	if (code == WS_CLOSE_NONE)
		return 0;
	payload[0] = (uint8_t)(code >> 8);
	payload[1] = (uint8_t)code;
	if (len > 0)
		memcpy(payload + 2, reason, len);
	return 2 + len;
}

const char *
ws_close_meaning(unsigned code)
{
	static const struct {
		unsigned code;
		const char *meaning;
	} meanings[] = {
		{ 1000, "normal closure" }, { 1001, "going away" },
		{ 1002, "protocol error" }, { 1003, "unsupported data" },
		{ 1007, "invalid payload data" }, { 1008, "policy violation" },
		{ 1009, "message too big" }, { 1010, "missing extension" },
		{ 1011, "internal error" }, { 1012, "service restart" },
		{ 1013, "try again later" }, { 1014, "bad gateway" },
		{ 3000, "unauthorized" }, { 3003, "forbidden" },
		{ 3008, "timeout" }
	};
	size_t i;

	for (i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
		if (meanings[i].code == code)
			return meanings[i].meaning;
	return NULL;
}

void
ws_close_put_words(struct text *t, unsigned code, const uint8_t *reason,
    size_t len)
{
	const char *meaning = ws_close_meaning(code);
	struct slice s = { (const char *)reason, len };

	text_put_number(t, code);
	if (meaning != NULL) {
		text_puts(t, ", ");
		text_puts(t, meaning);
	}
	if (len == 0)
		return;
	text_puts(t, " \"");
	text_put_escaped(t, s);
	text_puts(t, "\"");
}

int
ws_close_exit_status(unsigned code)
{
	if (code == WS_CLOSE_NONE || code <= 1001)
		return 0;
	if (code <= 1015)
		return (int)code - 1000;
	return code < 4000 ? 30 : 40;
}
