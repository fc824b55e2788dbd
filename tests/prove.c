/* What tests/prove asks Frama-C's Eva about: for each input up to a length,
 * whatever its bytes are, the pure core reads and writes nothing outside of what
 * it was given, and nothing overflows, is divided by zero, shifted too far or
 * read before it was written.
 *
 * Each function is a proof.  A buffer has exactly the length that is handed
 * over, so that a byte more would be an alarm, and anything in it. */
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
	SOCKS = 4,
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

/* A stream, byte by byte, to whom it may come. */
static void
receive(bool lax, enum ws_masking masking)
{
	struct ws_receiver r = { 0 };
	size_t n, used;

	r.lax = lax;
	r.masking = masking;
	r.message_max = 3;
	anything(RECEIVED);
	for (n = 0; n < RECEIVED; n += used) {
		enum ws_event event = ws_receive(&r, BUFFER(RECEIVED - n), 1,
		    &used);

		if (event == WS_VIOLATION && !lax)
			break;
	}
}

void
receiver_of_server(void)
{
	receive(false, WS_MASKING_REQUIRED);
}

void
receiver_of_client(void)
{
	receive(false, WS_MASKING_FORBIDDEN);
}

void
receiver_lax(void)
{
	receive(true, WS_MASKING_ANY);
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

/* A request, byte by byte. */
static void
socks_behind(const char *start, size_t known)
{
	uint8_t out[WS_SOCKS_REPLY_MAX];
	struct ws_socks s = { 0 };
	size_t len = known + SOCKS, n, used;

	(void)slice_behind(start, known, SOCKS);
	for (n = 0; n < len; n++) {
		enum ws_socks_result result = ws_socks_read(&s, BUFFER(len - n),
		    1, &used);

		//@ split s.want;
		(void)ws_socks_answer(&s, out, WS_SOCKS_FAILURE);
		if (result == WS_SOCKS_DONE || result == WS_SOCKS_WRONG)
			break;
	}
}

void
socks(void)
{
	socks_behind("", 0);
	socks_behind("\4\1\0\120\0\0\0\1", 8);
	socks_behind("\5\1\0\5\1\0\3", 7);
	socks_behind("\5\1\2\1", 4);
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
