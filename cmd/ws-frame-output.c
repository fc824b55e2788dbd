/* ws-frame: frames, into what waits to be written. */
#include <string.h>

#include "code/copy.h"
#include "system.h"
#include "ws-frame.h"
#include "ws/hixieframe.h"

void
fetch_keys(struct frame *f)
{
	random_bytes(f->keys, sizeof f->keys);
	f->keys_left = KEYS;
}

void
draw_key(struct frame *f, uint8_t key[4])
{
	if (f->set->fixed_key) {
		memcpy(key, f->set->key, sizeof f->set->key);
		return;
	}
	if (f->keys_left == 0)
		fetch_keys(f);
	memcpy(key, f->keys[--f->keys_left], sizeof f->keys[0]);
}

size_t
make_header(struct frame *f, uint8_t *out, uint8_t key[4], uint8_t opcode,
    bool fin, uint64_t payload_len)
{
	struct ws_header h = { .payload_len = payload_len, .opcode = opcode,
	    .fin = fin, .masked = f->set->role == WS_CLIENT };

	if (f->packed && (opcode == WS_TEXT || opcode == WS_BINARY))
		h.rsv = WS_RSV1;	/* RFC 7692, 6.1 */
	if (h.masked)
		draw_key(f, h.masking_key);
	memcpy(key, h.masking_key, sizeof h.masking_key);
	return ws_header_encode(out, &h);
}

void
put_hixie_byte(struct frame *f, uint8_t byte)
{
	make_room(f, 1);
	f->out[f->out_len++] = byte;
}

void
put_end(struct frame *f, bool fin)
{
	if (fin && f->set->hixie)
		put_hixie_byte(f, WS_HIXIE_BEHIND);
}

void
put_header(struct frame *f, uint8_t opcode, bool fin, uint64_t payload_len)
{
	if (f->set->hixie) {
		f->masked = false;
		if (opcode != WS_CONTINUATION)
			put_hixie_byte(f, WS_HIXIE_BEFORE);
		return;
	}
	make_room(f, WS_HEADER_MAX);
	f->masked = f->set->role == WS_CLIENT;
	f->out_len += make_header(f, f->out + f->out_len, f->key, opcode, fin,
	    payload_len);
}

void
put_payload(struct frame *f, uint8_t *payload, size_t len, uint64_t offset)
{
	bool copy = len <= COPY_MAX;

	if (copy) {
		make_room(f, len);
		copy_short(f->out + f->out_len, payload, len);
		payload = f->out + f->out_len;
		f->out_len += len;
	}
	if (f->masked)
		ws_mask(payload, len, f->key, offset);
	if (!copy)
		flush_with(f, payload, len, false);
}

void
put_frame(struct frame *f, uint8_t opcode, bool fin, uint8_t *payload,
    size_t len)
{
	if (f->set->hixie && ws_opcode_is_control(opcode))
		return;
	put_header(f, opcode, fin, len);
	put_payload(f, payload, len, 0);
	put_end(f, fin);
}
