/* ws-connect: TLS; socat is at the other end of a socket pair. */
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "code/text.h"
#include "connect.h"
#include "diag.h"
#include "io.h"
#include "socksreply.h"
#include "ws-connect.h"

/* A line of socat's: date, time, name, letter, words.  Null if it is none. */
static const char *
words_of(const char *line, char *letter)
{
	const char *s = strstr(line, "] ");

	if (s == NULL || s[2] == '\0' || s[3] != ' ')
		return NULL;
	*letter = s[2];
	return s + 4;
}

/* Reads what socat says until it is connected or gone.  Its last complaint
 * goes to why. */
static bool
await_tls(FILE *log, struct text *why)
{
	char line[512], letter;
	const char *words;

	while (fgets(line, sizeof line, log) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		words = words_of(line, &letter);
		if (words == NULL)
			continue;
		if (letter == 'N' &&
		    strncmp(words, "starting data transfer", 22) == 0)
			return true;
		if (letter == 'E') {
			why->len = 0;
			text_put_escaped(why, slice_of(words));
		}
	}
	return false;
}

/* While the session lasts, socat's complaints become ours. */
_Noreturn static void
watch_tls(FILE *log)
{
	char line[512], letter, text[1024];
	const char *words;

	while (fgets(line, sizeof line, log) != NULL) {
		struct text t = { text, sizeof text, 0, false };

		line[strcspn(line, "\n")] = '\0';
		words = words_of(line, &letter);
		if (words == NULL || letter != 'E')
			continue;
		text_put_escaped(&t, slice_of(words));
		say("TLS: %s", text);
	}
	_exit(STATUS_OK);
}

/* The child's side: descriptors 0 and 1 the pair, 2 the log. */
_Noreturn static void
become_socat(const struct settings *set, int pair, int log, const char *address)
{
	const char *const argv[] = { "socat", "-d", "-d", "-b", "65536",
	    "STDIO,shut-down", address, NULL };

	if (set->ca_file != NULL &&
	    (setenv("SSL_CERT_FILE", set->ca_file, 1) < 0 ||
	    setenv("SSL_CERT_DIR", "/dev/null", 1) < 0))
		_exit(STATUS_SYSTEM);
	if (dup2(pair, STDIN_FILENO) < 0 || dup2(pair, STDOUT_FILENO) < 0 ||
	    dup2(log, STDERR_FILENO) < 0)
		_exit(STATUS_SYSTEM);
	execvp(argv[0], (char *const *)argv);
	fprintf(stderr, "x socat[0] E start socat: %s\n", strerror(errno));
	_exit(STATUS_SYSTEM);
}

static volatile sig_atomic_t socat_pid;

static void
on_alarm(int signal)
{
	static const char sentence[] = "ws-connect: no TLS connection in time\n";

	(void)signal;
	if (socat_pid > 0)
		(void)kill((pid_t)socat_pid, SIGTERM);
	if (!diag_is_silent())
		(void)!write(STDERR_FILENO, sentence, sizeof sentence - 1);
	_exit(STATUS_TIMEOUT);
}

/* One try at one numeric address.  Returns our end of the pair, or -1 with the
 * reason in why. */
static int
try_tls(const struct settings *set, const char *address, struct text *why)
{
	int pair[2], log_reader, log_writer;
	pid_t socat, watcher;
	FILE *f;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		die_sys("make a socket pair");
	close_on_exec(pair[0]);
	close_on_exec(pair[1]);
	private_pipe(&log_reader, &log_writer);
	socat = fork();
	if (socat == 0)
		become_socat(set, pair[1], log_writer, address);
	socat_pid = socat;
	f = fdopen(log_reader, "r");
	if (socat < 0 || f == NULL)
		die_sys("start socat");
	(void)close(pair[1]);
	(void)close(log_writer);
	if (!await_tls(f, why)) {
		(void)fclose(f);
		(void)close(pair[0]);
		return -1;
	}
	watcher = fork();
	if (watcher == 0) {
		(void)close(pair[0]);
		(void)close(STDIN_FILENO);
		(void)close(STDOUT_FILENO);
		watch_tls(f);
	}
	if (watcher < 0)
		die_sys("start a process");
	(void)fclose(f);
	return pair[0];
}

