/* No head of a request of up to 64 KiB costs more than ten times what a plain one
 * of its size does: counted are the steps of the program between two branches,
 * and the bytes that libc looks at for it. */
#include "fuzz.h"
#include "http/request.h"
#include "ws-handshake-cgi.h"

#undef memchr
#undef memcmp
#undef memcpy
#undef memmove
#undef strlen
#undef strcspn

enum {
	TIMES = 10,
	SMALL = 4096		/* what less costs matters to nobody */
};

/* -- counting -- */

static uint64_t work;

/* libFuzzer has one that does nothing: see --wrap in ld(1). */
void __wrap___sanitizer_cov_trace_pc(void);

__attribute__((no_sanitize("coverage")))
void
__wrap___sanitizer_cov_trace_pc(void)
{
	work++;
}

static void
count_bytes(size_t n)
{
	work += 1 + n / 8;
}

void *
work_memchr(const void *p, int c, size_t n)
{
	const char *found = memchr(p, c, n);

	count_bytes(found != NULL ? (size_t)(found - (const char *)p) : n);
	return (void *)found;
}

int
work_memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *p = a, *q = b;
	size_t i = 0;

	while (i < n && p[i] == q[i])
		i++;
	count_bytes(i);
	return i == n ? 0 : p[i] - q[i];
}

void *
work_memcpy(void *to, const void *from, size_t n)
{
	count_bytes(n);
	return memcpy(to, from, n);
}

void *
work_memmove(void *to, const void *from, size_t n)
{
	count_bytes(n);
	return memmove(to, from, n);
}

size_t
work_strlen(const char *s)
{
	size_t n = strlen(s);

	count_bytes(n);
	return n;
}

size_t
work_strcspn(const char *s, const char *reject)
{
	size_t n = strcspn(s, reject);

	count_bytes(n);
	return n;
}

/* Instead of environment_set(). */
void
work_set(const char *name, const char *value)
{
	count_bytes(strlen(name) + (value != NULL ? strlen(value) : 0));
}

/* -- what a server does with a head -- */

static const char *const subprotocols[] = { "chat", "base64" };
static const char *const origins[] = { "http://example.com", "*" };
static const char *const credentials[] = { "Aladdin:open sesame" };
static const char *const hosts[] = { "example.com", "*.example.com" };

static uint64_t
cost_of(const struct text *head, uint8_t bits)
{
	struct ws_server_rules rules = {
		.subprotocols = { subprotocols, bits & 1 ? 2 : 0 },
		.origins = { origins + 1, bits & 2 ? 1 : 0 },
		.credentials = { credentials, bits & 4 ? 1 : 0 },
		.hosts = { hosts, bits & 8 ? 2 : 0 },
		.older = bits & 16 ? 0xff : 0,
		.deflate.deflate = bits & 32
	};
	struct http_scan scan = { .skip_empty = true };
	static struct ws_request r;
	size_t used;

	work = 0;
	(void)http_scan(&scan, head->buf, head->len, &used);
	memset(&r, 0, sizeof r);
	if (ws_judge_request(&r, &rules, head->buf, used) == WS_ACCEPTED)
		cgi_export(&r, NULL);
	return work;
}

static const char start[] = "GET /chat HTTP/1.1\r\nHost: example.com\r\n"
    "Upgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
static const char end[] = "\r\n\r\n";

/* A head of about that length, but for the end of it: the same again and
 * again. */
static void
put_head(struct text *t, struct input before, struct input repeated, size_t len)
{
	text_puts(t, start);
	text_put(t, (const char *)before.p, before.len);
	do
		text_put(t, (const char *)repeated.p, repeated.len);
	while (repeated.len > 0 && t->len + repeated.len < len);
	text_puts(t, end);
}

static uint64_t
plain_cost(size_t len, uint8_t bits)
{
	static char buf[HTTP_HEAD_MAX + 1];
	struct text t = { buf, sizeof buf, 0, false };
	struct input name = { (const uint8_t *)"X: ", 3 };
	struct input value = { (const uint8_t *)"plain text ", 11 };

	put_head(&t, name, value, (len > SMALL ? len : SMALL) - 16);
	return cost_of(&t, bits);
}

void
fuzz(struct input in)
{
	static char buf[HTTP_HEAD_MAX + 1];
	struct text t = { buf, sizeof buf, 0, false };
	uint8_t bits = take_byte(&in);
	size_t len = (size_t)take_number(&in, HTTP_HEAD_MAX - 600);
	struct input before = take_part(&in);

	put_head(&t, before, in, len);
	CHECK(t.full || cost_of(&t, bits) <= TIMES * plain_cost(t.len, bits));
}
