/* ws-deframe: messages that are compressed (RFC 7692). */
#include <stdlib.h>
#include <string.h>

#include "diag.h"
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
apply(struct deframe *d, const struct ws_permessage *m)
{
	d->rx.may_compress = m->deflate;
	d->rx.by_server = compression_by(m, true);
	d->rx.by_client = compression_by(m, false);
	d->rx.inflate = d->set->lax && d->set->mode == FRAME_LINES ? NULL :
	    d->inflate;
}

void
open_inflate(struct deframe *d)
{
	if (!d->set->compression.deflate)
		return;
	d->inflate = (struct ws_inflate *)(void *)
	    bulk_memory(sizeof *d->inflate);
	ws_inflate_init(d->inflate, WS_WINDOW_BITS_MAX);
	apply(d, &d->set->compression);
	if (!d->set->skip_head)
		return;
	d->head_text.buf = malloc(HTTP_HEAD_MAX + 1);
	if (d->head_text.buf == NULL)
		die_sys("get memory");
	d->head_text.size = HTTP_HEAD_MAX + 1;
}

/* What an answer says is agreed on; of a request, the offer that can be. */
static void
read_head(struct deframe *d)
{
	static const struct ws_permessage any = { .deflate = true };
	struct text *t = &d->head_text;
	struct ws_permessage m;
	struct http_head head;

	if (http_parse_head(&head, t->buf, t->len, true) != HTTP_OK)
		return;
	(void)ws_permessage_accept(&m, &any, &head);
	apply(d, &m);
}

void
collect_head(struct deframe *d, const uint8_t *p, size_t len, bool ends)
{
	if (d->head_text.buf == NULL)
		return;
	text_put(&d->head_text, (const char *)p, len);
	if (ends)
		read_head(d);
}
