/* ws-view: conditions (-G). */
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "options.h"
#include "ws-view.h"

static const struct {
	const char *word;
	unsigned kinds;
} words[] = {
	{ "head", KIND_HEAD | KIND_FIELD }, { "text", KIND_TEXT },
	{ "binary", KIND_BINARY }, { "cont", KIND_CONT },
	{ "ping", KIND_PING }, { "pong", KIND_PONG },
	{ "close", KIND_CLOSE }, { "reserved", KIND_RESERVED },
	{ "raw", KIND_RAW },
	{ "data", KIND_TEXT | KIND_BINARY | KIND_CONT },
	{ "control", KIND_PING | KIND_PONG | KIND_CLOSE },
	{ "frames", KIND_FRAMES }
};

_Noreturn static void
refuse_condition(const char *value)
{
	die(STATUS_USAGE, "-G %s: not a list such as text,ping or client, nor "
	    "size=125-64k or time=0.5-3", value);
}

/* MIN-MAX, of which one may be missing, or one number alone. */
static bool
take_sizes(struct conditions *c, struct slice s)
{
	bool has_min = slice_take_size(&s, &c->min);

	if (has_min && s.len == 0) {
		c->max = c->min;
		return true;
	}
	if (!slice_take_prefix(&s, "-"))
		return false;
	if (s.len == 0)
		return has_min;
	return slice_take_size(&s, &c->max) && s.len == 0;
}

static bool
take_times(struct conditions *c, struct slice s)
{
	int64_t us;
	bool has_min = slice_take_time(&s, UINT32_MAX, &us);

	if (has_min)
		c->from_us = us;
	if (!slice_take_prefix(&s, "-"))
		return false;
	if (s.len == 0)
		return has_min;
	if (!slice_take_time(&s, UINT32_MAX, &us) || s.len > 0)
		return false;
	c->to_us = us;
	return true;
}

static bool
take_word(struct conditions *c, struct slice word)
{
	size_t i;

	if (slice_equal(word, slice_of("client")))
		return c->client = true;
	if (slice_equal(word, slice_of("server")))
		return c->server = true;
	for (i = 0; i < sizeof words / sizeof words[0]; i++)
		if (slice_equal(word, slice_of(words[i].word))) {
			c->kinds |= words[i].kinds;
			return true;
		}
	return false;
}

void
add_condition(struct settings *set, const char *value)
{
	struct slice s = slice_of(value), word;
	struct conditions *c;

	set->conditions = realloc(set->conditions,
	    (set->condition_count + 1) * sizeof *c);
	if (set->conditions == NULL)
		die_sys("get memory");
	c = &set->conditions[set->condition_count++];
	*c = (struct conditions){ .max = UINT64_MAX, .from_us = INT64_MIN,
	    .to_us = INT64_MAX };
	if (slice_take_prefix(&s, "size=")) {
		if (!take_sizes(c, s))
			refuse_condition(value);
		return;
	}
	if (slice_take_prefix(&s, "time=")) {
		if (!take_times(c, s))
			refuse_condition(value);
		return;
	}
	if (s.len == 0)
		refuse_condition(value);
	while (slice_next_element(&s, &word))
		if (!take_word(c, word))
			refuse_condition(value);
}

static bool
holds(const struct conditions *c, const struct sight *s, int64_t since_us)
{
	return (c->kinds == 0 || (c->kinds & s->kind) != 0) &&
	    (c->client == c->server || c->client == s->client) &&
	    s->len >= c->min && s->len <= c->max &&
	    since_us >= c->from_us && since_us <= c->to_us;
}

bool
is_wanted(const struct settings *set, const struct sight *s, int64_t since_us)
{
	size_t i;

	for (i = 0; i < set->condition_count; i++)
		if (!holds(&set->conditions[i], s, since_us))
			return false;
	return true;
}
