/* The environment that a server gives its programs (RFC 3875, 4.1). */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "environment.h"
#include "ws-handshake-cgi.h"

extern char **environ;

/* A variable's name, or its value, or both, until it is set. */
static char scratch[5 + HTTP_HEAD_MAX + 1 + 2 * HTTP_HEAD_MAX];

static void
put_slice(const char *name, struct slice value)
{
	struct text t = { scratch, sizeof scratch, 0, false };

	text_put_slice(&t, value);
	environment_set(name, scratch);
}

/* PATH_INFO is the path without its escapes (RFC 3875, 4.1.5), which the
 * handshake has checked. */
static void
put_path(struct slice path)
{
	size_t i, n = 0;

	for (i = 0; i < path.len; i++) {
		char c = path.p[i];

		if (c == '%') {
			c = (char)text_hex_byte(path.p + i + 1);
			i += 2;
		}
		scratch[n++] = c;
	}
	scratch[n] = '\0';
	environment_set("PATH_INFO", scratch);
}

/* Puts HTTP_NAME for a field's name into scratch; false for one that has no
 * such form, that two fields could share, or that programs would take for
 * something else. */
static bool
meta_name(struct slice name)
{
	char *out = scratch + 5;
	size_t i;

	memcpy(scratch, "HTTP_", 5);
	for (i = 0; i < name.len; i++) {
		char c = name.p[i];

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		else if (c == '-')
			c = '_';
		else if (!text_is_letter(c) && !text_is_digit(c))
			return false;
		*out++ = c;
	}
	*out = '\0';
	/* Many HTTP clients would take it for their proxy ("httpoxy"). */
	return !slice_equal_nocase(name, slice_of("Proxy"));
}

/* The fields, which have one name, whose form meta_name() has put down, as one
 * list (RFC 3875, 4.1.18); that of cookies has another delimiter (RFC 6265,
 * 4.2.1). */
static void
put_list(const struct http_field *const fields[], size_t count)
{
	bool cookies = slice_equal_nocase(fields[0]->name, slice_of("Cookie"));
	size_t used = strlen(scratch) + 1, i;
	struct text t = { scratch + used, sizeof scratch - used, 0, false };

	for (i = 0; i < count; i++) {
		text_puts(&t, t.len == 0 ? "" : cookies ? "; " : ", ");
		text_put_slice(&t, fields[i]->value);
	}
	environment_set(scratch, t.buf);
}

/* By name, in any case; those of one name in their order. */
static int
compare_fields(const void *a, const void *b)
{
	const struct http_field *const *x = a, *const *y = b;
	struct slice p = (*x)->name, q = (*y)->name;
	size_t i;

	if (p.len != q.len)
		return p.len < q.len ? -1 : 1;
	for (i = 0; i < p.len; i++) {
		int c = tolower((unsigned char)p.p[i]);
		int d = tolower((unsigned char)q.p[i]);

		if (c != d)
			return c - d;
	}
	return *x < *y ? -1 : *x > *y;
}

/* Sorted, since a search for each one's fellows would cost much where all
 * names are long and differ at their ends. */
static void
put_fields(const struct http_head *h)
{
	const struct http_field *sorted[HTTP_FIELDS_MAX] = { NULL };
	size_t i, n;

	for (i = 0; i < h->field_count; i++)
		sorted[i] = &h->fields[i];
	qsort(sorted, h->field_count, sizeof(void *), compare_fields);
	for (i = 0; i < h->field_count; i += n) {
		for (n = 1; i + n < h->field_count && slice_equal_nocase(
		    sorted[i]->name, sorted[i + n]->name); n++)
			;
		if (meta_name(sorted[i]->name))
			put_list(sorted + i, n);
	}
}

/* RFC 3875, 4.1.1 and 4.1.11.  The password is nobody's business (4.1.18). */
static void
put_user(const char *credentials)
{
	struct slice user;

	environment_set("AUTH_TYPE", NULL);
	environment_set("REMOTE_USER", NULL);
	if (credentials == NULL)
		return;
	environment_set("AUTH_TYPE", "Basic");
	user.p = credentials;
	user.len = strcspn(credentials, ":");
	put_slice("REMOTE_USER", user);
	environment_set("HTTP_AUTHORIZATION", NULL);
}

/* Numeric address and port of a socket's end; false if it is no IP socket.  An
 * IPv4 address that came to an IPv6 listener is written as what it is. */
static bool
describe(const struct sockaddr_storage *ss, char *address, char *port)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	const struct sockaddr_in *in = (const void *)ss;
	const struct sockaddr_in6 *in6 = (const void *)ss;
	const uint8_t *bytes = in6->sin6_addr.s6_addr;

	if (ss->ss_family == AF_INET) {
		inet_ntop(AF_INET, &in->sin_addr, address, INET6_ADDRSTRLEN);
		sprintf(port, "%u", (unsigned)ntohs(in->sin_port));
		return true;
	}
	if (ss->ss_family != AF_INET6)
		return false;
	if (memcmp(bytes, mapped, sizeof mapped) == 0)
		inet_ntop(AF_INET, bytes + 12, address, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET6, bytes, address, INET6_ADDRSTRLEN);
	sprintf(port, "%u", (unsigned)ntohs(in6->sin6_port));
	return true;
}

/* What the one who accepted the connection says of it: a variable's value, or
 * an empty string. */
static const char *
told(const char *const names[])
{
	const char *value;

	for (; *names != NULL; names++) {
		value = getenv(*names);
		if (value != NULL && *value != '\0')
			return value;
	}
	return "";
}

