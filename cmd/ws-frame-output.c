/* ws-frame: frames, and writing them. */
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capturefile.h"
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

/* Waits until the network takes more, with an eye on the rest.  False if the
 * rest came first. */
static bool
await_output(struct frame *f)
{
	struct pollfd fds[WATCHED];

	watch(f, fds, STDOUT_FILENO, POLLOUT);
	(void)poll_until(fds, WATCHED, f->deadline);
	heed(f, fds);
	if (fds[WATCH_DATA].revents != 0)
		return true;
	if (time_is_up(f)) {
		(void)shutdown(STDOUT_FILENO, SHUT_RDWR);
		give_up(f, STATUS_LOST);
	}
	return false;
}

/* One attempt; in a session one that does not block. */
static ssize_t
write_some(const struct frame *f, struct iovec *iov, int count)
{
	struct msghdr msg = { .msg_iov = iov };
	int flags = f->more ? send_more_flag() : 0;

	if (f->pipe)	/* polls writable, and so takes that much */
		return write(STDOUT_FILENO, iov->iov_base,
		    iov->iov_len < PIPE_BUF ? iov->iov_len : PIPE_BUF);
	if (f->set->control >= 0)
		flags |= MSG_DONTWAIT;
	if (!f->socket || flags == 0)
		return writev(STDOUT_FILENO, iov, count);
	/* The type of msg_iovlen is not the same everywhere. */
	msg.msg_iovlen = 1;
	if (count > 1)
		msg.msg_iovlen = 2;
	return sendmsg(STDOUT_FILENO, &msg, flags);
}

static void
write_failed(struct frame *f)
{
	if (errno == EINTR)
		return;
	if (errno == EAGAIN) {
		(void)await_output(f);
		return;
	}
	if (f->set->control >= 0 && (errno == EPIPE || f->socket)) {
		if (errno != EPIPE && errno != ECONNRESET)
			say("write standard output: %s", error_text(errno));
		give_up(f, STATUS_LOST);
		return;
	}
	if (errno == EPIPE)
		exit(STATUS_SYSTEM);
	die_sys("write standard output");
}

/* Writes what waits, and len bytes of payload behind it. */
static void
flush_with(struct frame *f, uint8_t *payload, size_t len)
{
	struct iovec iov[2] = { { f->out, f->out_len }, { payload, len } };

	f->out_len = 0;
	while (f->state != OVER && iov[0].iov_len + iov[1].iov_len > 0) {
		int first = iov[0].iov_len > 0 ? 0 : 1;
		size_t i, part;
		ssize_t n;

		if (f->pipe && !await_output(f))
			continue;
		n = write_some(f, iov + first, 2 - first);
		if (n < 0) {
			write_failed(f);
			continue;
		}
		for (i = 0; i < 2; i++) {
			part = (size_t)n < iov[i].iov_len ?
			    (size_t)n : iov[i].iov_len;
			capturefile_append(&f->capture, true, f->set->role == WS_CLIENT,
			    iov[i].iov_base, part);
			iov[i].iov_base = (char *)iov[i].iov_base + part;
			iov[i].iov_len -= part;
			n -= (ssize_t)part;
		}
	}
}

void
flush(struct frame *f)
{
	flush_with(f, f->out, 0);
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
		flush_with(f, payload, len);
}

/* What the output did not take from the passage goes as if it had been read. */
static void
put_read(struct frame *f, size_t len)
{
	while (len > 0 && f->state != OVER) {
		ssize_t n = read_some(f->passage.reader, f->in,
		    len < BULK_SIZE ? len : BULK_SIZE);

		if (n <= 0)
			die_sys("read a pipe of our own");
		flush_with(f, f->in, (size_t)n);
		len -= (size_t)n;
	}
}

void
put_passing(struct frame *f, size_t len)
{
	bool watchful = f->socket && f->set->control >= 0;

	f->more = true;
	flush(f);
	f->more = false;
	while (len > 0 && f->state != OVER) {
		size_t part = len;
		ssize_t n;

		if (watchful && !await_output(f))
			continue;
		if (watchful && part > passage_room(STDOUT_FILENO))
			part = passage_room(STDOUT_FILENO);
		n = passage_give(&f->passage, STDOUT_FILENO, part);
		if (n > 0)
			len -= (size_t)n;
		else if (n == 0 || errno == EINVAL)
			break;
		else
			write_failed(f);
	}
	put_read(f, len);
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
