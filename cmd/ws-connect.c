/* ws-connect: opens a connection, then becomes a program with the connection
 * on descriptors 0 and 1, and what they were before on 3 and 4. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "connect.h"
#include "diag.h"
#include "io.h"
#include "options.h"
#include "proxytunnel.h"
#include "readhead.h"
#include "ws-connect.h"

#define USAGE "usage: ws-connect [-dhIqUVv] [-E cert] [-J address] " \
    "[-K file] [-M address] [-w sec] [-x proxy] [-Y key] " \
    "tcp:host:port | tls:host:port | unix:path program [arg ...]"

enum {
	CONNECT_MS = 10000,
	OLD_STDIN = 3,
	OLD_STDOUT = 4
};

static bool
has_prefix(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static void
check_target(const struct settings *set)
{
	const char *to;

	if (has_prefix(set->target, "tls:"))
		check_tls_target(set);
	else
		check_address(set->target);
	if (set->instead != NULL)
		check_address(set->instead);
	to = set->instead != NULL ? set->instead : set->target;
	if (set->proxy != NULL && has_prefix(to, "unix:"))
		die(STATUS_USAGE, "-x: no proxy leads to %s", to);
}

static int
connect_target(const struct settings *set)
{
	return has_prefix(set->target, "tls:") ? connect_tls(set) :
	    open_way(set, deadline_in(set->wait_ms));
}

/* -- moving descriptors -- */

static void
move(int from, int to)
{
	if (dup2(from, to) < 0)
		die_sys("move descriptor %d", from);
}

/* Where 0 or 1 was closed, 3 or 4 is /dev/null. */
static void
save(int fd, int as, int flags)
{
	if (dup2(fd, as) >= 0)
		return;
	if (errno != EBADF)
		die_sys("move descriptor %d", fd);
	open_null(as, flags);
}

static void
run(const struct settings *set)
{
	int fd, high;

	/* stunnel and its watcher end by themselves; nobody waits for them. */
	(void)signal(SIGCHLD, SIG_IGN);
	fd = connect_target(set);
	high = fcntl(fd, F_DUPFD, OLD_STDOUT + 1);
	if (high < 0)
		die_sys("move descriptor %d", fd);
	(void)close(fd);
	if (!set->drop) {
		save(STDIN_FILENO, OLD_STDIN, O_RDONLY);
		save(STDOUT_FILENO, OLD_STDOUT, O_WRONLY);
	}
	move(high, STDIN_FILENO);
	move(high, STDOUT_FILENO);
	(void)close(high);
	execvp(set->program[0], set->program);
	die_sys("%s", set->program[0]);
}

int
main(int argc, char *argv[])
{
	struct settings set = { .wait_ms = CONNECT_MS };
	struct ws_proxy proxy;
	int c;

	argv0 = "ws-connect";
	while ((c = getopt(argc, argv, ":dE:hIJ:K:M:qUVvw:x:Y:")) != -1)
		switch (c) {
		case 'd': set.drop = true; break;
		case 'E': set.cert_file = optarg; break;
		case 'h': print_and_exit(USAGE);
		case 'I': set.insecure = true; break;
		case 'J': set.instead = optarg; break;
		case 'K': set.ca_file = optarg; break;
		case 'M': add_source(&set.source, optarg); break;
		case 'q': diag_quiet(); break;
		case 'U': set.check_only = true; break;
		case 'V': print_version();
		case 'v': show_heads(); break;
		case 'w': set.wait_ms = option_seconds('w', optarg); break;
		case 'x':
			option_proxy(&proxy, optarg);
			set.proxy = &proxy;
			break;
		case 'Y': set.key_file = optarg; break;
		default: option_fault(c, argv, USAGE);
		}
	if (argc - optind < 2)
		die_usage(USAGE, "%s missing", optind < argc ? "program" :
		    "address");
	set.target = argv[optind];
	set.program = argv + optind + 1;
	check_target(&set);
	if (set.check_only)
		return STATUS_OK;
	run(&set);
	return STATUS_SYSTEM;
}