/* socat writes IPv6 in brackets and with all its zeros; others give it the
 * zone, which is no part of it here (RFC 3875, 4.1.8). */
static const char *
plain_address(const char *value, char address[INET6_ADDRSTRLEN])
{
	struct sockaddr_storage ss = { .ss_family = AF_INET6 };
	struct sockaddr_in6 *in6 = (void *)&ss;
	char port[8];
	size_t len;

	value += value[0] == '[';
	len = strcspn(value, "%]");
	if (len < INET6_ADDRSTRLEN) {
		memcpy(address, value, len);
		address[len] = '\0';
		if (inet_pton(AF_INET6, address, &in6->sin6_addr) == 1 &&
		    describe(&ss, address, port))
			value = address;
	}
	return value;
}

/* Numeric address and port, as getpeername(2) or getsockname(2) tell; false if
 * standard input is no socket of the Internet. */
static bool
ask_socket(int (*ask)(int, struct sockaddr *, socklen_t *), char *address,
    char *port)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof ss;

	memset(&ss, 0, sizeof ss);
	return ask(STDIN_FILENO, (void *)&ss, &len) == 0 &&
	    describe(&ss, address, port);
}

/* What the socket itself says; false if it is none of the Internet. */
static bool
put_socket_end(int (*ask)(int, struct sockaddr *, socklen_t *),
    const char *address_name, const char *port_name)
{
	char address[INET6_ADDRSTRLEN], port[8];

	if (!ask_socket(ask, address, port))
		return false;
	if (address_name != NULL)
		environment_set(address_name, address);
	environment_set(port_name, port);
	return true;
}

/* The PROXY protocol's word is taken, as it was asked for. */
static void
put_source(const struct ws_proxyproto *source)
{
	struct sockaddr_storage ss;
	struct sockaddr_in *in = (void *)&ss;
	struct sockaddr_in6 *in6 = (void *)&ss;
	char address[INET6_ADDRSTRLEN], port[8];

	memset(&ss, 0, sizeof ss);
	if (source->family == 4) {
		ss.ss_family = AF_INET;
		memcpy(&in->sin_addr, source->address, 4);
		in->sin_port = htons((uint16_t)source->port);
	} else {
		ss.ss_family = AF_INET6;
		memcpy(&in6->sin6_addr, source->address, 16);
		in6->sin6_port = htons((uint16_t)source->port);
	}
	(void)describe(&ss, address, port);
	environment_set("REMOTE_ADDR", address);
	environment_set("REMOTE_PORT", port);
	snprintf(port, sizeof port, "%u", source->server_port);
	environment_set("SERVER_PORT", port);
}

/* getpeername(2) and getsockname(2) know; behind a relay, TLS for instance,
 * tcpserver's, socat's or systemd's variables do. */
void
cgi_export_addresses(const struct ws_proxyproto *source)
{
	static const char *const remote_addr[] = { "TCPREMOTEIP",
	    "SOCAT_PEERADDR", "REMOTE_ADDR", NULL };
	static const char *const remote_port[] = { "TCPREMOTEPORT",
	    "SOCAT_PEERPORT", "REMOTE_PORT", NULL };
	static const char *const server_port[] = { "TCPLOCALPORT",
	    "SOCAT_SOCKPORT", "SERVER_PORT", NULL };
	char address[INET6_ADDRSTRLEN];

	if (source != NULL && source->family != 0) {
		put_source(source);
		return;
	}
	if (!put_socket_end(getpeername, "REMOTE_ADDR", "REMOTE_PORT")) {
		environment_set("REMOTE_ADDR",
		    plain_address(told(remote_addr), address));
		environment_set("REMOTE_PORT", told(remote_port));
	}
	if (!put_socket_end(getsockname, NULL, "SERVER_PORT"))
		environment_set("SERVER_PORT", told(server_port));
}

bool
came_by_loopback(void)
{
	static const char *const names[] = { "TCPLOCALIP", "SOCAT_SOCKADDR",
	    NULL };
	char address[INET6_ADDRSTRLEN], port[8];
	const char *value = address;

	if (!ask_socket(getsockname, address, port))
		value = plain_address(told(names), address);
	return strncmp(value, "127.", 4) == 0 || strcmp(value, "::1") == 0;
}

static void
put_protocol(const struct http_request_line *line)
{
	char protocol[16];

	snprintf(protocol, sizeof protocol, "HTTP/%d.%d", line->major,
	    line->minor);
	environment_set("SERVER_PROTOCOL", protocol);
}

/* Those of an outer request would be taken for this one's. */
static void
forget_fields(void)
{
	char **from, **to = environ;

	for (from = environ; *from != NULL; from++)
		if (strncmp(*from, "HTTP_", 5) != 0)
			*to++ = *from;
	*to = NULL;
}

void
cgi_export(const struct ws_request *r, const struct ws_proxyproto *source)
{
	forget_fields();
	environment_set("GATEWAY_INTERFACE", "CGI/1.1");
	environment_set("SERVER_SOFTWARE", "ws-filters/" VERSION);
	environment_set("SCRIPT_NAME", "");
	put_slice("REQUEST_METHOD", r->line.method);
	put_slice("REQUEST_URI", r->line.target);
	put_slice("QUERY_STRING", r->query);
	put_slice("SERVER_NAME", r->host);
	put_path(r->path);
	put_protocol(&r->line);
	cgi_export_addresses(source);
	put_fields(&r->head);
	/* What the field says does not count beside a whole URL (RFC 9112,
	 * 3.2.2). */
	put_slice("HTTP_HOST", r->authority);
	put_user(r->credentials);
}
