/* Connections to Tor's Extended ORPort. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "code/errortext.h"
#include "connect.h"
#include "diag.h"
#include "io.h"
#include "net/extorport.h"
#include "readhead.h"
#include "system.h"
#include "ws-session-orport.h"

static const char prefix[] = "extorport:";
static const char cookie_variable[] = "TOR_PT_AUTH_COOKIE_FILE";

bool
target_is_orport(const char *target)
{
	return strncmp(target, prefix, sizeof prefix - 1) == 0;
}

/* Puts the transport's name into name, and returns the address behind it; null
 * if the name is none (Tor's pt-spec, 3.1). */
static const char *
split_target(char name[WS_EXTOR_NAME_MAX + 1], const char *target)
{
	static const char characters[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	const char *start = target + sizeof prefix - 1;
	size_t len = strspn(start, characters);

	if (len == 0 || len > WS_EXTOR_NAME_MAX || start[len] != ':')
		return NULL;
	memcpy(name, start, len);
	name[len] = '\0';
	return start + len + 1;
}

static const char *
cookie_path(const char *target)
{
	const char *path = getenv(cookie_variable);

	if (path == NULL)
		die(STATUS_USAGE, "%s: %s is not set", target, cookie_variable);
	return path;
}

void
check_orport(const char *target)
{
	char name[WS_EXTOR_NAME_MAX + 1];
	const char *address = split_target(name, target);

	if (address == NULL)
		die(STATUS_USAGE, "%s: not extorport:TRANSPORT:ADDRESS",
		    target);
	check_address(address);
	(void)cookie_path(target);
}

/* The cookie as Tor has written it; another Tor, another cookie. */
static bool
read_cookie(uint8_t key[WS_EXTOR_KEY_LEN], const char *path)
{
	uint8_t file[WS_EXTOR_COOKIE_LEN + 1];
	size_t len = 0;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_NONBLOCK);

	if (fd < 0) {
		say("%s: open %s: %s", cookie_variable, path,
		    error_text(errno));
		return false;
	}
	while ((n = read_some(fd, file + len, sizeof file - len)) > 0)
		len += (size_t)n;
	(void)close(fd);
	if (ws_extor_read_cookie(key, file, len))
		return true;
	say("%s: %s is not a cookie of an Extended ORPort", cookie_variable,
	    path);
	return false;
}

static const char *
sentence(enum ws_extor_status status)
{
	switch (status) {
	case WS_EXTOR_NO_METHOD:
		return "does not offer SAFE_COOKIE";
	case WS_EXTOR_IMPOSTOR:
		return "does not know the cookie: is it that of another tor?";
	case WS_EXTOR_REFUSED:
		return "refused our cookie";
	case WS_EXTOR_DENIED:
		return "denied the connection";
	case WS_EXTOR_MORE:
	case WS_EXTOR_OPEN:
	case WS_EXTOR_MALFORMED:
		break;
	}
	return "is not an Extended ORPort";
}

static bool
tell_tor(int fd, const struct text *t)
{
	/* A few bytes on a fresh connection always go whole. */
	return send(fd, t->buf, t->len, MSG_NOSIGNAL) == (ssize_t)t->len;
}

/* Goes on until Tor takes payload, or does not. */
static bool
converse(int fd, struct ws_extor *e, const char *target, int64_t deadline)
{
	enum ws_extor_status status = WS_EXTOR_MORE;
	uint8_t in[WS_EXTOR_READ_MAX];
	char buf[WS_EXTOR_SAY_MAX];
	enum input input;
	size_t n;

	while (status == WS_EXTOR_MORE) {
		struct text t = { buf, sizeof buf, 0, false };

		n = ws_extor_wants(e);
		if (n > sizeof in)
			n = sizeof in;
		/* There may always be one more command that nobody knows. */
		input = now_ms() < deadline ?
		    read_exactly(fd, in, n, deadline) : INPUT_LATE;
		if (input == INPUT_HEAD) {
			status = ws_extor_take(e, in, n, &n, &t);
			if (t.len == 0 || tell_tor(fd, &t))
				continue;
		}
		say("%s: %s", target, input == INPUT_LATE ?
		    "no complete answer in time" :
		    "connection ended before the answer was complete");
		return false;
	}
	if (status != WS_EXTOR_OPEN)
		say("%s: %s", target, sentence(status));
	return status == WS_EXTOR_OPEN;
}

/* The client.  Of webtunnel's a web server says it, which alone can reach us;
 * the port is nobody's. */
static bool
put_client(struct text *t, const char *transport)
{
	const char *list = getenv("HTTP_X_FORWARDED_FOR");
	char address[INET6_ADDRSTRLEN];
	struct text a = { address, sizeof address, 0, false };
	struct slice all, first;
	uint8_t unused[16];

	if (strcmp(transport, "webtunnel") != 0)
		return ws_extor_put_address(t, getenv("REMOTE_ADDR"),
		    getenv("REMOTE_PORT"));
	all = slice_of(list != NULL ? list : "");
	if (!slice_next_element(&all, &first))
		return false;
	text_put_slice(&a, first);
	return !a.full && (inet_pton(AF_INET, address, unused) == 1 ||
	    inet_pton(AF_INET6, address, unused) == 1) &&
	    ws_extor_put_address(t, address, "1");
}

int
connect_orport(const char *target, int64_t deadline)
{
	char address[WS_EXTOR_ADDRESS_MAX + 1];
	struct text t = { address, sizeof address, 0, false };
	char name[WS_EXTOR_NAME_MAX + 1];
	struct ws_extor e = { .transport = name };
	const char *where = split_target(name, target);
	int fd;

	if (where == NULL || !read_cookie(e.key, cookie_path(target)))
		return -1;
	random_bytes(e.nonce, sizeof e.nonce);
	if (put_client(&t, name))
		e.address = address;
	fd = connect_address(where, NULL, deadline);
	if (fd < 0 || converse(fd, &e, target, deadline))
		return fd;
	(void)close(fd);
	return -1;
}
