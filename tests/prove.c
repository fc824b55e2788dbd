/* What tests/prove asks Frama-C's Eva about: for each input up to a length,
 * whatever its bytes are, the pure core reads and writes nothing outside of what
 * it was given, and nothing overflows, is divided by zero, shifted too far or
 * read before it was written.
 *
 * Each function is a proof.  A buffer has exactly the length that is handed
 * over, so that a byte more would be an alarm, and anything in it.
 *
 * Eva does not get through inflate.  It knows the bounds of each value, not how
 * values hang together, and what keeps Huffman's codes inside of their tables is
 * a sum over the lengths of all of them (Kraft's inequality); what keeps a match
 * inside of the buffer compares two values neither of which is bounded by
 * itself.  tests/deflate and the fuzz targets inflate and deflate try it,
 * sanitized and against zlib. */
#include <string.h>

#include <__fc_builtin.h>

#include "code/base64.h"
#include "code/ipaddress.h"
#include "code/text.h"
#include "code/utf8.h"
#include "http/url.h"
#include "net/proxyproto.h"
#include "net/socks.h"
#include "ws/closecode.h"
#include "ws/frame.h"
#include "ws/receiver.h"

/* How many bytes each is tried with. */
enum {
	MASKED = 40,
	CLOSED = 5,
	RECEIVED = 4,
	RECEIVED_LAX = 3,	/* each more takes ten times as long */
	CHARACTERS = 4,
	ENCODED = 9,
	DECODED = 16,
	PIECES = 6,
	ESCAPED = 3,
	PLAIN = 10,
	ADDRESS = 3,
	HOST = 4,
	URL = 3,
	LINE = 3,
	NAME = 16,
	ARGUMENTS = 4
};

enum { LONGEST = 288 };

/* bytes_END - N begins a buffer of N bytes. */
static uint8_t bytes[LONGEST];
#define BUFFER(n) (bytes + LONGEST - (n))

static uint8_t
byte(void)
{
	return (uint8_t)Frama_C_interval(0, 255);
}

static bool
either(void)
{
	return Frama_C_interval(0, 1) != 0;
}

/* The last len bytes of all become anything. */
static void
anything(size_t len)
{
	size_t i;

	for (i = LONGEST - len; i < LONGEST; i++)
		bytes[i] = byte();
}

static struct slice
slice_of_anything(size_t len)
{
	struct slice s = { (const char *)BUFFER(len), len };

	anything(len);
	return s;
}

/* The same behind a beginning that is known. */
static struct slice
slice_behind(const char *start, size_t known, size_t len)
{
	struct slice s = slice_of_anything(known + len);
	size_t i;

	for (i = 0; i < known; i++)
		BUFFER(known + len)[i] = (uint8_t)start[i];
	return s;
}

/* -- frames (RFC 6455, 5) -- */

void
headers(void)
{
	uint8_t out[WS_HEADER_MAX];
	struct ws_header h;
	size_t len;

	for (len = 0; len <= WS_HEADER_MAX; len++) {
		anything(len);
		ws_header_decode(&h, BUFFER(len), len);
		(void)ws_header_encode(out, &h);
	}
}

void
masking(void)
{
	uint8_t key[4] = { byte(), byte(), byte(), byte() };
	size_t len, offset;

	for (len = 0; len <= MASKED; len++)
		for (offset = 0; offset < 4; offset++) {
			anything(len);
			ws_mask(BUFFER(len), len, key, offset);
		}
	/* The long way. */
	for (len = 257; len <= 257 + 16; len++) {
		anything(len);
		ws_mask(BUFFER(len), len, key, 1);
	}
}

void
close_payloads(void)
{
	uint8_t out[WS_CONTROL_MAX];
	unsigned code;
	size_t len;

	for (len = 0; len <= CLOSED; len++) {
		anything(len);
		if (ws_close_decode(BUFFER(len), len, &code) == WS_CLOSE_OK)
			(void)ws_close_encode(out, code, BUFFER(len),
			    len < 2 ? 0 : len - 2);
	}
}

