/* ws-view: bytes of both sides become frames and lines of heads. */
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "http/hixie.h"
#include "system.h"
#include "ws-view.h"
#include "ws/hixieframe.h"

enum {
	SESSIONS_MAX = 250,
	HIXIE_AROUND = 2	/* bytes around a message there */
};

/* What one side sends. */
struct stream {
	bool client;
	enum { AT_START, IN_HEAD, BEHIND_HEAD, IN_FRAMES, GIVEN_UP } state;
	bool told;			/* that a head was next */
	struct http_scan scan;
	struct text head;
	char head_buf[HTTP_HEAD_MAX + 1];
	struct ws_receiver rx;
	struct ws_hixie hixie;
	uint8_t behind[WS_HIXIE_RESPONSE_LEN];	/* the head, of hixie-76 */
	size_t behind_len;
	struct ws_inflate *inflate;
	struct sight sight;		/* the frame that comes */
	enum { NONE, OPEN, WHOLE } frame;	/* where it stands */
	uint64_t frame_number;
	size_t keep;			/* bytes of its payload */
	struct text faults;
	char faults_buf[FAULTS_MAX];
	uint8_t payload[KEPT_MAX];
};

/* One of several sessions at a time. */
struct session {
	char name[WS_CAPTURE_SESSION_MAX];	/* "": nobody's */
	unsigned number;
	bool ended[2];
	enum ws_version version;
	uint64_t used;			/* when it was, in calls */
	struct stream *streams[2];	/* of the server, of the client */
};

static struct session sessions[SESSIONS_MAX], *session = sessions;
static size_t session_count = 1;

static void
open_session(const struct settings *set, struct session *n)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		struct stream *s = (struct stream *)(void *)
		    bulk_memory(sizeof *s);

		s->inflate = (struct ws_inflate *)(void *)
		    bulk_memory(sizeof *s->inflate);
		s->keep = set->form == FORM_TEXT && set->columns > 0 &&
		    set->columns < KEPT_MAX ? set->columns : KEPT_MAX;
		s->client = i == 1;
		n->streams[i] = s;
	}
}

void
open_streams(const struct settings *set)
{
	size_t i;

	if (set->numbered)
		session_count = SESSIONS_MAX;
	for (i = 0; i < session_count; i++)
		open_session(set, &sessions[i]);
}

/* What both sides have agreed on. */
static void
apply(const struct ws_permessage *m)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		struct ws_receiver *rx = &session->streams[i]->rx;

		rx->may_compress = m->deflate;
		rx->inflate = m->deflate ? session->streams[i]->inflate : NULL;
		rx->by_server.window_bits = ws_permessage_bits(m, true);
		rx->by_server.drops_context = ws_permessage_drops(m, true);
		rx->by_client.window_bits = ws_permessage_bits(m, false);
		rx->by_client.drops_context = ws_permessage_drops(m, false);
	}
}

static void
begin_stream(struct stream *s)
{
	s->state = AT_START;
	s->told = false;
	s->hixie = (struct ws_hixie){ .closes = false };
	s->behind_len = 0;
	memset(&s->scan, 0, sizeof s->scan);
	s->head = (struct text){ s->head_buf, sizeof s->head_buf, 0, false };
	memset(&s->rx, 0, sizeof s->rx);
	s->rx.masking = s->client ? WS_MASKING_REQUIRED : WS_MASKING_FORBIDDEN;
	s->rx.lax = true;
	s->frame = NONE;
	s->faults = (struct text){ s->faults_buf, sizeof s->faults_buf, 0,
	    false };
	s->faults_buf[0] = '\0';
	ws_inflate_init(s->inflate, WS_WINDOW_BITS_MAX);
}

void
begin_session(const struct settings *set)
{
	session->version = WS_VERSION_13;
	begin_stream(session->streams[0]);
	begin_stream(session->streams[1]);
	apply(&set->compression);
}

bool
session_has_ended(void)
{
	return session->streams[0]->rx.close_seen &&
	    session->streams[1]->rx.close_seen;
}

/* -- heads -- */

static void
show(const struct settings *set, struct sight *s)
{
	const char *slash = strchr(session->name, '/');

	s->session = session->number;
	s->address = slash != NULL ? slash + 1 : "";
	print_sight(set, s);
}

static void
show_head_line(const struct settings *set, const struct stream *s,
    struct slice line, enum kind kind, int64_t time_us)
{
	struct sight sight = { .kind = kind, .client = s->client,
	    .time_us = time_us, .wire_len = line.len + 2, .len = line.len,
	    .payload = (const uint8_t *)line.p, .kept = line.len,
	    .faults = "" };

