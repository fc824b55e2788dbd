/* The parameters of permessage-deflate (RFC 7692, 7.1). */
#include <string.h>

#include "http/extension.h"
#include "http/permessage.h"

/* 7.1.2: a number from 8 to 15 without a leading zero. */
static bool
take_bits(struct slice value, unsigned *bits)
{
	uint64_t n;

	if (!slice_is_number(value, WS_WINDOW_BITS_MAX, &n) ||
	    n < WS_WINDOW_BITS_MIN)
		return false;
	*bits = (unsigned)n;
	return true;
}

/* One that has no value, and comes once. */
static bool
set_flag(bool *flag, const struct ws_extension_parameter *p)
{
	bool was = *flag;

	*flag = true;
	return !was && !p->has_value;
}

static bool
take_parameter(struct ws_permessage *m,
    const struct ws_extension_parameter *p, bool answer)
{
	bool was = m->client_window;

	if (slice_equal_nocase(p->name,
	    slice_of("server_no_context_takeover")))
		return set_flag(&m->server_no_context, p);
	if (slice_equal_nocase(p->name,
	    slice_of("client_no_context_takeover")))
		return set_flag(&m->client_no_context, p);
	if (slice_equal_nocase(p->name, slice_of("server_max_window_bits")))
		return m->server_bits == 0 && p->has_value &&
		    take_bits(p->value, &m->server_bits);
	if (!slice_equal_nocase(p->name, slice_of("client_max_window_bits")))
		return false;
	m->client_window = true;
	/* 7.1.2.2: only an offer may have it without a value. */
	return !was && (p->has_value ?
	    take_bits(p->value, &m->client_bits) : !answer);
}

static bool
take_parameters(struct ws_permessage *m, struct slice *s, bool answer)
{
	struct ws_extension_parameter p;

	while (s->len > 0)
		if (!ws_extension_parameter(s, &p) ||
		    !take_parameter(m, &p, answer))
			return false;
	return true;
}

bool
ws_permessage_parse(struct ws_permessage *m, struct slice s, bool answer)
{
	struct slice name;

	memset(m, 0, sizeof *m);
	m->deflate = true;
	return ws_extension_name(&s, &name) &&
	    slice_equal_nocase(name, slice_of("permessage-deflate")) &&
	    take_parameters(m, &s, answer);
}

/* The smaller of two that may be missing. */
static unsigned
smaller(unsigned a, unsigned b)
{
	return a == 0 || (b > 0 && b < a) ? b : a;
}

/* What the answer to an offer is.  A client that does not know
 * client_max_window_bits is not told of it (7.1.2.2). */
static struct ws_permessage
answer_to(const struct ws_permessage *offer, const struct ws_permessage *wish)
{
	struct ws_permessage a = { .deflate = true };

	a.server_no_context = offer->server_no_context ||
	    wish->server_no_context;
	a.client_no_context = offer->client_no_context ||
	    wish->client_no_context;
	a.server_bits = smaller(offer->server_bits, wish->server_bits);
	if (offer->client_window)
		a.client_bits = smaller(offer->client_bits, wish->client_bits);
	a.client_window = a.client_bits > 0;
	return a;
}

bool
ws_permessage_accept(struct ws_permessage *agreed,
    const struct ws_permessage *wish, const struct http_head *h)
{
	struct ws_extensions all = { .head = h };
	struct ws_permessage offer;
	struct slice e;

	memset(agreed, 0, sizeof *agreed);
	while (wish->deflate && ws_extensions_next(&all, &e))
		if (ws_permessage_parse(&offer, e, false)) {
			*agreed = answer_to(&offer, wish);
			return true;
		}
	return false;
}

bool
ws_permessage_judge(struct ws_permessage *agreed,
    const struct ws_permessage *offer, const struct http_head *h)
{
	struct ws_extensions all = { .head = h };
	struct slice e;

	memset(agreed, 0, sizeof *agreed);
	while (ws_extensions_next(&all, &e))
		if (!offer->deflate || agreed->deflate ||
		    !ws_permessage_parse(agreed, e, true))
			return false;
	if (!agreed->deflate)
		return true;
	/* What was asked of the server it says, if it accepts (7.1.1.1,
	 * 7.1.2.1); and of the client's window only to one that knows. */
	if ((offer->server_no_context && !agreed->server_no_context) ||
	    (offer->server_bits > 0 && (agreed->server_bits == 0 ||
	    agreed->server_bits > offer->server_bits)) ||
	    (agreed->client_window && !offer->client_window))
		return false;
	/* What it said of itself a client keeps to, whatever the answer says
	 * (7.1.1.2, 7.1.2.2). */
	agreed->client_no_context |= offer->client_no_context;
	agreed->client_bits = smaller(agreed->client_bits, offer->client_bits);
	agreed->client_window = agreed->client_bits > 0;
	return true;
}

static void
put_bits(struct text *t, const char *name, unsigned bits)
{
	text_puts(t, "; ");
	text_puts(t, name);
	if (bits > 0) {
		text_puts(t, "=");
		text_put_number(t, bits);
	}
}

void
ws_permessage_put(struct text *t, const struct ws_permessage *m)
{
	text_puts(t, "permessage-deflate");
	if (m->server_no_context)
		text_puts(t, "; server_no_context_takeover");
	if (m->client_no_context)
		text_puts(t, "; client_no_context_takeover");
	if (m->server_bits > 0)
		put_bits(t, "server_max_window_bits", m->server_bits);
	if (m->client_window)
		put_bits(t, "client_max_window_bits", m->client_bits);
}

unsigned
ws_permessage_bits(const struct ws_permessage *m, bool server)
{
	unsigned bits = server ? m->server_bits : m->client_bits;

	return bits > 0 ? bits : WS_WINDOW_BITS_MAX;
}

bool
ws_permessage_drops(const struct ws_permessage *m, bool server)
{
	return server ? m->server_no_context : m->client_no_context;
}