/* A stream of so many bytes, byte by byte, to whom it may come. */
static void
receive(bool lax, enum ws_masking masking, size_t len)
{
	struct ws_receiver r = { 0 };
	size_t n, used;

	r.lax = lax;
	r.masking = masking;
	r.message_max = 3;
	anything(len);
	for (n = 0; n < len; n += used) {
		enum ws_event event = ws_receive(&r, BUFFER(len - n), 1, &used);

		if (event == WS_VIOLATION && !lax)
			break;
	}
}

void
receiver_of_server(void)
{
	receive(false, WS_MASKING_REQUIRED, RECEIVED);
}

void
receiver_of_client(void)
{
	receive(false, WS_MASKING_FORBIDDEN, RECEIVED);
}

void
receiver_lax(void)
{
	receive(true, WS_MASKING_ANY, RECEIVED_LAX);
}

/* -- texts -- */

/* Cut in two, anywhere. */
void
utf8(void)
{
	size_t len, first;

	for (len = 0; len <= CHARACTERS; len++)
		for (first = 0; first <= len; first++) {
			struct ws_utf8 u = { 0 };
			uint8_t *text = BUFFER(len);

			anything(len);
			if (ws_utf8_check(&u, text, first) == first &&
			    ws_utf8_check(&u, text + first, len - first) ==
			    len - first)
				(void)ws_utf8_tail(&u, text, len);
		}
}

void
base64_encoding(void)
{
	static char out[WS_BASE64_LEN(ENCODED)];
	size_t len;

	for (len = 0; len <= ENCODED; len++) {
		anything(len);
		ws_base64_encode(out + sizeof out - WS_BASE64_LEN(len),
		    BUFFER(len), len, WS_SIMD_NONE);
	}
}

/* Whole, to another place and to its own. */
void
base64_decoding(void)
{
	static uint8_t out[DECODED / 4 * 3];
	size_t len, n;

	for (len = 0; len <= DECODED; len++) {
		anything(len);
		(void)ws_base64_decode(out + sizeof out - len / 4 * 3, &n,
		    (const char *)BUFFER(len), len, WS_SIMD_NONE);
		(void)ws_base64_decode(BUFFER(len), &n,
		    (const char *)BUFFER(len), len, WS_SIMD_NONE);
	}
}

/* In two pieces. */
void
base64_pieces(void)
{
	static uint8_t out[3 * (PIECES / 4 + 1)];
	size_t len, first, n;

	for (len = 0; len <= PIECES; len++)
		for (first = 0; first <= len; first++) {
			struct ws_base64_piece b = { 0 };
			const char *text = (const char *)BUFFER(len);
			size_t rest = len - first;

			anything(len);
			if (ws_base64_decode_piece(&b, out + sizeof out -
			    3 * (first / 4 + 1), &n, text, first, WS_SIMD_NONE))
				(void)ws_base64_decode_piece(&b, out +
				    sizeof out - 3 * (rest / 4 + 1), &n,
				    text + first, rest, WS_SIMD_NONE);
		}
}

/* Into buffers of every size. */
void
escapes(void)
{
	static char out[4 * ESCAPED + 1];
	size_t len, size;

	for (len = 0; len <= ESCAPED; len++)
		for (size = 1; size <= sizeof out; size++) {
			struct text t = { out + sizeof out - size, size, 0,
			    false };

			text_put_escaped(&t, slice_of_anything(len));
		}
}

void
plain_runs(void)
{
	size_t len;

	for (len = 0; len <= PLAIN; len++) {
		anything(len);
		(void)text_plain_run((const char *)BUFFER(len), len);
	}
}

/* -- names and addresses -- */

void
addresses(void)
{
	uint8_t out[16];
	size_t len;

	for (len = 0; len <= ADDRESS; len++) {
		(void)ip_read_v4(out, slice_of_anything(len));
		(void)ip_read_v6(out, slice_of_anything(len));
	}
}

void
hosts(void)
{
	size_t len;

	for (len = 0; len <= HOST; len++)
		(void)ws_check_host(slice_of_anything(len));
}