	show(set, &sight);
}

/* Which of the drafts without opcodes a head is of, if of any. */
static enum ws_version
version_of(const struct stream *s, const struct http_head *head)
{
	struct slice unused;

	if (s->client)
		return http_list_has(head, "Upgrade", "websocket") &&
		    http_count(head, "Origin", &unused) > 0 ?
		    ws_hixie_version(head, ~0u) : WS_VERSION_13;
	return http_count(head, "Sec-WebSocket-Location", &unused) > 0 ?
	    WS_HIXIE_76 :
	    http_count(head, "WebSocket-Location", &unused) > 0 ?
	    WS_HIXIE_75 : WS_VERSION_13;
}

static void
apply_version(enum ws_version version)
{
	if (!ws_version_is_hixie(version))
		return;
	session->version = version;
	session->streams[0]->hixie.closes = version == WS_HIXIE_76;
	session->streams[1]->hixie.closes = version == WS_HIXIE_76;
}

static void
show_head(const struct settings *set, struct stream *s, int64_t time_us)
{
	static const struct ws_permessage any = { .deflate = true };
	struct slice rest = { s->head.buf, s->head.len }, line;
	enum kind kind = KIND_HEAD;
	struct ws_permessage m;
	struct http_head head;

	while (rest.len > 0) {
		line = http_next_line(&rest);
		if (line.len > 0)
			show_head_line(set, s, line, kind, time_us);
		kind = KIND_FIELD;
	}
	if (http_parse_head(&head, s->head.buf, s->head.len, true) != HTTP_OK)
		return;
	apply_version(version_of(s, &head));
	if (!s->client) {
		(void)ws_permessage_accept(&m, &any, &head);
		apply(&m);
	}
}

/* Whether it begins like a head of HTTP: as a frame that would be a reserved
 * one, or a fragmented Close. */
static bool
begins_head(const struct stream *s, const uint8_t *p, size_t len)
{
	const char *word = s->client ? "GET " : "HTTP";

	return memcmp(p, word, len < 4 ? len : 4) == 0;
}

/* Takes the part of a head; returns its length. */
static size_t
take_head(const struct settings *set, struct stream *s, int64_t time_us,
    const uint8_t *p, size_t len)
{
	size_t used = 0;

	if (s->state == AT_START)
		s->state = begins_head(s, p, len) ? IN_HEAD : IN_FRAMES;
	if (s->state != IN_HEAD)
		return 0;
	switch (http_scan(&s->scan, (const char *)p, len, &used)) {
	case HTTP_MORE:
		text_put(&s->head, (const char *)p, used);
		return used;
	case HTTP_COMPLETE:
		text_put(&s->head, (const char *)p, used);
		break;
	case HTTP_LINE_TOO_LONG:
	case HTTP_HEAD_TOO_LARGE:
		break;
	}
	show_head(set, s, time_us);
	/* A capture of -D has only the heads. */
	s->state = session->version == WS_HIXIE_76 && !s->told ?
	    BEHIND_HEAD : IN_FRAMES;
	return used;
}

/* Takes the part of what stands behind a head of hixie-76, for a side to prove
 * that it speaks that; returns its length. */
static size_t
take_behind(const struct settings *set, struct stream *s, int64_t time_us,
    const uint8_t *p, size_t len)
{
	size_t all = s->client ? WS_HIXIE_KEY3_LEN : WS_HIXIE_RESPONSE_LEN;
	size_t n = all - s->behind_len < len ? all - s->behind_len : len;
	struct sight sight = { .kind = KIND_RAW, .client = s->client,
	    .time_us = time_us, .wire_len = all, .len = all,
	    .payload = s->behind, .kept = all, .faults = "" };

	if (s->state != BEHIND_HEAD)
		return 0;
	memcpy(s->behind + s->behind_len, p, n);
	s->behind_len += n;
	if (s->behind_len == all) {
		show(set, &sight);
		s->state = IN_FRAMES;
	}
	return n;
}

/* -- frames -- */

static enum kind
kind_of(const struct ws_header *h)
{
	switch (h->opcode) {
	case WS_CONTINUATION: return KIND_CONT;
	case WS_TEXT: return KIND_TEXT;
	case WS_BINARY: return KIND_BINARY;
	case WS_CLOSE: return KIND_CLOSE;
	case WS_PING: return KIND_PING;
	case WS_PONG: return KIND_PONG;
	default: return KIND_RESERVED;
	}
}

