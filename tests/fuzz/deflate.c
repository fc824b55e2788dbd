/* Compression: what is packed is unpacked to the same, whatever it is, in any
 * window, with calls taken back and windows forgotten. */
#include <stdlib.h>
#include <string.h>

#include "code/deflate.h"
#include "code/inflate.h"
#include "fuzz.h"

static struct ws_deflate d;
static struct ws_inflate z;

/* A message, or a piece of it, some of it again and again. */
static uint8_t *
make_text(struct input part, size_t times, size_t *len)
{
	uint8_t *text = malloc(part.len * times + 1);
	size_t i;

	CHECK(text != NULL);
	for (i = 0; i < times; i++)
		memcpy(text + i * part.len, part.p, part.len);
	*len = part.len * times;
	return text;
}

static void
unpack(const uint8_t *p, size_t len, const uint8_t *text, size_t text_len)
{
	enum ws_inflate_status status;
	size_t used;

	do {
		uint8_t *copy = copy_bytes(p, len);

		status = ws_inflate(&z, copy, len, &used);
		free(copy);
		CHECK(status != WS_INFLATE_WRONG);
		CHECK(z.data_len <= text_len);
		CHECK(z.data_len == 0 ||
		    memcmp(z.data, text, z.data_len) == 0);
		p += used;
		len -= used;
		text += z.data_len;
		text_len -= z.data_len;
	} while (status == WS_INFLATE_FULL);
	CHECK(text_len == 0 && len == 0);
}

void
fuzz(struct input in)
{
	unsigned window_bits = 8 + take_byte(&in) % 8;

	ws_deflate_init(&d, window_bits);
	ws_inflate_init(&z, window_bits);
	while (in.len > 0) {
		uint8_t how = take_byte(&in);
		bool ends = (how & 1) != 0;
		size_t n = take_number(&in, 400), len, packed;
		struct input part = { in.p, n < in.len ? n : in.len };
		uint8_t *text = make_text(part, part.len < 160 ?
		    1 + (how >> 4) * 27U : 1, &len), *out;

		in.p += part.len;
		in.len -= part.len;
		out = malloc(len + WS_DEFLATE_MORE);
		CHECK(out != NULL);
		packed = ws_deflate(&d, text, len, out, ends);
		CHECK(packed <= len + WS_DEFLATE_MORE);
		if (how & 2)
			ws_deflate_undo(&d);
		else {
			unpack(out, packed, text, len);
			CHECK(!ends || ws_inflate_end_message(&z));
		}
		if (how & 4) {
			ws_deflate_forget(&d);
			ws_inflate_forget(&z);
		}
		free(out);
		free(text);
	}
}
