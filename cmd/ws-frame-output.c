/* ws-frame: frames, and writing them. */
#include <sys/uio.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "code/copy.h"
#include "code/errortext.h"
#include "diag.h"
#include "io.h"
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

/* -- writing -- */

/* For the writer. */
static void
note_taken(void *frame, const void *p, size_t len)
{
	struct frame *f = frame;

	f->stalled = 0;
	/* What passes unseen is not captured. */
	capture_append(&f->capture, true, p, len);
	if (f->closing.renew_ms > 0)
		ws_closing_progress(&f->closing, now_ms());
}

void
open_output(struct frame *f, bool (*wait)(void *))
{
	f->writer.wait = wait;
	f->writer.taken = note_taken;
	f->writer.owner = f;
	writer_open(&f->writer, STDOUT_FILENO, f->set->control >= 0);
}

static void
write_failed(struct frame *f)
{
	if (f->writer.stopped)
		return;
	if (f->set->control < 0 || (errno != EPIPE && !f->writer.socket)) {
		if (errno == EPIPE)
			exit(STATUS_SYSTEM);
		die_sys("write standard output");
	}
	if (errno != EPIPE && errno != ECONNRESET)
		say("write standard output: %s", error_text(errno));
	ws_closing_note(&f->closing, WS_CANNOT_WRITE, 0, now_ms());
}

/* Writes what waits, and len bytes of payload behind it. */
static void
flush_with(struct frame *f, uint8_t *payload, size_t len, bool more)
{
	struct iovec iov[2] = { { f->out, f->out_len }, { payload, len } };

	f->out_len = 0;
	if (!writer_put(&f->writer, iov, 2, more))
		write_failed(f);
}

void
flush(struct frame *f)
{
	flush_with(f, f->out, 0, false);
}

void
make_room(struct frame *f, size_t len)
{
	if (OUT_SIZE - f->out_len < len)
		flush(f);
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

/* What the output did not take from the passage goes as if it had been read. */
static void
put_read(struct frame *f, size_t len)
{
	while (len > 0 && ws_closing_may_send(&f->closing)) {
		ssize_t n = read_some(f->passage.reader, f->in,
		    len < BULK_SIZE ? len : BULK_SIZE);

		if (n <= 0)
			die_sys("read a pipe of our own");
		flush_with(f, f->in, (size_t)n, false);
		len -= (size_t)n;
	}
}

void
put_passing(struct frame *f, size_t len)
{
	flush_with(f, f->out, 0, true);
	if (writer_pass(&f->writer, &f->passage, &len))
		return;
	if (errno == EINVAL)
		put_read(f, len);
	else
		write_failed(f);
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
