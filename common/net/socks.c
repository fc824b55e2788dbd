/* SOCKS 4, 4a and 5 (RFC 1928, RFC 1929), the server's side. */
#include <string.h>

#include "code/bits.h"
#include "net/socks.h"

static enum ws_socks_result
wrong(struct ws_socks *s, enum ws_socks_reply reply, const char *why)
{
	s->reply = reply;
	s->why = why;
	return WS_SOCKS_WRONG;
}

/* Begins to wait for the next part of the request. */
static enum ws_socks_result
want_part(struct ws_socks *s, enum ws_socks_stage stage, size_t want)
{
	s->stage = stage;
	s->have = 0;
	s->want = want;
	return WS_SOCKS_MORE;
}

static enum ws_socks_result
answer(struct ws_socks *s, unsigned version, unsigned what)
{
	s->answer[0] = (uint8_t)version;
	s->answer[1] = (uint8_t)what;
	return WS_SOCKS_ANSWER;
}

static enum ws_socks_result
request_complete(struct ws_socks *s)
{
	s->stage = WS_SOCKS_COMPLETE;
	return WS_SOCKS_DONE;
}

static enum ws_socks_result
take_version(struct ws_socks *s)
{
	unsigned version = s->piece[0];

	if (version != WS_SOCKS4 && version != WS_SOCKS5)
		return wrong(s, WS_SOCKS_FAILURE,
		    "neither SOCKS 4 nor SOCKS 5");
	s->version = version;
	return version == WS_SOCKS4 ? want_part(s, WS_SOCKS_4_HEAD, 7) :
	    want_part(s, WS_SOCKS_METHOD_COUNT, 1);
}

/* -- names -- */

/* What may go into a URL, or an address of the shell's: a name of DNS, or an
 * IPv6 address written out. */
static bool
name_is_valid(const char *name)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	static const char v6[] = "0123456789abcdefABCDEF:.";
	const char *set = strchr(name, ':') != NULL ? v6 : safe;

	if (*name == '\0')
		return false;
	for (; *name != '\0'; name++)
		if (strchr(set, *name) == NULL)
			return false;
	return true;
}

/* The piece holds all of it. */
static bool
keep_name(struct ws_socks *s, size_t len)
{
	s->type = WS_SOCKS_NAME;
	memcpy(s->name, s->piece, len);
	s->name[len] = '\0';
	return memchr(s->name, '\0', len) == NULL && name_is_valid(s->name);
}

static const char bad_name[] = "destination is not the name of a host";

/* -- SOCKS 4 and 4a -- */

static enum ws_socks_result
take_4_head(struct ws_socks *s)
{
	static const uint8_t zeros[3];
	const uint8_t *p = s->piece;

	if (p[0] != WS_SOCKS_CONNECT)
		return wrong(s, WS_SOCKS_NO_COMMAND, "command is not CONNECT");
	s->port = load_net16(p + 1);
	s->type = WS_SOCKS_IPV4;
	memcpy(s->address, p + 3, 4);
	s->by_name = memcmp(p + 3, zeros, sizeof zeros) == 0 && p[6] != 0;
	return want_part(s, WS_SOCKS_4_USER, 1);
}

/* A byte of what a NUL ends. */
static enum ws_socks_result
take_4_user(struct ws_socks *s)
{
	s->have = 0;
	if (s->piece[0] != '\0') {
		if (s->args_len == WS_SOCKS_ARGS_MAX)
			return wrong(s, WS_SOCKS_FAILURE,
			    "user of more than 510 bytes");
		s->args[s->args_len++] = (char)s->piece[0];
		return WS_SOCKS_MORE;
	}
	s->args[s->args_len] = '\0';
	return s->by_name ? want_part(s, WS_SOCKS_4_NAME, 1) :
	    request_complete(s);
}

static enum ws_socks_result
take_4_name(struct ws_socks *s)
{
	if (s->piece[s->have - 1] != '\0') {
		if (s->have > WS_SOCKS_NAME_MAX)
			return wrong(s, WS_SOCKS_FAILURE, bad_name);
		s->want = s->have + 1;
		return WS_SOCKS_MORE;
	}
	if (!keep_name(s, s->have - 1))
		return wrong(s, WS_SOCKS_FAILURE, bad_name);
	return request_complete(s);
}

/* -- SOCKS 5 -- */

static enum ws_socks_result
take_method_count(struct ws_socks *s)
{
	if (s->piece[0] == 0)
		return wrong(s, WS_SOCKS_FAILURE,
		    "no method of authentication (RFC 1928, 3)");
	return want_part(s, WS_SOCKS_METHODS, s->piece[0]);
}

