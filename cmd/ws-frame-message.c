/* ws-frame: messages, cut into frames. */
#include "ws-frame.h"

uint8_t
message_opcode(const struct frame *f)
{
	if (f->set->mode == JSON && !f->in_message)
		return f->json_opcode;
	return f->in_message ? WS_CONTINUATION :
	    f->set->text ? WS_TEXT : WS_BINARY;
}

uint64_t
frame_max(const struct frame *f)
{
	const struct size_list *list = &f->set->sizes;

	return list->count > 0 ? list->size[f->frames % list->count] :
	    UINT64_MAX;
}

void
count_message(struct frame *f)
{
	if (++f->messages == f->set->count)
		note(f, WS_INPUT_ENDED, 0);
}

void
end_message_part(struct frame *f, bool fin)
{
	f->in_message = !fin;
	if (fin)
		count_message(f);
}

void
count_frame(struct frame *f, bool fin)
{
	f->frames++;
	end_message_part(f, fin);
}

void
put_fragments(struct frame *f, uint8_t opcode, uint8_t *p, size_t len, bool fin)
{
	uint64_t max;

	for (; len > (max = frame_max(f)); opcode = WS_CONTINUATION) {
		put_frame(f, opcode, false, p, (size_t)max);
		f->frames++;
		p += max;
		len -= (size_t)max;
	}
	put_frame(f, opcode, fin, p, len);
	f->frames++;
}