static void
urls_behind(const char *start)
{
	struct ws_url u;
	size_t len;

	for (len = 0; len <= URL; len++)
		(void)ws_url_parse(&u, slice_behind(start, strlen(start), len));
}

void
urls(void)
{
	urls_behind("");
	urls_behind("ws://");
	urls_behind("wss://a:");
	urls_behind("ws://[");
	urls_behind("ws://[::1%");
	urls_behind("ws://a/");
}

static void
proxyproto_behind(const char *start, size_t known, size_t most)
{
	struct ws_proxyproto p;
	size_t len, wanted;

	for (len = 0; len <= most; len++) {
		(void)slice_behind(start, known, len);
		(void)ws_proxyproto_read(&p, BUFFER(known + len), known + len,
		    &wanted);
	}
}

void
proxyproto_1(void)
{
	proxyproto_behind("", 0, LINE);
	proxyproto_behind("PROXY ", 6, LINE);
	proxyproto_behind("PROXY TCP4 ", 11, LINE);
	proxyproto_behind("PROXY TCP6 ", 11, LINE);
	proxyproto_behind("PROXY TCP6 ::1 ::2 ", 19, LINE);
}

void
proxyproto_2(void)
{
	proxyproto_behind("\r\n\r\n\0\r\nQUIT\n", 12, 4 + 2 * 16 + 4 + 3);
}

/* -- SOCKS: a step from each state that a request may stand in -- */

/* What holds between two calls.  That it holds of the first state, all zero, and
 * after each step from one of which it holds, shows it, and what Eva says of
 * the steps, for requests of any length. */
static bool
is_state_of_socks(const struct ws_socks *s)
{
	if (s->args_len > WS_SOCKS_ARGS_MAX)
		return false;
	switch (s->stage) {
	case WS_SOCKS_VERSION:
		return s->have == 0;
	case WS_SOCKS_4_HEAD:
		return s->want == 7 && s->have < s->want && s->args_len == 0;
	case WS_SOCKS_4_USER:
		return s->want == 1 && s->have == 0;
	case WS_SOCKS_4_NAME:
		return s->want == s->have + 1 && s->have <= WS_SOCKS_NAME_MAX;
	case WS_SOCKS_METHOD_COUNT:
	case WS_SOCKS_NAME_LEN:
		return s->want == 1 && s->have == 0;
	case WS_SOCKS_METHODS:
	case WS_SOCKS_AUTH_USER:
		return s->want <= 255 && s->have < s->want && s->args_len == 0;
	case WS_SOCKS_AUTH_HEAD:
		return s->want == 2 && s->have < s->want && s->args_len == 0;
	case WS_SOCKS_AUTH_PASSWORD_LEN:
		return s->want == 1 && s->have == 0 && s->args_len <= 255;
	case WS_SOCKS_AUTH_PASSWORD:
		return s->want <= 255 && s->have < s->want && s->args_len <= 255;
	case WS_SOCKS_HEAD:
		return s->want == 4 && s->have < s->want;
	case WS_SOCKS_ADDRESS:
		return s->want <= (s->type == WS_SOCKS_NAME ? 255 : 16) &&
		    s->have < s->want;
	case WS_SOCKS_PORT:
		return s->want == 2 && s->have < s->want;
	case WS_SOCKS_COMPLETE:
		break;
	}
	return true;
}

/* A byte more for such a state, whatever else is in it. */
static void
socks_step(enum ws_socks_stage stage, unsigned type, size_t args, size_t have,
    size_t want)
{
	uint8_t out[WS_SOCKS_REPLY_MAX];
	struct ws_socks s = { 0 };
	enum ws_socks_result result;
	size_t used;
	bool sound;

	anything(1);
	Frama_C_make_unknown((char *)s.piece, sizeof s.piece);
	Frama_C_make_unknown(s.args, sizeof s.args);
	s.version = either() ? WS_SOCKS4 : WS_SOCKS5;
	s.by_name = either();
	s.type = type;
	s.args_len = args;
	s.stage = stage;
	s.have = have;
	s.want = want;
	result = ws_socks_read(&s, BUFFER(1), 1, &used);
	(void)ws_socks_answer(&s, out, WS_SOCKS_FAILURE);
	sound = result == WS_SOCKS_WRONG || is_state_of_socks(&s);
	//@ check sound != 0;
}

