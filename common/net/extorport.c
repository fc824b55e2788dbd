/* The client's side of Tor's Extended ORPort (Tor's ext-orport-spec). */
#include <string.h>

#include "code/bits.h"
#include "code/consttime.h"
#include "net/extorport.h"

enum {
	SAFE_COOKIE = 1,
	METHODS_MAX = 255,	/* there are no more */

	/* Commands (3.1, 3.2). */
	DONE = 0x0000,
	USERADDR = 0x0001,
	TRANSPORT = 0x0002,
	OKAY = 0x1000,
	DENY = 0x1001,
	COMMAND_LEN = 4		/* command and length, two bytes each */
};

bool
ws_extor_read_cookie(uint8_t key[WS_EXTOR_KEY_LEN], const uint8_t *file,
    size_t len)
{
	static const char header[] = "! Extended ORPort Auth Cookie !\n";
	size_t header_len = sizeof header - 1;

	if (len != WS_EXTOR_COOKIE_LEN || memcmp(file, header, header_len) != 0)
		return false;
	memcpy(key, file + header_len, WS_EXTOR_KEY_LEN);
	return true;
}

static bool
consists_of(const char *s, const char *characters, size_t max)
{
	size_t i;

	for (i = 0; s[i] != '\0'; i++)
		if (i == max || strchr(characters, s[i]) == NULL)
			return false;
	return i > 0;
}

bool
ws_extor_put_address(struct text *t, const char *address, const char *port)
{
	if (address == NULL || port == NULL ||
	    !consists_of(address, "0123456789abcdefABCDEF:.", 45) ||
	    !consists_of(port, "0123456789", 5))
		return false;
	text_put_host(t, address);
	text_puts(t, ":");
	text_puts(t, port);
	return true;
}

/* -- authentication (2.1) -- */

/* The proof that one side, named in words, knows the key (2.1.3). */
static void
put_hash(const struct ws_extor *e, const char *words, const uint8_t *tor_nonce,
    uint8_t hash[WS_SHA256_LEN])
{
	char buf[48 + 2 * WS_EXTOR_NONCE_LEN];
	struct text t = { buf, sizeof buf, 0, false };

	text_puts(&t, words);
	text_put(&t, (const char *)e->nonce, sizeof e->nonce);
	text_put(&t, (const char *)tor_nonce, WS_EXTOR_NONCE_LEN);
	ws_hmac_sha256(hash, e->key, sizeof e->key, (const uint8_t *)t.buf,
	    t.len);
}

/* The list of methods, byte by byte, which a zero ends (2). */
static enum ws_extor_status
take_method(struct ws_extor *e, struct text *say)
{
	uint8_t method = e->in[0];

	if (method != 0) {
		e->safe_cookie |= method == SAFE_COOKIE;
		return e->methods++ < METHODS_MAX ? WS_EXTOR_MORE :
		    WS_EXTOR_MALFORMED;
	}
	if (!e->safe_cookie)
		return WS_EXTOR_NO_METHOD;
	text_put(say, "\1", 1);
	text_put(say, (const char *)e->nonce, sizeof e->nonce);
	e->step = WS_EXTOR_HASH;
	return WS_EXTOR_MORE;
}

/* Tor's hash and nonce. */
static enum ws_extor_status
take_hash(struct ws_extor *e, struct text *say)
{
	const uint8_t *tor_nonce = e->in + WS_SHA256_LEN;
	uint8_t hash[WS_SHA256_LEN];

	put_hash(e, "ExtORPort authentication server-to-client hash",
	    tor_nonce, hash);
	if (!consttime_equal(hash, e->in, sizeof hash))
		return WS_EXTOR_IMPOSTOR;
	put_hash(e, "ExtORPort authentication client-to-server hash",
	    tor_nonce, hash);
	text_put(say, (const char *)hash, sizeof hash);
	e->step = WS_EXTOR_VERDICT;
	return WS_EXTOR_MORE;
}

/* -- commands (3) -- */

static void
put_command(struct text *t, unsigned command, const char *body)
{
	size_t len = strlen(body);
	char head[COMMAND_LEN] = { (char)(command >> 8), (char)command,
	    (char)(len >> 8), (char)len };

	text_put(t, head, sizeof head);
	text_put(t, body, len);
}

static enum ws_extor_status
take_verdict(struct ws_extor *e, struct text *say)
{
	if (e->in[0] != 1)
		return WS_EXTOR_REFUSED;
	if (e->address != NULL)
		put_command(say, USERADDR, e->address);
	put_command(say, TRANSPORT, e->transport);
	put_command(say, DONE, "");
	e->step = WS_EXTOR_REPLY;
	return WS_EXTOR_MORE;
}

/* Unknown commands are ignored, with their bodies (3). */
static enum ws_extor_status
take_reply(struct ws_extor *e)
{
	unsigned command = load_net16(e->in);

	e->body_len = load_net16(e->in + 2);
	if (command == DENY)
		return WS_EXTOR_DENIED;
	if (command == OKAY)
		return e->body_len == 0 ? WS_EXTOR_OPEN : WS_EXTOR_MALFORMED;
	if (e->body_len > 0)
		e->step = WS_EXTOR_BODY;
	return WS_EXTOR_MORE;
}

/* -- */

/* How many bytes make the step that comes. */
static size_t
step_len(const struct ws_extor *e)
{
	switch (e->step) {
	case WS_EXTOR_METHODS:
	case WS_EXTOR_VERDICT:
		return 1;
	case WS_EXTOR_HASH:
		return WS_EXTOR_READ_MAX;
	case WS_EXTOR_REPLY:
		return COMMAND_LEN;
	case WS_EXTOR_BODY:
		break;
	}
	return e->body_len;
}

static enum ws_extor_status
take_part(struct ws_extor *e, struct text *say)
{
	switch (e->step) {
	case WS_EXTOR_METHODS:
		return take_method(e, say);
	case WS_EXTOR_HASH:
		return take_hash(e, say);
	case WS_EXTOR_VERDICT:
		return take_verdict(e, say);
	case WS_EXTOR_REPLY:
		return take_reply(e);
	case WS_EXTOR_BODY:
		break;
	}
	e->step = WS_EXTOR_REPLY;
	return WS_EXTOR_MORE;
}

size_t
ws_extor_wants(const struct ws_extor *e)
{
	return step_len(e) - e->in_len;
}

enum ws_extor_status
ws_extor_take(struct ws_extor *e, const uint8_t *in, size_t len, size_t *used,
    struct text *say)
{
	enum ws_extor_status status = WS_EXTOR_MORE;
	size_t n;

	for (*used = 0; status == WS_EXTOR_MORE && *used < len; *used += n) {
		n = ws_extor_wants(e);
		if (n > len - *used)
			n = len - *used;
		if (e->step != WS_EXTOR_BODY)
			memcpy(e->in + e->in_len, in + *used, n);
		e->in_len += n;
		if (ws_extor_wants(e) > 0)
			continue;
		e->in_len = 0;
		status = take_part(e, say);
	}
	return status;
}