/* User and password carry arguments: who offers to send them has some. */
static enum ws_socks_result
take_methods(struct ws_socks *s)
{
	bool password = memchr(s->piece, WS_SOCKS_PASSWORD, s->have) != NULL;

	if (!password && memchr(s->piece, WS_SOCKS_NO_AUTH, s->have) == NULL)
		return wrong(s, WS_SOCKS_FAILURE,
		    "no method of authentication that is known "
		    "(RFC 1928, 3)");
	if (password) {
		(void)want_part(s, WS_SOCKS_AUTH_HEAD, 2);
		return answer(s, WS_SOCKS5, WS_SOCKS_PASSWORD);
	}
	(void)want_part(s, WS_SOCKS_HEAD, 4);
	return answer(s, WS_SOCKS5, WS_SOCKS_NO_AUTH);
}

static const char bad_credentials[] =
    "user and password are malformed (RFC 1929, 2)";

static enum ws_socks_result
take_auth_head(struct ws_socks *s)
{
	if (s->piece[0] != WS_SOCKS_AUTH || s->piece[1] == 0)
		return wrong(s, WS_SOCKS_FAILURE, bad_credentials);
	return want_part(s, WS_SOCKS_AUTH_USER, s->piece[1]);
}

static void
add_args(struct ws_socks *s)
{
	memcpy(s->args + s->args_len, s->piece, s->have);
	s->args_len += s->have;
	s->args[s->args_len] = '\0';
}

static enum ws_socks_result
take_auth_user(struct ws_socks *s)
{
	add_args(s);
	return want_part(s, WS_SOCKS_AUTH_PASSWORD_LEN, 1);
}

static enum ws_socks_result
take_auth_password_len(struct ws_socks *s)
{
	if (s->piece[0] == 0)
		return wrong(s, WS_SOCKS_FAILURE, bad_credentials);
	return want_part(s, WS_SOCKS_AUTH_PASSWORD, s->piece[0]);
}

/* A single NUL is not part of the arguments, but there because a password
 * cannot be empty (pt-spec.txt, 3.5). */
static enum ws_socks_result
take_auth_password(struct ws_socks *s)
{
	if (s->have != 1 || s->piece[0] != '\0')
		add_args(s);
	if (memchr(s->args, '\0', s->args_len) != NULL)
		return wrong(s, WS_SOCKS_FAILURE, bad_credentials);
	(void)want_part(s, WS_SOCKS_HEAD, 4);
	return answer(s, WS_SOCKS_AUTH, 0);
}

static enum ws_socks_result
take_head(struct ws_socks *s)
{
	const uint8_t *p = s->piece;

	if (p[0] != WS_SOCKS5 || p[2] != 0)
		return wrong(s, WS_SOCKS_FAILURE,
		    "request is malformed (RFC 1928, 4)");
	if (p[1] != WS_SOCKS_CONNECT)
		return wrong(s, WS_SOCKS_NO_COMMAND,
		    "command is not CONNECT (RFC 1928, 4)");
	s->type = p[3];
	switch (s->type) {
	case WS_SOCKS_IPV4:
		return want_part(s, WS_SOCKS_ADDRESS, 4);
	case WS_SOCKS_NAME:
		return want_part(s, WS_SOCKS_NAME_LEN, 1);
	case WS_SOCKS_IPV6:
		return want_part(s, WS_SOCKS_ADDRESS, 16);
	}
	return wrong(s, WS_SOCKS_NO_ADDRESS_TYPE,
	    "type of address is not known (RFC 1928, 5)");
}

static enum ws_socks_result
take_name_len(struct ws_socks *s)
{
	if (s->piece[0] == 0)
		return wrong(s, WS_SOCKS_FAILURE, bad_name);
	return want_part(s, WS_SOCKS_ADDRESS, s->piece[0]);
}

static enum ws_socks_result
take_address(struct ws_socks *s)
{
	if (s->type != WS_SOCKS_NAME)
		memcpy(s->address, s->piece, s->have);
	else if (!keep_name(s, s->have))
		return wrong(s, WS_SOCKS_FAILURE, bad_name);
	return want_part(s, WS_SOCKS_PORT, 2);
}

static enum ws_socks_result
take_socks_port(struct ws_socks *s)
{
	s->port = load_net16(s->piece);
	return request_complete(s);
}

/* -- all of it -- */

