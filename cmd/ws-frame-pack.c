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

/* Sends a part of what is compressed in any case. */
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

/* Begins a message: compressed, unless that makes it longer.  Then the window
 * is as if it had not been tried. */
static void
begin_message(struct frame *f, uint8_t opcode, uint8_t *p, size_t len, bool fin)
{
	size_t n = 0, size = SIZE_MAX;

	if (!fin || len > PLAIN_MAX)
		size = pack_piece(f, p, len, fin, &n);
	f->packed = size != SIZE_MAX &&
	    (size < n || (!fin && len < BEGINNING));
	if (!f->packed && size != SIZE_MAX)
		ws_deflate_undo(&f->pack->deflate);
	if (!f->packed) {
		put_fragments(f, opcode, p, len, fin);
		return;
	}
	put_fragments(f, opcode, f->pack->out, size, fin && n == len);
	if (n < len)
		put_pieces(f, WS_CONTINUATION, p + n, len - n, fin);
}

/* The next message does not refer to this one, if that was agreed on. */
static void
end_message(struct frame *f)
{
	if (f->pack->drops)
		ws_deflate_forget(&f->pack->deflate);
}

void
put_packed(struct frame *f, uint8_t opcode, uint8_t *p, size_t len, bool fin)
{
	if (opcode != WS_CONTINUATION)
		begin_message(f, opcode, p, len, fin);
	else if (f->packed)
		put_pieces(f, opcode, p, len, fin);
	else
		put_fragments(f, opcode, p, len, fin);
	if (fin)
		end_message(f);
}

void
put_packed_line(struct frame *f, const struct ws_header *h, uint8_t *p,
    size_t len)
{
	if (h->opcode != WS_CONTINUATION)
		f->packed = true;
	put_pieces(f, h->opcode, p, len, h->fin);
	if (h->fin)
		end_message(f);
}

void
put_message_part(struct frame *f, uint8_t *p, size_t len, bool fin)
{
	put_part(f, message_opcode(f), p, len, fin);
	end_message_part(f, fin);
}