/* The last byte of a name is followed by a look at all of it, so that not each
 * length has its turn: short ones, and the longest. */
static bool
is_tried(size_t len)
{
	return len <= NAME || len >= WS_SOCKS_NAME_MAX - 2;
}

/* Every place in a part that may have any length up to most: its last byte, or
 * one before it. */
static void
socks_part(enum ws_socks_stage stage, unsigned type, size_t args, size_t most)
{
	size_t have;

	for (have = 0; have < most; have++)
		if (type != WS_SOCKS_NAME || is_tried(have))
			socks_step(stage, type, args, have, have + 1);
	for (have = 0; have + 2 <= most; have++)
		socks_step(stage, type, args, have,
		    (size_t)Frama_C_interval((int)have + 2, (int)most));
}

void
socks_4(void)
{
	size_t args = (size_t)Frama_C_interval(0, WS_SOCKS_ARGS_MAX);
	size_t have;

	socks_step(WS_SOCKS_VERSION, 0, 0, 0, 0);
	for (have = 0; have < 7; have++)
		socks_step(WS_SOCKS_4_HEAD, 0, 0, have, 7);
	socks_step(WS_SOCKS_4_USER, WS_SOCKS_IPV4, args, 0, 1);
	for (have = 0; have <= WS_SOCKS_NAME_MAX; have++)
		if (is_tried(have))
			socks_step(WS_SOCKS_4_NAME, WS_SOCKS_IPV4, args, have,
			    have + 1);
}

void
socks_5_methods(void)
{
	socks_step(WS_SOCKS_METHOD_COUNT, 0, 0, 0, 1);
	socks_part(WS_SOCKS_METHODS, 0, 0, 255);
}

void
socks_5_credentials(void)
{
	size_t user = (size_t)Frama_C_interval(0, 255);

	socks_step(WS_SOCKS_AUTH_HEAD, 0, 0, 0, 2);
	socks_step(WS_SOCKS_AUTH_HEAD, 0, 0, 1, 2);
	socks_part(WS_SOCKS_AUTH_USER, 0, 0, 255);
	socks_step(WS_SOCKS_AUTH_PASSWORD_LEN, 0, user, 0, 1);
	socks_part(WS_SOCKS_AUTH_PASSWORD, 0, user, 255);
}

void
socks_5_request(void)
{
	size_t args = (size_t)Frama_C_interval(0, WS_SOCKS_ARGS_MAX);
	size_t have;

	for (have = 0; have < 4; have++)
		socks_step(WS_SOCKS_HEAD, 0, args, have, 4);
	socks_step(WS_SOCKS_NAME_LEN, WS_SOCKS_NAME, args, 0, 1);
	socks_part(WS_SOCKS_ADDRESS, WS_SOCKS_NAME, args, 255);
	socks_part(WS_SOCKS_ADDRESS, WS_SOCKS_IPV4, args, 4);
	socks_part(WS_SOCKS_ADDRESS, WS_SOCKS_IPV6, args, 16);
	for (have = 0; have < 2; have++)
		socks_step(WS_SOCKS_PORT, WS_SOCKS_IPV4, args, have, 2);
	socks_step(WS_SOCKS_COMPLETE, WS_SOCKS_IPV4, args, 0, 0);
}

void
socks_arguments(void)
{
	static char key[ARGUMENTS + 1], value[ARGUMENTS + 1];
	size_t len;

	for (len = 0; len <= ARGUMENTS; len++) {
		struct slice all = slice_of_anything(len);
		enum ws_socks_arg arg;

		do {
			struct text k = { key + ARGUMENTS - len, len + 1, 0,
			    false };
			struct text v = { value + ARGUMENTS - len, len + 1, 0,
			    false };

			arg = ws_socks_next_arg(&all, &k, &v);
		} while (arg == WS_SOCKS_ARG);
	}
}