/* Where it connects from, if -M says so. */
static void
put_tls_source(struct text *t, const struct settings *set,
    const struct sockaddr *address)
{
	const struct sockaddr *from;
	char numeric[64];
	socklen_t len;

	from = address != NULL ?
	    source_for(&set->source, address, &len) : NULL;
	if (from == NULL || getnameinfo(from, len, numeric, sizeof numeric,
	    NULL, 0, NI_NUMERICHOST) != 0)
		return;
	text_puts(t, from->sa_family == AF_INET6 ? ",bind=[" : ",bind=");
	text_puts(t, numeric);
	text_puts(t, from->sa_family == AF_INET6 ? "]" : "");
}

/* Reads of TLS do not wait for ever, as socat, inside one, would not see that
 * we are gone.  It has no name for the option.  Where it has longer words than
 * we, zeros behind the two of ours make it two of its own, in little-endian
 * order, and shorter ones do not look that far. */
static void
put_tls_patience(struct text *t, int64_t seconds)
{
	struct timeval limit = { .tv_sec = (time_t)seconds };
	unsigned char bytes[sizeof limit < 16 ? 16 : sizeof limit] = { 0 };
	char option[64], digits[3];
	size_t i;

	memcpy(bytes, &limit, sizeof limit);
	snprintf(option, sizeof option, ",setsockopt-bin=%d:%d:x",
	    (int)SOL_SOCKET, (int)SO_RCVTIMEO);
	text_puts(t, option);
	for (i = 0; i < sizeof bytes; i++) {
		snprintf(digits, sizeof digits, "%02x", bytes[i]);
		text_puts(t, digits);
	}
}

/* address is what numeric is the text of, or null if it is the loopback. */
static void
put_tls_address(struct text *t, const struct settings *set,
    const struct host_port *hp, const struct sockaddr *address,
    const char *numeric, const char *port)
{
	bool v6 = strchr(numeric, ':') != NULL;
	/* No name, no SNI (RFC 6066, 3). */
	bool literal = hp->host[strspn(hp->host, "0123456789.")] == '\0' ||
	    strchr(hp->host, ':') != NULL;
	int64_t seconds = (set->wait_ms + 999) / 1000;

	text_puts(t, v6 ? "OPENSSL:[" : "OPENSSL:");
	text_puts(t, numeric);
	text_puts(t, v6 ? "]:" : ":");
	text_puts(t, port);
	text_puts(t, ",nodelay,connect-timeout=");
	text_put_number(t, (unsigned long)seconds);
	put_tls_patience(t, seconds);
	text_puts(t, literal ? ",no-sni=1" : ",snihost=");
	text_puts(t, literal ? "" : hp->host);
	put_tls_source(t, set, address);
	if (set->insecure) {
		text_puts(t, ",verify=0");
		return;
	}
	text_puts(t, ",verify=1,commonname=");
	text_puts(t, hp->host);
}

/* The host's name goes into an address of socat's. */
void
check_tls_target(const struct settings *set)
{
	struct host_port hp;
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:";
	int fd;

	if (!split_host_port(&hp, set->target + 4) ||
	    hp.host[strspn(hp.host, safe)] != '\0')
		die(STATUS_USAGE, "%s: not tls:HOST:PORT or tls:[HOST]:PORT",
		    set->target);
	if (set->ca_file == NULL)
		return;
	fd = open(set->ca_file, O_RDONLY);
	if (fd < 0)
		die_sys("-K: open %s", set->ca_file);
	(void)close(fd);
}

/* All of it is about alarm(2), as fgets(3) waits for socat. */
static void
start_alarm(const struct settings *set)
{
	struct sigaction sa = { .sa_handler = on_alarm };

	if (sigaction(SIGALRM, &sa, NULL) < 0)
		die_sys("set up signals");
	(void)alarm((unsigned)((set->wait_ms + 999) / 1000));
}

