/* The handshakes of the drafts hixie-75 and hixie-76. */
#include <string.h>

#include "code/md5.h"
#include "http/fields.h"
#include "http/hixie.h"
#include "http/origin.h"

bool
ws_hixie_number(uint32_t *number, struct slice key)
{
	uint64_t digits = 0;
	uint32_t spaces = 0;
	bool any = false;
	size_t i;

	for (i = 0; i < key.len; i++) {
		spaces += key.p[i] == ' ';
		if (key.p[i] < '0' || key.p[i] > '9')
			continue;
		any = true;
		digits = digits * 10 + (unsigned)(key.p[i] - '0');
		if (digits > UINT32_MAX)
			return false;
	}
	if (!any || spaces == 0 || digits % spaces != 0)
		return false;
	*number = (uint32_t)(digits / spaces);
	return true;
}

void
ws_hixie_response(uint8_t response[WS_HIXIE_RESPONSE_LEN],
    const uint32_t number[2], const uint8_t key3[WS_HIXIE_KEY3_LEN])
{
	uint8_t challenge[8 + WS_HIXIE_KEY3_LEN];
	size_t i;

	for (i = 0; i < 8; i++)
		challenge[i] = (uint8_t)(number[i / 4] >> (24 - i % 4 * 8));
	memcpy(challenge + 8, key3, WS_HIXIE_KEY3_LEN);
	ws_md5(response, challenge, sizeof challenge);
}

static bool
has(const struct http_head *h, const char *name)
{
	struct slice unused;

	return http_count(h, name, &unused) > 0;
}

static bool
speaks(unsigned spoken, enum ws_version version)
{
	return (spoken >> version & 1) != 0;
}

enum ws_version
ws_hixie_version(const struct http_head *h, unsigned spoken)
{
	bool keys = has(h, "Sec-WebSocket-Key1") ||
	    has(h, "Sec-WebSocket-Key2");

	if (has(h, "Sec-WebSocket-Version") || has(h, "Sec-WebSocket-Key"))
		return WS_VERSION_13;
	if (keys && speaks(spoken, WS_HIXIE_76))
		return WS_HIXIE_76;
	if (!keys && speaks(spoken, WS_HIXIE_75))
		return WS_HIXIE_75;
	return WS_VERSION_13;
}

bool
ws_hixie_content(const struct http_head *h, unsigned spoken)
{
	struct slice length;

	return ws_hixie_version(h, spoken) == WS_HIXIE_76 &&
	    !has(h, "Transfer-Encoding") &&
	    http_count(h, "Content-Length", &length) == 1 &&
	    slice_equal(length, slice_of("8"));
}

/* One name in 75; in later editions of 76 several with blanks between them. */
static void
select_subprotocol(struct ws_request *r, const char *field,
    struct string_list ours)
{
	struct slice names, name;

	if (http_count(&r->head, field, &names) != 1)
		return;
	while (names.len > 0 && r->subprotocol.len == 0) {
		name = slice_next_word(&names);
		if (slice_in_list(ours, name))
			r->subprotocol = name;
	}
}

/* One key, once. */
static bool
take_key(const struct ws_request *r, const char *field, uint32_t *number)
{
	struct slice key;

	return http_count(&r->head, field, &key) == 1 &&
	    ws_hixie_number(number, key);
}

enum ws_refusal
ws_judge_hixie(struct ws_request *r, struct string_list ours)
{
	struct slice draft;
	size_t n = http_count(&r->head, "Sec-WebSocket-Draft", &draft);

	/* hybi-01 to 03, whose frames are others again. */
	if (n > 1 || (n == 1 && !slice_equal(draft, slice_of("0"))))
		return WS_VERSION_UNKNOWN;
	if (http_count(&r->head, "Origin", &r->origin) != 1 ||
	    !ws_origin_valid(r->origin))
		return WS_HIXIE_ORIGIN;
	if (r->version == WS_HIXIE_75) {
		select_subprotocol(r, "WebSocket-Protocol", ours);
		return WS_ACCEPTED;
	}
	if (!take_key(r, "Sec-WebSocket-Key1", &r->hixie_number[0]) ||
	    !take_key(r, "Sec-WebSocket-Key2", &r->hixie_number[1]))
		return WS_HIXIE_KEYS;
	select_subprotocol(r, "Sec-WebSocket-Protocol", ours);
	return WS_ACCEPTED;
}

/* "Sec-" came with 76. */
static struct slice
name_of(const struct ws_request *r, const char *name)
{
	return slice_of(r->version == WS_HIXIE_75 ?
	    name + strlen("Sec-") : name);
}

static void
put_location(struct ws_fields *f, const struct ws_request *r, bool secure)
{
	const char *port = secure ? ":443" : ":80";
	size_t n = strlen(port);
	struct slice host = r->authority;

	if (!ws_field_begin(f, name_of(r, "Sec-WebSocket-Location")))
		return;
	if (host.len > n && memcmp(host.p + host.len - n, port, n) == 0)
		host.len -= n;
	text_puts(f->text, secure ? "wss://" : "ws://");
	text_put_slice(f->text, host);
	text_put_slice(f->text, r->path);
	if (r->query.len > 0)
		text_puts(f->text, "?");
	text_put_slice(f->text, r->query);
	ws_field_end(f);
}

void
ws_put_hixie_acceptance(struct text *t, const struct ws_request *r,
    bool secure, struct string_list edits)
{
	struct ws_fields f = { .text = t, .edits = edits };

	/* Clients of 75 compare the first three lines byte by byte. */
	text_puts(t, r->version == WS_HIXIE_75 ?
	    "HTTP/1.1 101 Web Socket Protocol Handshake\r\n" :
	    "HTTP/1.1 101 WebSocket Protocol Handshake\r\n");
	ws_put_field(&f, slice_of("Upgrade"), slice_of("WebSocket"));
	ws_put_field(&f, slice_of("Connection"), slice_of("Upgrade"));
	ws_put_field(&f, name_of(r, "Sec-WebSocket-Origin"), r->origin);
	put_location(&f, r, secure);
	if (r->subprotocol.len > 0)
		ws_put_field(&f, name_of(r, "Sec-WebSocket-Protocol"),
		    r->subprotocol);
	ws_fields_finish(&f);
}