static void
begin_frame(struct stream *s)
{
	uint8_t raw[WS_HEADER_MAX];
	struct sight *f = &s->sight;

	f->client = s->client;
	f->header = s->rx.header;
	f->kind = kind_of(&f->header);
	f->hixie = ws_version_is_hixie(session->version);
	if (f->hixie)
		f->header.form = ws_length_form(f->header.payload_len);
	f->header_len = f->hixie ? HIXIE_AROUND :
	    ws_header_encode(raw, &f->header);
	f->inflated = s->rx.inflating &&
	    !ws_opcode_is_control(f->header.opcode);
	f->wire_len = f->header.payload_len;
	f->len = f->inflated ? 0 : f->wire_len;
	f->kept = 0;
	f->cut = false;
	s->frame = OPEN;
	s->frame_number = s->rx.frames;
}

/* A message comes in pieces there, as its length is not known before. */
static void
begin_piece(struct stream *s)
{
	if (s->rx.header.opcode != WS_CONTINUATION) {
		begin_frame(s);
		return;
	}
	s->sight.wire_len += s->rx.header.payload_len;
	s->sight.len += s->rx.header.payload_len;
}

static void
end_piece(struct stream *s)
{
	struct ws_header *h = &s->sight.header;

	if (!s->rx.header.fin)
		return;
	h->fin = true;
	h->payload_len = s->sight.len;
	h->form = ws_length_form(h->payload_len);
	s->frame = WHOLE;
}

static void
take_hixie_close(struct stream *s)
{
	s->rx.header = (struct ws_header){ .fin = true, .opcode = WS_CLOSE };
	begin_frame(s);
	s->rx.close_seen = true;
	s->frame = WHOLE;
}

static void
add_payload(struct stream *s)
{
	struct sight *f = &s->sight;
	size_t room = s->keep - f->kept, n = s->rx.data_len;

	if (f->inflated)
		f->len += n;
	if (n > room)
		n = room;
	memcpy(s->payload + f->kept, s->rx.data, n);
	f->kept += n;
}

static void
add_fault(struct stream *s)
{
	if (s->faults.len > 0)
		text_puts(&s->faults, ", ");
	text_puts(&s->faults, ws_receiver_fault_text(&s->rx));
}

/* Leaves the start of a character, whose rest was not kept, away. */
static size_t
whole_characters(const uint8_t *p, size_t len)
{
	size_t n = len;

	while (n > 0 && len - n < 3 && (p[n - 1] & 0xc0) == 0x80)
		n--;
	return n > 0 && p[n - 1] >= 0xc0 ? n - 1 : len;
}

static void
show_frame(const struct settings *set, struct stream *s)
{
	struct sight *f = &s->sight;

	if (s->frame == NONE)
		return;
	if (f->kept < f->len && !f->cut)
		f->kept = whole_characters(s->payload, f->kept);
	f->payload = s->payload;
	f->faults = s->faults_buf;
	show(set, f);
	s->frame = NONE;
	s->faults.len = 0;
	s->faults_buf[0] = '\0';
}

static void
take_event(struct stream *s, enum ws_event event, int64_t time_us)
{
	switch (event) {
	case WS_NEED_MORE:
		break;
	case WS_FRAME_BEGIN:
		begin_frame(s);
		break;
	case WS_PAYLOAD:
		add_payload(s);
		break;
	case WS_FRAME_END:
		s->sight.time_us = time_us;
		s->frame = WHOLE;
		break;
	case WS_CONTROL:		/* not told to the lax */
		break;
	case WS_VIOLATION:
		add_fault(s);
		break;
	}
}

/* What is wrong before there is a frame. */
static void
begin_raw(struct stream *s)
{
	s->sight = (struct sight){ .kind = KIND_RAW, .client = s->client,
	    .time_us = s->sight.time_us, .cut = true };
	s->frame = OPEN;
}

static void
take_hixie_event(struct stream *s, enum ws_event event, int64_t time_us)
{
	s->sight.time_us = time_us;
	switch (event) {
	case WS_NEED_MORE:
		break;
	case WS_FRAME_BEGIN:
		begin_piece(s);
		break;
	case WS_PAYLOAD:
		add_payload(s);
		break;
	case WS_FRAME_END:
		end_piece(s);
		break;
	case WS_CONTROL:
		take_hixie_close(s);
		break;
	case WS_VIOLATION:
		if (s->frame == OPEN)
			add_payload(s);
		else
			begin_raw(s);
		add_fault(s);
		break;
	}
}

