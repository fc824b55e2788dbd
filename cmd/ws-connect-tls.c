/* ws-connect: TLS; stunnel is at the other end of a socket pair, and behind it
 * a relay that has the connection. */
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
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

/* -- stunnel's log -- */

struct log {
	int fd;
	char buf[2048];
	size_t used, len;	/* handed out, and read */
};

enum log_end { LOG_LINE, LOG_OVER, LOG_LATE };

/* Takes the next line, of which what does not fit is a line of its own, by the
 * deadline. */
static enum log_end
next_line(struct log *log, struct slice *line, int64_t deadline)
{
	struct pollfd pfd = { log->fd, POLLIN, 0 };
	char *newline;
	ssize_t n;

	memmove(log->buf, log->buf + log->used, log->len - log->used);
	log->len -= log->used;
	log->used = 0;
	for (;;) {
		newline = memchr(log->buf, '\n', log->len);
		if (newline != NULL || log->len == sizeof log->buf)
			break;
		if (poll_until(&pfd, 1, deadline) == 0)
			return LOG_LATE;
		n = read_some(log->fd, log->buf + log->len,
		    sizeof log->buf - log->len);
		if (n <= 0)
			return LOG_OVER;
		log->len += (size_t)n;
	}
	*line = (struct slice){ log->buf, newline != NULL ?
	    (size_t)(newline - log->buf) : log->len };
	log->used = line->len + (newline != NULL);
	return LOG_LINE;
}

/* Whether the words are the cause of a failure, not what comes with it. */
static bool
is_cause(struct slice words, int level, const struct settings *set)
{
	if (set->insecure && slice_has(words, "No trusted certificates"))
		return false;
	return slice_has(words, "CERT: Pre-verification error: ") ||
	    (level <= 3 && !slice_has(words, "client session cache") &&
	    !slice_has(words, "error queue") &&
	    !slice_has(words, "Unhandled error library"));
}

/* Reads what stunnel says until it is connected or gone.  False: the reason is
 * in why, empty if the time is up. */
static bool
await_tls(struct log *log, const struct settings *set,
    const struct tls_name *name, int64_t deadline, struct text *why)
{
	bool named = set->insecure, wrong = false;
	enum log_end end;
	struct slice line;
	int level;

	while ((end = next_line(log, &line, deadline)) == LOG_LINE) {
		if (!stunnel_cut_head(&line, &level))
			continue;
		switch (stunnel_event(line, name)) {
		case TLS_CONNECTED:
			if (named && !wrong)
				return true;
			end = LOG_OVER;
			break;
		case TLS_NAME_RIGHT: named = true; break;
		case TLS_NAME_WRONG: wrong = true; break;
		case TLS_NOTHING: break;
		}
		if (wrong || end == LOG_OVER)
			break;
		if (why->len == 0 && is_cause(line, level, set))
			stunnel_explain(why, line);
	}
	if (wrong) {
		text_puts(why, "the server's certificate is not for ");
		text_puts(why, name->host);
		text_puts(why, ", but for another name");
	} else if (end != LOG_LATE && why->len == 0) {
		text_puts(why, "stunnel ended");
	}
	return false;
}

/* While the session lasts, what OpenSSL says against it becomes ours. */
_Noreturn static void
watch_tls(struct log *log)
{
	char sentence[1024];
	struct slice line;
	int level;

	while (next_line(log, &line, NEVER) == LOG_LINE) {
		struct text t = { sentence, sizeof sentence, 0, false };

		if (!stunnel_cut_head(&line, &level) || level > 3 ||
		    !slice_has(line, "SSL routines") ||
		    slice_has(line, "unexpected eof"))
			continue;
		stunnel_explain(&t, line);
		say("TLS: %s", sentence);
	}
	_exit(STATUS_OK);
}

/* -- starting it -- */