/* The part that was waited for is there. */
static enum ws_socks_result
take_piece(struct ws_socks *s)
{
	switch (s->stage) {
	case WS_SOCKS_VERSION: return take_version(s);
	case WS_SOCKS_4_HEAD: return take_4_head(s);
	case WS_SOCKS_4_USER: return take_4_user(s);
	case WS_SOCKS_4_NAME: return take_4_name(s);
	case WS_SOCKS_METHOD_COUNT: return take_method_count(s);
	case WS_SOCKS_METHODS: return take_methods(s);
	case WS_SOCKS_AUTH_HEAD: return take_auth_head(s);
	case WS_SOCKS_AUTH_USER: return take_auth_user(s);
	case WS_SOCKS_AUTH_PASSWORD_LEN: return take_auth_password_len(s);
	case WS_SOCKS_AUTH_PASSWORD: return take_auth_password(s);
	case WS_SOCKS_HEAD: return take_head(s);
	case WS_SOCKS_NAME_LEN: return take_name_len(s);
	case WS_SOCKS_ADDRESS: return take_address(s);
	case WS_SOCKS_PORT: return take_socks_port(s);
	case WS_SOCKS_COMPLETE: break;
	}
	return WS_SOCKS_DONE;
}

size_t
ws_socks_wanted(const struct ws_socks *s)
{
	if (s->stage == WS_SOCKS_VERSION)
		return 1;
	return s->stage == WS_SOCKS_COMPLETE ? 0 : s->want - s->have;
}

enum ws_socks_result
ws_socks_read(struct ws_socks *s, const uint8_t *in, size_t len, size_t *used)
{
	enum ws_socks_result result = WS_SOCKS_MORE;
	size_t n;

	*used = 0;
	if (s->stage == WS_SOCKS_COMPLETE)
		return WS_SOCKS_DONE;
	while (result == WS_SOCKS_MORE) {
		n = ws_socks_wanted(s);
		if (n > len - *used) {
			n = len - *used;
			memcpy(s->piece + s->have, in + *used, n);
			s->have += n;
			*used += n;
			return WS_SOCKS_MORE;
		}
		memcpy(s->piece + s->have, in + *used, n);
		s->have += n;
		*used += n;
		result = take_piece(s);
	}
	return result;
}

/* -- answers -- */

size_t
ws_socks_put_reply(uint8_t out[WS_SOCKS_REPLY_MAX], unsigned version,
    enum ws_socks_reply reply)
{
	memset(out, 0, WS_SOCKS_REPLY_MAX);
	if (version == WS_SOCKS4) {
		out[1] = reply == WS_SOCKS_GRANTED ? WS_SOCKS4_GRANTED :
		    WS_SOCKS4_REFUSED;
		return WS_SOCKS4_REPLY_LEN;
	}
	/* No address: which one it was is nobody's business. */
	out[0] = WS_SOCKS5;
	out[1] = (uint8_t)reply;
	out[3] = WS_SOCKS_IPV4;
	return 10;
}

size_t
ws_socks_answer(const struct ws_socks *s, uint8_t out[WS_SOCKS_REPLY_MAX],
    enum ws_socks_reply reply)
{
	if (s->version == 0)
		return 0;
	switch (s->stage) {
	case WS_SOCKS_METHOD_COUNT:
	case WS_SOCKS_METHODS:
		out[0] = WS_SOCKS5;
		out[1] = WS_SOCKS_NO_METHOD;
		return 2;
	case WS_SOCKS_AUTH_HEAD:
	case WS_SOCKS_AUTH_USER:
	case WS_SOCKS_AUTH_PASSWORD_LEN:
	case WS_SOCKS_AUTH_PASSWORD:
		out[0] = WS_SOCKS_AUTH;
		out[1] = 1;
		return 2;
	default:
		return ws_socks_put_reply(out, s->version, reply);
	}
}

/* -- arguments -- */

/* Appends what stands before the first of the ends that has no backslash
 * before it, without backslashes.  Returns the end, '\0' if there is none, or
 * '\\' if there is a backslash with nothing behind it. */
static char
take_until(struct slice *s, const char *ends, struct text *t)
{
	while (s->len > 0) {
		char c = *s->p++;

		s->len--;
		if (memchr(ends, c, strlen(ends)) != NULL)
			return c;
		if (c == '\\') {
			if (s->len == 0)
				return c;
			c = *s->p++;
			s->len--;
		}
		text_put(t, &c, 1);
	}
	return '\0';
}

enum ws_socks_arg
ws_socks_next_arg(struct slice *args, struct text *key, struct text *value)
{
	char end;

	if (args->len == 0)
		return WS_SOCKS_ARGS_END;
	if (take_until(args, "=;", key) != '=' || key->len == 0)
		return WS_SOCKS_ARGS_WRONG;
	end = take_until(args, ";", value);
	/* What follows a semicolon is not nothing. */
	if (end == '\\' || (end == ';' && args->len == 0))
		return WS_SOCKS_ARGS_WRONG;
	return WS_SOCKS_ARG;
}