/* socat 1.7 tries one address of a name only: each is tried here. */
static int
try_tls_addresses(const struct settings *set, const struct host_port *hp,
    struct text *why)
{
	char address[1024], numeric[64], port[16];
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list, *ai;
	int error, fd = -1;

	error = getaddrinfo(hp->host, hp->port, &hints, &list);
	if (error != 0) {
		socksreply_tell(WS_SOCKS_HOST_UNREACHABLE);
		die(STATUS_SYSTEM, "connect %s: %s", set->target,
		    gai_strerror(error));
	}
	start_alarm(set);
	for (ai = list; ai != NULL && fd < 0; ai = ai->ai_next) {
		struct text t = { address, sizeof address, 0, false };

		if (getnameinfo(ai->ai_addr, ai->ai_addrlen, numeric,
		    sizeof numeric, port, sizeof port,
		    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
			continue;
		put_tls_address(&t, set, hp, ai->ai_addr, numeric, port);
		if (!t.full)
			fd = try_tls(set, address, why);
	}
	freeaddrinfo(list);
	return fd;
}

/* -- TLS behind a proxy -- */

enum { RELAY_SECONDS = 10 };	/* for socat to connect to us */

/* A socket that listens on a port of the loopback address. */
static int
listen_on_loopback(char port[16])
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t len = sizeof in;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&in, len) < 0 ||
	    listen(fd, 1) < 0 ||
	    getsockname(fd, (struct sockaddr *)&in, &len) < 0)
		die_sys("listen on the loopback address");
	close_on_exec(fd);
	snprintf(port, 16, "%u", (unsigned)ntohs(in.sin_port));
	return fd;
}

/* In a process of its own: takes one connection, and becomes a socat that
 * copies between it and the tunnel. */
static void
start_relay(int listener, int tunnel)
{
	char address[2][32];
	const char *const argv[] = { "socat", "-t", "5", "-b", "65536",
	    address[0], address[1], NULL };
	pid_t pid = fork();
	int fd;

	if (pid < 0)
		die_sys("start a process");
	if (pid > 0)
		return;
	(void)signal(SIGALRM, SIG_DFL);
	(void)alarm(RELAY_SECONDS);
	fd = accept(listener, NULL, NULL);
	(void)alarm(0);
	if (fd < 0)
		_exit(STATUS_SYSTEM);
	set_nodelay(fd);
	snprintf(address[0], sizeof address[0], "FD:%d,shut-down", fd);
	snprintf(address[1], sizeof address[1], "FD:%d,shut-down", tunnel);
	open_null(STDIN_FILENO, O_RDONLY);
	open_null(STDOUT_FILENO, O_WRONLY);
	open_null(STDERR_FILENO, O_WRONLY);
	execvp(argv[0], (char *const *)argv);
	_exit(STATUS_SYSTEM);
}

/* socat's TLS wants to connect by itself: it is led to the tunnel by way of
 * the loopback address. */
static int
try_tls_tunnel(const struct settings *set, const struct host_port *hp,
    struct text *why)
{
	int tunnel = open_way(set, deadline_in(set->wait_ms));
	int listener, fd;
	char address[1024], port[16];
	struct text t = { address, sizeof address, 0, false };

	listener = listen_on_loopback(port);
	start_relay(listener, tunnel);
	(void)close(listener);
	(void)close(tunnel);
	put_tls_address(&t, set, hp, NULL, "127.0.0.1", port);
	start_alarm(set);
	fd = try_tls(set, address, why);
	return fd;
}

int
connect_tls(const struct settings *set)
{
	char reason[1024] = "";
	struct text why = { reason, sizeof reason, 0, false };
	struct host_port hp;
	int fd;

	(void)split_host_port(&hp, set->target + 4);
	fd = set->proxy != NULL ? try_tls_tunnel(set, &hp, &why) :
	    try_tls_addresses(set, &hp, &why);
	(void)alarm(0);
	if (fd >= 0)
		return fd;
	socksreply_tell(socksreply_of_sentence(reason));
	die(STATUS_SYSTEM, "connect %s: %s", set->target, reason);
}
