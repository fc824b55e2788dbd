/* ws-probe: messages that are compressed (RFC 7692). */
#include <stdlib.h>
#include <string.h>

#include "ws-probe.h"
#include "code/deflate.h"
#include "code/inflate.h"

struct packing {
	struct ws_deflate deflate;
	struct ws_inflate inflate;
	bool drops;			/* our context, after a message */
};

struct packing *
packing_open(const struct ws_permessage *agreed, bool client,
    struct ws_receiver *r)
{
	struct packing *p = get_memory(sizeof *p);

	ws_deflate_init(&p->deflate, ws_permessage_bits(agreed, !client));
	p->drops = ws_permessage_drops(agreed, !client);
	r->may_compress = true;
	r->inflate = &p->inflate;
	r->by_server.window_bits = ws_permessage_bits(agreed, true);
	r->by_server.drops_context = ws_permessage_drops(agreed, true);
	r->by_client.window_bits = ws_permessage_bits(agreed, false);
	r->by_client.drops_context = ws_permessage_drops(agreed, false);
	ws_inflate_init(r->inflate, client ? r->by_server.window_bits :
	    r->by_client.window_bits);
	return p;
}

uint8_t *
packing_deflate(struct packing *p, const uint8_t *in, size_t len, bool fin,
    size_t *out_len)
{
	size_t pieces = len / WS_DEFLATE_PIECE + 1, n;
	uint8_t *out = get_memory(len + pieces * WS_DEFLATE_MORE);

	*out_len = 0;
	do {
		n = len < WS_DEFLATE_PIECE ? len : WS_DEFLATE_PIECE;
		len -= n;
		*out_len += ws_deflate(&p->deflate, in, n, out + *out_len,
		    fin && len == 0);
		in += n;
	} while (len > 0);
	if (fin && p->drops)
		ws_deflate_forget(&p->deflate);
	return out;
}

void
packing_close(struct packing *p)
{
	free(p);
}
