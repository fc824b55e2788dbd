/* ws-frame: messages, cut into frames. */
#include "ws-frame.h"

uint64_t
frame_max(const struct frame *f)
{
	const struct size_list *list = &f->set->sizes;

	return list->count > 0 ? list->size[f->frames % list->count] :
	    UINT64_MAX;
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
