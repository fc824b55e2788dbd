/* core-rows: the rows of test vectors, in and out. */
#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "ws/closecode.h"
#include "ws/frame.h"

_Noreturn void
fatal(const char *what)
{
	perror(what);
	exit(111);
}

void *
get_memory(size_t size)
{
	void *p = calloc(1, size + 1);

	if (p == NULL)
		fatal("core: memory");
	return p;
}

bool
next_row(struct row *r, size_t columns)
{
	ssize_t n = getline(&r->line, &r->size, stdin);
	char *p = r->line;
	size_t i;

	if (n < 0)
		return false;
	if (r->line[n - 1] == '\n')
		r->line[n - 1] = '\0';
	for (i = 0; i < columns; i++) {
		r->column[i] = p;
		p += strcspn(p, "\t");
		if (*p != '\0')
			*p++ = '\0';
	}
	return true;
}

static int
hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c - 'a' + 10;
}

struct bytes
expand(const char *runs)
{
	struct bytes b = { NULL, 0 };
	size_t size = 0;

	while (*runs != '\0') {
		size_t digits = strspn(runs, "0123456789abcdef");
		unsigned long times = 1, t;
		const char *hex = runs;
		size_t i;

		runs += digits;
		if (*runs == '*')
			times = strtoul(runs + 1, (char **)&runs, 10);
		else if (digits == 0)
			runs++;
		if (b.len + times * digits / 2 >= size) {
			size = 2 * (b.len + times * digits / 2) + 16;
			b.p = realloc(b.p, size);
			if (b.p == NULL)
				fatal("core: memory");
		}
		for (t = 0; t < times; t++)
			for (i = 0; i + 1 < digits; i += 2)
				b.p[b.len++] = (uint8_t)(hex_value(hex[i]) << 4 |
				    hex_value(hex[i + 1]));
	}
	return b;
}

void
put_hex(const uint8_t *p, size_t len)
{
	if (len == 0)
		putchar('-');
	while (len-- > 0)
		printf("%02x", *p++);
}

struct bytes
read_file(const char *name)
{
	struct bytes b = { get_memory(1 << 17), 0 };
	FILE *f = fopen(name, "rb");

	if (f == NULL)
		fatal(name);
	b.len = fread(b.p, 1, 1 << 17, f);
	fclose(f);
	return b;
}

bool
parse_order(struct ws_frameline *line, char *in, size_t len)
{
	struct ws_frameline_fault fault;

	return ws_frameline_parse_control(line, &fault, in, len);
}

static void
print_order(char *in, size_t len)
{
	static const char *const whens[] = {
		[WS_AFTER_INPUT] = "", [WS_SOON] = "-soon", [WS_NOW] = "-now" };
	struct ws_frameline line;
	unsigned code = WS_CLOSE_NONE;

	if (!parse_order(&line, in, len)) {
		fputs("error", stdout);
	} else if (line.kind == WS_FRAMELINE_END) {
		printf("end %d", line.status);
		if (line.payload_len > 0) {
			putchar('=');
			put_hex(line.payload, line.payload_len);
		}
	} else if (line.kind == WS_FRAMELINE_STATUS) {
		printf("status %d", line.status);
	} else if (line.kind == WS_FRAMELINE_DONE) {
		fputs("done", stdout);
	} else if (line.kind == WS_FRAMELINE_EMPTY) {
		fputs("data", stdout);
	} else if (line.header.opcode != WS_CLOSE) {
		fputs(line.header.opcode == WS_PING ? "ping=" : "pong=", stdout);
		put_hex(line.payload, line.payload_len);
	} else {
		(void)ws_close_decode(line.payload, line.payload_len, &code);
		printf("close%s %u", line.received ? "-received" :
		    whens[line.when], code);
		if (line.payload_len > 2) {
			putchar('=');
			put_hex(line.payload + 2, line.payload_len - 2);
		}
	}
}

void
print_orders(FILE *in)
{
	struct row r;
	ssize_t n;

	memset(&r, 0, sizeof r);
	while ((n = getline(&r.line, &r.size, in)) > 0) {
		print_order(r.line, (size_t)n - 1);
		putchar(' ');
	}
	free(r.line);
}

/* The header in h, and the payload's length; false at the end of input. */
static bool
next_frame(FILE *in, uint8_t h[10], uint64_t *len)
{
	size_t extended, i;

	if (fread(h, 1, 2, in) < 2)
		return false;
	extended = (h[1] & 127) == 127 ? 8 : (h[1] & 127) == 126 ? 2 : 0;
	if (fread(h + 2, 1, extended, in) != extended) {
		fputs("cut-inside-a-header ", stdout);
		return false;
	}
	*len = extended > 0 ? 0 : h[1] & 127;
	for (i = 0; i < extended; i++)
		*len = *len << 8 | h[2 + i];
	if ((extended == 2 && *len < 126) || (extended == 8 && *len < 65536))
		fputs("not-the-shortest-form ", stdout);
	if (h[1] & 128)
		fputs("masked ", stdout);
	return true;
}

void
print_messages(FILE *in)
{
	enum { MOST = 1 << 22 };
	struct bytes message = { get_memory(MOST), 0 };
	uint8_t h[10];
	uint64_t len;
	int opcode = 0;

	while (next_frame(in, h, &len)) {
		size_t n = len < MOST - message.len ? (size_t)len : 0;

		if (h[0] & 0x0f)
			opcode = h[0] & 0x7f;
		if (fread(message.p + message.len, 1, n, in) < len)
			break;
		message.len += n;
		if (!(h[0] & 0x80))
			continue;
		if (opcode == 1 || opcode == 2)
			fputs(opcode == 1 ? "text=" : "binary=", stdout);
		else
			printf("%02x=", (unsigned)opcode);
		put_hex(message.p, message.len);
		putchar(' ');
		message.len = 0;
	}
	free(message.p);
}
