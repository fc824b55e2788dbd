/* ws-deframe: messages that are compressed (RFC 7692). */
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "http/extension.h"
#include "io.h"
#include "ws-deframe.h"

static struct ws_compression
compression_by(const struct ws_permessage *m, bool server)
{
	struct ws_compression c = { ws_permessage_bits(m, server),
	    ws_permessage_drops(m, server) };

	return c;
}

/* Frame lines of a lax receiver show what is on the wire. */
static void
use_agreement(struct deframe *d, const struct ws_permessage *m)
{
	d->rx.may_compress = m->deflate;
	d->rx.by_server = compression_by(m, true);
	d->rx.by_client = compression_by(m, false);
	d->rx.inflate = d->inflate;
	d->rx.as_sent = d->set->lax && d->set->mode == FRAME_LINES;
}

void
open_inflate(struct deframe *d)
{
	if (!d->set->compression.deflate)
		return;
	d->inflate = (struct ws_inflate *)(void *)
	    bulk_memory(sizeof *d->inflate);
	ws_inflate_init(d->inflate, WS_WINDOW_BITS_MAX);
	use_agreement(d, &d->set->compression);
	if (!d->set->skip_head)
		return;
	d->head_text.buf = malloc(HTTP_HEAD_MAX + 1);
	if (d->head_text.buf == NULL)
		die_sys("get memory");
	d->head_text.size = HTTP_HEAD_MAX + 1;
}

static unsigned
wider(const struct ws_permessage *a, const struct ws_permessage *b, bool server)
{
	unsigned bits = ws_permessage_bits(a, server);
	unsigned other = ws_permessage_bits(b, server);

	return bits > other ? bits : other;
}

/* Adds to what may have been agreed on. */
static void
add_offer(struct ws_permessage *m, const struct ws_permessage *offer)
{
	if (!m->deflate)
		*m = *offer;
	m->server_no_context &= offer->server_no_context;
	m->client_no_context &= offer->client_no_context;
	m->server_bits = wider(m, offer, true);
	m->client_bits = wider(m, offer, false);
}

/* An answer says what is agreed on; of the offers of a request, any may be. */
static void
read_handshake(struct deframe *d)
{
	struct text *t = &d->head_text;
	struct ws_permessage m = { 0 }, offer;
	struct ws_extensions all = { 0 };
	struct http_head head;
	struct slice e;

	if (http_parse_head(&head, t->buf, t->len, true) != HTTP_OK)
		return;
	all.head = &head;
	while (ws_extensions_next(&all, &e))
		if (ws_permessage_parse(&offer, e, false))
			add_offer(&m, &offer);
	use_agreement(d, &m);
}

void
collect_head(struct deframe *d, const uint8_t *p, size_t len, bool ends)
{
	if (d->head_text.buf == NULL)
		return;
	text_put(&d->head_text, (const char *)p, len);
	if (ends)
		read_handshake(d);
}
