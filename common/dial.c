/* Connections to addresses. */
#include <arpa/inet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

#include "code/errortext.h"
#include "code/ipaddress.h"
#include "code/text.h"
#include "diag.h"
#include "dial.h"
#include "http/url.h"
#include "io.h"
#include "net/race.h"

/* -- where to connect from -- */

static bool
is_loopback(const struct sockaddr *address)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (address->sa_family == AF_INET) {
		memcpy(&v4, address, sizeof v4);
		return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
	}
	memcpy(&v6, address, sizeof v6);
	return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

void
add_source(struct connect_source *source, const char *numeric)
{
	char plain[INET6_ADDRSTRLEN + WS_ZONE_MAX];
	struct text t = { plain, sizeof plain, 0, false };
	struct slice s = slice_of(numeric), address, zone;
	struct addresses found;

	if (s.len > 2 && s.p[0] == '[' && s.p[s.len - 1] == ']') {
		s.p++;
		s.len -= 2;
	}
	address = s;
	text_put_slice(&t, s);
	if (t.full || !(ws_split_zone(&address, &zone) ||
	    (s.p == numeric && ip_read_v4((uint8_t[4]){ 0 }, s))))
		die(STATUS_USAGE, "-M: not a numeric address");
	if (resolve(&found, plain, NULL, NEVER) != NULL)
		die(STATUS_SYSTEM, "-M: %s: no such interface", plain);
	if (found.at[0].u.any.sa_family == AF_INET)
		source->v4 = found.at[0].u.v4;
	else
		source->v6 = found.at[0].u.v6;
}

const struct sockaddr *
source_for(const struct connect_source *source, const struct sockaddr *address,
    socklen_t *len)
{
	if (source == NULL || is_loopback(address))
		return NULL;
	if (address->sa_family == source->v4.sin_family) {
		*len = sizeof source->v4;
		return (const struct sockaddr *)&source->v4;
	}
	if (address->sa_family == source->v6.sin6_family) {
		*len = sizeof source->v6;
		return (const struct sockaddr *)&source->v6;
	}
	return NULL;
}

/* -- connecting -- */

/* A socket that is connected, or on the way to be: errno is EINPROGRESS then.
 * -1, with errno set, if it cannot be. */
static int
start_connect(const struct sockaddr *address, socklen_t len,
    const struct connect_source *source)
{
	socklen_t from_len = 0;
	const struct sockaddr *from = source_for(source, address, &from_len);
	int fd = socket(address->sa_family, SOCK_STREAM, 0), error;

	if (fd < 0)
		return -1;
	if ((from == NULL || bind(fd, from, from_len) == 0) &&
	    set_blocking(fd, false)) {
		if (connect(fd, address, len) == 0) {
			errno = 0;
			return fd;
		}
		if (errno == EINTR)
			errno = EINPROGRESS;
		if (errno == EINPROGRESS)
			return fd;
	}
	error = errno;
	(void)close(fd);
	errno = error;
	return -1;
}

/* How a connection under way has ended: an errno, or 0. */
static int
outcome_of(int fd)
{
	socklen_t len = sizeof(int);
	int error = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		return errno;
	return error;
}

/* -- several addresses (RFC 8305) -- */

/* In the order in which they are tried. */
struct contest {
	struct ws_race race;
	const struct connect_source *source;
	struct address address[WS_RACE_MAX];
	struct pollfd pfd[WS_RACE_MAX];		/* fd -1: not under way */
	int error[WS_RACE_MAX];			/* 0: none yet */
};

static void
line_up(struct contest *c, const struct addresses *addresses,
    const struct connect_source *source)
{
	int family[WS_RACE_MAX];
	size_t order[WS_RACE_MAX], i;

	memset(c, 0, sizeof *c);
	c->source = source;
	c->race.count = addresses->count;
	for (i = 0; i < addresses->count; i++)
		family[i] = addresses->at[i].u.any.sa_family;
	ws_race_order(order, family, addresses->count);
	for (i = 0; i < addresses->count; i++)
		c->address[i] = addresses->at[order[i]];
}

static void
give_up_address(struct contest *c, size_t i, int error)
{
	if (c->pfd[i].fd >= 0)
		(void)close(c->pfd[i].fd);
	c->pfd[i].fd = -1;
	c->error[i] = error;
	ws_race_failed(&c->race, now_ms());
}

/* The socket, if it is connected at once; else -1. */
static int
start_next(struct contest *c)
{
	size_t i = c->race.started;
	struct pollfd *pfd = &c->pfd[i];

	ws_race_started(&c->race, now_ms());
	pfd->events = POLLOUT;
	pfd->fd = start_connect(&c->address[i].u.any, c->address[i].len,
	    c->source);
	if (pfd->fd < 0)
		give_up_address(c, i, errno);
	return pfd->fd >= 0 && errno == 0 ? pfd->fd : -1;
}

/* The first one that is connected, or -1. */
static int
find_winner(struct contest *c)
{
	size_t i;
	int error;

	for (i = 0; i < c->race.started; i++) {
		if (c->pfd[i].fd < 0 || c->pfd[i].revents == 0)
			continue;
		error = outcome_of(c->pfd[i].fd);
		if (error == 0)
			return c->pfd[i].fd;
		give_up_address(c, i, error);
	}
	return -1;
}

