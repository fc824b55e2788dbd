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
#include "http/head.h"
#include "io.h"
#include "socksreply.h"
#include "writer.h"
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

/* Forks, or removes what is of the relay's, and ends. */
static pid_t
start_process(const struct relay *r)
{
	pid_t pid = fork();

	if (pid < 0) {
		stunnel_remove(&r->inside);
		die_sys("start a process");
	}
	return pid;
}

/* Starts stunnel and the relay on the connected socket, which they take.
 * Returns our end of the pair. */
static int
start_stunnel(const struct settings *set, const struct tls_name *name,
    struct relay *r, pid_t *stunnel, int *log, int *report)
{
	char text[4096];
	struct text settings = { text, sizeof text, 0, false };
	int pair[2], configuration, log_writer;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		die_sys("make a socket pair");
	close_on_exec(pair[0]);
	close_on_exec(pair[1]);
	private_pipe(log, &log_writer);
	private_pipe(report, &r->report);
	stunnel_listen(&r->inside, "ws-connect");
	r->session = pair[1];
	if (start_process(r) == 0) {
		relay_tls(r);
		_exit(STATUS_OK);
	}
	stunnel_configure(&settings, set, name, r->inside.path);
	configuration = stunnel_settings(&settings);
	*stunnel = start_process(r);
	if (*stunnel == 0)
		stunnel_become(pair[1], log_writer, configuration);
	(void)close(configuration);
	(void)close(log_writer);
	(void)close(r->inside.listener);
	(void)close(r->network);
	(void)close(r->report);
	(void)close(pair[1]);
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

/* A path becomes a line of a configuration. */
static void
check_line(const char *name, const char *path)
{
	if (path != NULL && path[strcspn(path, "\n\r")] != '\0')
		die(STATUS_USAGE, "%s: a line break in the path", name);
}

static void
check_pem(char option, const char *path, const char *mark, const char *what)
{
	char start[16384];
	struct stat st;
	ssize_t n;
	int fd;

	if (path == NULL)
		return;
	check_line((const char[]){ '-', option, '\0' }, path);
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

/* The host goes into a line of a configuration.  Behind an IPv6 address there
 * may be a zone. */
static bool
is_safe(const char *host)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:";
	const char *end = host + strspn(host, safe);

	if (end > host && end[0] == '%' && end[1] != '\0' &&
	    strchr(host, ':') != NULL)
		end += 1 + strspn(end + 1, safe);
	return end > host && *end == '\0';
}

void
check_tls_target(const struct settings *set)
{
	struct host_port hp;

	if (!split_host_port(&hp, set->target + 4) || !is_safe(hp.host))
		die(STATUS_USAGE, "%s: not tls:HOST:PORT or tls:[HOST]:PORT",
		    set->target);
	if (set->key_file != NULL && set->cert_file == NULL)
		die(STATUS_USAGE, "-Y: no certificate (-E)");
	check_line("SSL_CERT_FILE", getenv("SSL_CERT_FILE"));
	check_line("SSL_CERT_DIR", getenv("SSL_CERT_DIR"));
	check_line("TMPDIR", getenv("TMPDIR"));
	check_pem('K', set->ca_file, "CERTIFICATE-----", "certificate");
	check_pem('E', set->cert_file, "CERTIFICATE-----", "certificate");
	check_pem('Y', set->key_file, "PRIVATE KEY-----", "private key");
	if (set->key_file == NULL)
		check_pem('E', set->cert_file, "PRIVATE KEY-----",
		    "private key (-Y)");
}

/* Ends the program if the relay has seen something else than TLS. */
static void
check_report(const struct settings *set, int report)
{
	struct pollfd pfd = { report, POLLIN, 0 };
	char line[REPORT_MAX], words[4 * REPORT_MAX + 1];
	struct text t = { words, sizeof words, 0, false };
	struct slice rest = { line, 0 };
	ssize_t n;

	if (poll_until(&pfd, 1, now_ms()) == 0)
		return;
	n = read_some(report, line, sizeof line);
	if (n <= 0)
		return;
	rest.len = (size_t)n;
	text_put_escaped(&t, http_next_line(&rest));
	socksreply_tell(WS_SOCKS_FAILURE);
	die(STATUS_SYSTEM, "connect %s: the server does not speak TLS there, "
	    "but says \"%s\"%s", set->target, words,
	    strncmp(words, "HTTP/", 5) == 0 ? ": ws://?" : "");
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
	struct relay relay;
	pid_t stunnel;
	bool open;
	int fd, report;

	(void)split_host_port(&hp, set->target + 4);
	set_name(&name, hp.host);
	relay.network = open_way(set, deadline);
	fd = start_stunnel(set, &name, &relay, &stunnel, &log.fd, &report);
	open = await_tls(&log, set, &name, deadline, &why);
	stunnel_remove(&relay.inside);
	if (!open) {
		(void)kill(stunnel, SIGKILL);
		(void)waitpid(stunnel, NULL, 0);
		check_report(set, report);
		if (why.len == 0)
			die(STATUS_TIMEOUT, "connect %s: no TLS connection in "
			    "time", set->target);
		socksreply_tell(socksreply_of_sentence(reason));
		die(STATUS_SYSTEM, "connect %s: %s", set->target, reason);
	}
	if (start_process(&relay) == 0) {
		(void)close(fd);
		(void)close(STDIN_FILENO);
		(void)close(STDOUT_FILENO);
		watch_tls(&log);
	}
	(void)close(log.fd);
	(void)close(report);
	return fd;
}