/* This program's own path, for stunnel to start the relay. */
static void
find_relay(char *path, size_t size)
{
	const char *from = getenv("PATH"), *to;
	struct text t = { path, size, 0, false };

	if (strchr(program_path, '/') != NULL) {
		text_puts(&t, program_path);
		return;
	}
	for (; from != NULL; from = *to == ':' ? to + 1 : NULL) {
		to = from + strcspn(from, ":");
		t.len = 0;
		text_put(&t, from, (size_t)(to - from));
		text_puts(&t, to > from ? "/" : "./");
		text_puts(&t, program_path);
		if (!t.full && access(path, X_OK) == 0)
			return;
	}
	die(STATUS_SYSTEM, "%s: not found in PATH", program_path);
}

/* What stunnel inherits, and hands on to the relay. */
struct handed {
	int inside;		/* its end of the pair */
	int network;
	int config;		/* its configuration can be read there */
	int log;
};

/* The child's side. */
_Noreturn static void
become_stunnel(const struct handed *h)
{
	static const char *const names[] = { "stunnel", "stunnel4",
	    "/usr/sbin/stunnel" };
	char config[16];
	size_t i;

	snprintf(config, sizeof config, "%d", h->config);
	if (dup2(h->inside, STDIN_FILENO) < 0 ||
	    dup2(h->inside, STDOUT_FILENO) < 0 ||
	    dup2(h->log, STDERR_FILENO) < 0 || setenv("LC_ALL", "C", 1) < 0)
		_exit(STATUS_SYSTEM);
	(void)close(h->log);
	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		execlp(names[i], "stunnel", "-fd", config, (char *)NULL);
		if (errno != ENOENT)
			break;
	}
	fprintf(stderr, "[!] %s\n", errno == ENOENT ?
	    "stunnel is not installed" : strerror(errno));
	_exit(STATUS_SYSTEM);
}

/* A pipe that holds the configuration. */
static int
write_configuration(const struct settings *set, const struct tls_name *name,
    const struct handed *h)
{
	char text[4096], path[2048], arguments[64];
	struct text t = { text, sizeof text, 0, false };
	int fds[2];

	find_relay(path, sizeof path);
	snprintf(arguments, sizeof arguments, "ws-connect " RELAY_WORD
	    " %d %d", h->network, h->inside);
	stunnel_configure(&t, set, name, path, arguments);
	if (t.full)
		die(STATUS_USAGE, "paths too long for stunnel");
	if (pipe(fds) < 0)
		die_sys("make a pipe");
	close_on_exec(fds[1]);
	if (!write_all(fds[1], text, t.len))
		die_sys("write to a pipe");
	(void)close(fds[1]);
	return fds[0];
}

/* A copy of the descriptor that programs inherit, above those that they
 * have a use for. */
static int
inherited(int fd)
{
	int copy = fcntl(fd, F_DUPFD, 5);

	if (copy < 0)
		die_sys("move descriptor %d", fd);
	(void)close(fd);
	return copy;
}

/* Starts stunnel on the connected socket, which it takes.  Returns our end of
 * the pair. */
static int
start_stunnel(const struct settings *set, const struct tls_name *name,
    int network, pid_t *stunnel, int *log)
{
	struct handed h;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		die_sys("make a socket pair");
	close_on_exec(pair[0]);
	private_pipe(log, &h.log);
	h.inside = inherited(pair[1]);
	h.network = inherited(network);
	h.config = inherited(write_configuration(set, name, &h));
	*stunnel = fork();
	if (*stunnel < 0)
		die_sys("start a process");
	if (*stunnel == 0)
		become_stunnel(&h);
	(void)close(h.inside);
	(void)close(h.network);
	(void)close(h.config);
	(void)close(h.log);
	return pair[0];
}

/* -- what is to be connected -- */

