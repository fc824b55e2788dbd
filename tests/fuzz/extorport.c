/* The Extended ORPort: Tor's words come to the same in any pieces, and no more
 * of them is asked for than belong to the exchange. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "net/extorport.h"

static void
begin(struct ws_extor *e)
{
	size_t i;

	/* What the vectors have. */
	for (i = 0; i < sizeof e->key; i++)
		e->key[i] = (uint8_t)(0x40 + i);
	for (i = 0; i < sizeof e->nonce; i++)
		e->nonce[i] = (uint8_t)(0x80 + i);
	e->transport = "websocket";
}

static void
run(struct trace *t, struct input in, enum manner manner)
{
	struct ws_extor e = { .address = "192.0.2.7:4711" };
	enum ws_extor_status status = WS_EXTOR_MORE;
	char buf[WS_EXTOR_SAY_MAX + 1];
	struct text say = { buf, sizeof buf, 0, false };
	size_t used;

	begin(&e);
	if (take_byte(&in) & 1)
		e.address = NULL;
	while (status == WS_EXTOR_MORE && in.len > 0) {
		size_t wants = ws_extor_wants(&e), n = in.len;
		uint8_t *copy;

		CHECK(wants > 0);
		if (n > wants)
			n = wants;
		if (manner == BYTES)
			n = 1;
		if (manner == PIECES && n > 1)
			n = 1 + in.p[n - 1] % n;
		copy = copy_bytes(in.p, n);
		status = ws_extor_take(&e, copy, n, &used, &say);
		free(copy);
		CHECK(used == n || status != WS_EXTOR_MORE);
		CHECK(!say.full);
		in.p += used;
		in.len -= used;
	}
	trace_bytes(t, 's', say.buf, say.len);
	trace_number(t, 'r', status);
	trace_number(t, 'l', in.len);
}

static void
check_address(struct input in)
{
	struct input first = take_part(&in);
	char *address = copy_string(first), *port = copy_string(in);
	char buf[WS_EXTOR_ADDRESS_MAX + 1];
	struct text t = { buf, sizeof buf, 0, false };

	if (ws_extor_put_address(&t, address, port)) {
		CHECK(!t.full);
		CHECK(strspn(buf, "0123456789abcdefABCDEF.:[]") == t.len);
	} else {
		CHECK(t.len == 0);
	}
	free(address);
	free(port);
}

static void
check_sha256(struct trace *t, struct input in, enum manner manner)
{
	struct ws_sha256 s;
	uint8_t digest[WS_SHA256_LEN];
	struct input piece;

	ws_sha256_begin(&s);
	while (next_piece(&in, manner, &piece))
		ws_sha256_add(&s, piece.p, piece.len);
	ws_sha256_end(&s, digest);
	trace_bytes(t, 'd', digest, sizeof digest);
}

void
fuzz(struct input in)
{
	uint8_t key[WS_EXTOR_KEY_LEN];

	check_address(in);
	(void)ws_extor_read_cookie(key, in.p, in.len);
	same_in_any_manner(in, check_sha256);
	same_in_any_manner(in, run);
}