/* Ends those that are still under way, but for the winner; without one, they
 * were too slow. */
static void
end_others(struct contest *c, int winner)
{
	size_t i;

	for (i = 0; i < c->race.started; i++)
		if (c->pfd[i].fd >= 0 && c->pfd[i].fd != winner)
			give_up_address(c, i, ETIMEDOUT);
}

/* The first address that answers; -1 if none does in time. */
static int
hold_contest(struct contest *c, int64_t deadline)
{
	enum ws_race_step step;
	int64_t until;
	int fd = -1;

	while (fd < 0 && (step = ws_race_next(&c->race, now_ms(), &until)) !=
	    WS_RACE_LOST) {
		if (step == WS_RACE_START) {
			fd = start_next(c);
			continue;
		}
		if (until > deadline)
			until = deadline;
		if (poll_until(c->pfd, (nfds_t)c->race.started, until) > 0)
			fd = find_winner(c);
		else if (now_ms() >= deadline)
			break;
	}
	end_others(c, fd);
	return fd;
}

/* Which address tells most of why there is no connection: that there was no
 * time left, that a host is there, that one is not, and then what we lack. */
static size_t
most_telling(const struct contest *c)
{
	static const int order[] = { ETIMEDOUT, ECONNREFUSED, EHOSTUNREACH,
	    ENETUNREACH };
	size_t n, i;

	for (n = 0; n < sizeof order / sizeof order[0]; n++)
		for (i = 0; i < c->race.started; i++)
			if (c->error[i] == order[n])
				return i;
	return 0;
}

/* What helps with the reason of that address, or an empty string. */
static const char *
advice_on(const struct contest *c, size_t i)
{
	const struct sockaddr *address = &c->address[i].u.any;
	socklen_t len;

	if (c->error[i] == EADDRNOTAVAIL &&
	    source_for(c->source, address, &len) != NULL)
		return ": -M is not an address of this machine";
	if (c->error[i] == EINVAL && address->sa_family == AF_INET6 &&
	    IN6_IS_ADDR_LINKLOCAL(&c->address[i].u.v6.sin6_addr))
		return ": a link-local address needs its zone, as in "
		    "[fe80::1%eth0]";
	return "";
}

/* Appends the reason of that address; with those that have the same, if there
 * are several. */
static void
put_reason(struct text *t, const struct contest *c, size_t of)
{
	char numeric[INET6_ADDRSTRLEN + IF_NAMESIZE + 1];
	const char *before = " (";
	size_t i;

	text_puts(t, t->len > 0 ? "; " : "");
	text_puts(t, error_text(c->error[of]));
	text_puts(t, advice_on(c, of));
	for (i = 0; i < c->race.started && c->race.started > 1; i++) {
		if (c->error[i] != c->error[of] ||
		    getnameinfo(&c->address[i].u.any, c->address[i].len,
		    numeric, sizeof numeric, NULL, 0, NI_NUMERICHOST) != 0)
			continue;
		text_puts(t, before);
		text_puts(t, numeric);
		before = ", ";
	}
	text_puts(t, c->race.started > 1 ? ")" : "");
}

/* Whether an address before that one failed in the same way. */
static bool
is_repeated(const struct contest *c, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (c->error[k] == c->error[i])
			return true;
	return false;
}

static void
say_why(const char *target, const struct contest *c, size_t most)
{
	char reasons[4096];
	struct text t = { reasons, sizeof reasons, 0, false };
	size_t i;

	put_reason(&t, c, most);
	for (i = 0; i < c->race.started; i++)
		if (c->error[i] != c->error[most] && !is_repeated(c, i))
			put_reason(&t, c, i);
	say("connect %s: %s", target, reasons);
}

int
dial(const struct addresses *addresses, const char *target,
    const struct connect_source *source, int64_t deadline)
{
	static struct contest contest;
	size_t most;
	int fd;

	line_up(&contest, addresses, source);
	fd = hold_contest(&contest, deadline);
	if (fd < 0) {
		most = most_telling(&contest);
		say_why(target, &contest, most);
		errno = contest.error[most];
		return -1;
	}
	(void)set_blocking(fd, true);
	set_nodelay(fd);
	return fd;
}

/* -- Unix sockets -- */

/* There is no waiting for a place in the queue of a Unix socket but by asking
 * again. */
int
dial_unix(const char *path, int64_t deadline)
{
	enum { AGAIN_MS = 20 };
	struct sockaddr_un un;
	int64_t left;
	int fd;

	memset(&un, 0, sizeof un);
	un.sun_family = AF_UNIX;
	strncpy(un.sun_path, path, sizeof un.sun_path - 1);
	while ((fd = start_connect((struct sockaddr *)&un, sizeof un, NULL))
	    < 0 && errno == EAGAIN) {
		left = deadline == NEVER ? AGAIN_MS : deadline - now_ms();
		if (left <= 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		(void)poll(NULL, 0, left < AGAIN_MS ? (int)left : AGAIN_MS);
	}
	if (fd >= 0)
		(void)set_blocking(fd, true);
	return fd;
}
