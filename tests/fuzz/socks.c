/* SOCKS: a request comes to the same in any pieces, and no more of it is asked
 * for than belongs to it; the arguments of a transport come apart. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "net/proxy.h"
#include "net/socks.h"

static void
check_args(const char *all)
{
	struct slice rest = slice_of(all);
	char key[WS_SOCKS_ARGS_MAX + 1], value[WS_SOCKS_ARGS_MAX + 1];
	size_t len;
	enum ws_socks_arg arg;

	do {
		struct text k = { key, sizeof key, 0, false };
		struct text v = { value, sizeof value, 0, false };

		len = rest.len;
		arg = ws_socks_next_arg(&rest, &k, &v);
		CHECK(!k.full && !v.full);
		CHECK(arg != WS_SOCKS_ARG || rest.len < len);
	} while (arg == WS_SOCKS_ARG);
}

static void
trace_request(struct trace *t, const struct ws_socks *s)
{
	trace_number(t, 'v', s->version);
	trace_number(t, 't', s->type);
	trace_number(t, 'p', s->port);
	CHECK(memchr(s->name, '\0', sizeof s->name) != NULL);
	CHECK(memchr(s->args, '\0', sizeof s->args) != NULL);
	CHECK(s->args_len <= WS_SOCKS_ARGS_MAX);
	trace_bytes(t, 'n', s->name, strlen(s->name));
	trace_bytes(t, 'a', s->args, s->args_len);
	check_args(s->args);
}

static void
run(struct trace *t, struct input in, enum manner manner)
{
	struct ws_socks s = { .version = 0 };
	enum ws_socks_result result = WS_SOCKS_MORE;
	uint8_t reply[WS_SOCKS_REPLY_MAX];
	size_t used;

	while (in.len > 0 && result != WS_SOCKS_DONE &&
	    result != WS_SOCKS_WRONG) {
		size_t wanted = ws_socks_wanted(&s), n = in.len;
		uint8_t *copy;

		CHECK(wanted > 0);
		/* The real caller takes what is wanted; others need not. */
		if (manner == BYTES)
			n = 1;
		if (manner == PIECES && n > wanted)
			n = wanted;
		copy = copy_bytes(in.p, n);
		result = ws_socks_read(&s, copy, n, &used);
		free(copy);
		CHECK(used <= n && (used == n || result != WS_SOCKS_MORE));
		in.p += used;
		in.len -= used;
		if (result == WS_SOCKS_ANSWER)
			trace_bytes(t, 's', s.answer, sizeof s.answer);
	}
	trace_number(t, 'r', result);
	if (result == WS_SOCKS_DONE)
		trace_request(t, &s);
	CHECK(result != WS_SOCKS_WRONG || strlen(s.why) > 0);
	CHECK(ws_socks_answer(&s, reply, WS_SOCKS_FAILURE) <= sizeof reply);
	trace_number(t, 'l', in.len);
}

void
fuzz(struct input in)
{
	char *args = copy_string(in);

	if (strlen(args) <= WS_SOCKS_ARGS_MAX)
		check_args(args);
	free(args);
	same_in_any_manner(in, run);
	if (in.len >= 5)
		CHECK(ws_socks5_reply_rest(in.p) <= 257);
}