/* Nothing tells where the next frame begins behind one that is wrong. */
static void
take_hixie_frames(const struct settings *set, struct stream *s,
    int64_t time_us, uint8_t *p, size_t len)
{
	enum ws_event event;
	size_t used;

	do {
		event = ws_hixie_receive(&s->hixie, &s->rx, p, len, &used);
		take_hixie_event(s, event, time_us);
		if (s->frame == WHOLE || event == WS_VIOLATION)
			show_frame(set, s);
		p += used;
		len -= used;
	} while (event != WS_NEED_MORE && event != WS_VIOLATION);
	if (event == WS_VIOLATION)
		s->state = GIVEN_UP;
}

static void
take_frames(const struct settings *set, struct stream *s, int64_t time_us,
    uint8_t *p, size_t len)
{
	enum ws_event event;
	size_t used;

	do {
		/* What is wrong with a frame may be told behind its end. */
		if (ws_receive_message(&s->rx, p, len, &used)) {
			show_frame(set, s);
			begin_frame(s);
			add_payload(s);
			event = WS_FRAME_END;
		} else {
			event = ws_receive(&s->rx, p, len, &used);
			if (s->frame == WHOLE && (event != WS_VIOLATION ||
			    s->rx.frames != s->frame_number))
				show_frame(set, s);
		}
		take_event(s, event, time_us);
		p += used;
		len -= used;
	} while (event != WS_NEED_MORE);
}

/* -- ends -- */

/* What is there of a header that is not whole. */
static void
show_raw(const struct settings *set, struct stream *s)
{
	struct sight sight = { .kind = KIND_RAW, .client = s->client,
	    .time_us = s->sight.time_us, .wire_len = s->rx.raw_len,
	    .len = s->rx.raw_len, .cut = true, .payload = s->rx.raw,
	    .kept = s->rx.raw_len, .faults = "" };

	show(set, &sight);
}

static void
end_stream(const struct settings *set, struct stream *s)
{
	if (s->frame == OPEN) {
		s->sight.cut = true;
		if (s->sight.kept > s->sight.len)
			s->sight.len = s->sight.kept;
	}
	show_frame(set, s);
	if (s->state == IN_HEAD && s->head.len > 0)
		show_head(set, s, NO_TIME);
	if (s->state == IN_FRAMES && s->rx.state == WS_IN_HEADER &&
	    s->rx.raw_len > 0)
		show_raw(set, s);
}

void
end_session(const struct settings *set)
{
	end_stream(set, session->streams[1]);
	end_stream(set, session->streams[0]);
}

/* -- several sessions -- */

/* The one of that name; else the place for it. */
static struct session *
find_session(const char *name)
{
	struct session *oldest = sessions;
	size_t i;

	for (i = 0; i < session_count; i++) {
		if (strcmp(sessions[i].name, name) == 0)
			return &sessions[i];
		if (sessions[i].used < oldest->used)
			oldest = &sessions[i];
	}
	return oldest;
}

void
choose_session(const struct settings *set, const char *name)
{
	static uint64_t calls;
	static unsigned number;
	struct text t;

	session = find_session(name);
	session->used = ++calls;
	if (strcmp(session->name, name) == 0)
		return;
	if (session->name[0] != '\0')
		end_session(set);
	t = (struct text){ session->name, sizeof session->name, 0, false };
	text_puts(&t, name);
	session->number = ++number;
	session->ended[0] = session->ended[1] = false;
	begin_session(set);
}

void
end_side(const struct settings *set, bool client)
{
	session->ended[client] = true;
	if (!session->ended[!client])
		return;
	end_session(set);
	begin_session(set);
	session->name[0] = '\0';
	session->used = 0;
}

/* -- what comes -- */

void
expect_head(const struct settings *set, bool client)
{
	/* A request is the beginning of another session. */
	if (client || session->streams[client]->state != AT_START) {
		end_session(set);
		begin_session(set);
	}
	session->streams[client]->state = IN_HEAD;
	session->streams[client]->told = true;
}

void
feed(const struct settings *set, bool client, int64_t time_us, uint8_t *p,
    size_t len)
{
	struct stream *s = session->streams[client];
	size_t used = take_head(set, s, time_us, p, len);

	used += take_behind(set, s, time_us, p + used, len - used);
	if (s->state != IN_FRAMES)
		return;
	if (ws_version_is_hixie(session->version))
		take_hixie_frames(set, s, time_us, p + used, len - used);
	else
		take_frames(set, s, time_us, p + used, len - used);
}
