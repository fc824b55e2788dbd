/* ws-frame: messages that are compressed (RFC 7692, 6.1). */
#include "code/deflate.h"
#include "io.h"
#include "ws-frame.h"

enum {
	PLAIN_MAX = 8,		/* messages up to this are not worth it */
	BEGINNING = 256		/* of a message that may become longer */
};

struct pack {
	struct ws_deflate deflate;
	bool drops;			/* the context, after a message */
	uint8_t out[WS_DEFLATE_PIECE + WS_DEFLATE_MORE];
};

void
open_pack(struct frame *f)
{
	const struct ws_permessage *m = &f->set->compression;
	bool server = f->set->role != WS_CLIENT;

	if (!m->deflate)
		return;
	f->pack = (struct pack *)(void *)bulk_memory(sizeof *f->pack);
	f->pack->drops = ws_permessage_drops(m, server);
	ws_deflate_init(&f->pack->deflate, ws_permessage_bits(m, server));
}

/* Compresses the next piece of a message; *n is how much of len it is. */
static size_t
pack_piece(struct frame *f, const uint8_t *p, size_t len, bool fin, size_t *n)
{
	*n = len < WS_DEFLATE_PIECE ? len : WS_DEFLATE_PIECE;
	return ws_deflate(&f->pack->deflate, p, *n, f->pack->out,
	    fin && *n == len);
}

/* Whether a message that begins like this is compressed: not if that makes it
 * longer.  Then the window is as if it had not been tried. */
static bool
is_worth_it(struct frame *f, const uint8_t *p, size_t len, bool fin)
{
	size_t n, size;

	if (fin && len <= PLAIN_MAX)
		return false;
	if (!fin && len < BEGINNING)
		return true;
	size = pack_piece(f, p, len, fin, &n);
	ws_deflate_undo(&f->pack->deflate);
	return size < n;
}

static void
put_pieces(struct frame *f, uint8_t opcode, uint8_t *p, size_t len, bool fin)
{
	size_t n, size;

	do {
		size = pack_piece(f, p, len, fin, &n);
		p += n;
		len -= n;
		put_fragments(f, opcode, f->pack->out, size, fin && len == 0);
		opcode = WS_CONTINUATION;
	} while (len > 0);
}

void
put_packed(struct frame *f, uint8_t opcode, uint8_t *p, size_t len, bool fin)
{
	if (opcode != WS_CONTINUATION)
		f->packed = is_worth_it(f, p, len, fin);
	if (f->packed)
		put_pieces(f, opcode, p, len, fin);
	else
		put_fragments(f, opcode, p, len, fin);
	if (fin && f->pack->drops)
		ws_deflate_forget(&f->pack->deflate);
}

void
put_packed_line(struct frame *f, const struct ws_header *h, uint8_t *p,
    size_t len)
{
	if (h->opcode != WS_CONTINUATION)
		f->packed = true;
	put_pieces(f, h->opcode, p, len, h->fin);
	if (h->fin && f->pack->drops)
		ws_deflate_forget(&f->pack->deflate);
}