/* The name without what is about the way there only: a final dot, a zone. */
static void
set_name(struct tls_name *name, const char *host)
{
	struct in6_addr address;
	size_t len = strcspn(host, "%");

	memcpy(name->host, host, len);
	name->host[len] = '\0';
	name->literal = inet_pton(AF_INET, name->host, &address) == 1 ||
	    inet_pton(AF_INET6, name->host, &address) == 1;
	if (!name->literal && len > 1 && name->host[len - 1] == '.')
		name->host[len - 1] = '\0';
}

/* A file of PEM becomes a line of a configuration. */
static void
check_pem(char option, const char *path, const char *mark, const char *what)
{
	char start[16384];
	struct stat st;
	ssize_t n;
	int fd;

	if (path == NULL)
		return;
	if (path[strcspn(path, "\n\r")] != '\0')
		die(STATUS_USAGE, "-%c: a line break in the path", option);
	fd = open(path, O_RDONLY);
	if (fd < 0 || fstat(fd, &st) < 0)
		die_sys("-%c: open %s", option, path);
	if (S_ISDIR(st.st_mode))
		die(STATUS_USAGE, "-%c: %s is a directory, not a file (PEM)",
		    option, path);
	if (S_ISREG(st.st_mode)) {
		n = read_some(fd, start, sizeof start);
		if (n < 0)
			die_sys("-%c: read %s", option, path);
		if (!slice_has((struct slice){ start, (size_t)n }, mark))
			die(STATUS_USAGE, "-%c: no %s in %s (PEM)", option,
			    what, path);
		if (slice_has((struct slice){ start, (size_t)n }, "ENCRYPTED"))
			die(STATUS_USAGE, "-%c: the key in %s has a password, "
			    "for which nobody can be asked", option, path);
	}
	(void)close(fd);
}

void
check_tls_target(const struct settings *set)
{
	struct host_port hp;
	/* The host's name goes into a line of a configuration. */
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:";

	if (!split_host_port(&hp, set->target + 4) ||
	    hp.host[0] == '%' ||
	    hp.host[strspn(hp.host, safe)] != hp.host[strcspn(hp.host, "%")])
		die(STATUS_USAGE, "%s: not tls:HOST:PORT or tls:[HOST]:PORT",
		    set->target);
	if (set->key_file != NULL && set->cert_file == NULL)
		die(STATUS_USAGE, "-Y: no certificate (-E)");
	check_pem('K', set->ca_file, "CERTIFICATE-----", "certificate");
	check_pem('E', set->cert_file, "CERTIFICATE-----", "certificate");
	check_pem('Y', set->key_file, "PRIVATE KEY-----", "private key");
	if (set->key_file == NULL)
		check_pem('E', set->cert_file, "PRIVATE KEY-----",
		    "private key (-Y)");
}

int
connect_tls(const struct settings *set)
{
	int64_t deadline = deadline_in(set->wait_ms);
	char reason[1024] = "";
	struct text why = { reason, sizeof reason, 0, false };
	struct host_port hp;
	struct tls_name name;
	struct log log = { .len = 0 };
	pid_t stunnel, watcher;
	int fd;

	(void)split_host_port(&hp, set->target + 4);
	set_name(&name, hp.host);
	fd = start_stunnel(set, &name, open_way(set, deadline),
	    &stunnel, &log.fd);
	if (!await_tls(&log, set, &name, deadline, &why)) {
		(void)kill(stunnel, SIGKILL);
		(void)waitpid(stunnel, NULL, 0);
		if (why.len == 0)
			die(STATUS_TIMEOUT, "connect %s: no TLS connection in "
			    "time", set->target);
		socksreply_tell(socksreply_of_sentence(reason));
		die(STATUS_SYSTEM, "connect %s: %s", set->target, reason);
	}
	watcher = fork();
	if (watcher < 0)
		die_sys("start a process");
	if (watcher == 0) {
		(void)close(fd);
		(void)close(STDIN_FILENO);
		(void)close(STDOUT_FILENO);
		watch_tls(&log);
	}
	(void)close(log.fd);
	return fd;
}
