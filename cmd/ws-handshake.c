/* ws-handshake: the opening handshake (RFC 6455, 4) on descriptors 0 and 1;
 * then becomes the program named after its options. */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "capturefile.h"
#include "diag.h"
#include "envargs.h"
#include "io.h"
#include "options.h"
#include "readhead.h"
#include "sandbox.h"
#include "session.h"
#include "system.h"
#include "ws-handshake.h"

#define SERVER_USAGE \
    "ws-handshake -s [-hLPqUVvz] [-D file] [-f command] " \
    "[-G protocol[,key]] [-g command] [-H field] [-O list] [-o origin] " \
    "[-p subprotocol] [-R path] [-S host] [-u user:password] [-w sec] " \
    "[program [arg ...]]\n"
#define CLIENT_USAGE \
    "ws-handshake -c [-hLqUVvz] [-D file] [-G protocol[,key]] " \
    "[-H field] [-k key] [-o origin] [-p subprotocol] [-u user:password] " \
    "[-w sec] [-x proxy] url " \
    "[program [arg ...]]\n"
#define USAGE \
    "usage: " SERVER_USAGE "       " CLIENT_USAGE \
    "       ws-handshake -A [wait]"

enum { HEAD_MS = 10000 };	/* for the peer's whole head */

/* What is wrong with the options of a client; NULL if nothing is. */
static const char *
client_fault(const struct settings *set)
{
	if (set->url == NULL)
		return "URL missing";
	if (set->gate != NULL || set->share != NULL || set->behind_proxy ||
	    set->older != 0 || set->paths.count > 0 || set->hosts.count > 0)
		return "-f, -g, -O, -P, -R and -S are for a server";
	if (set->origins.count > 1 || set->credentials.count > 1)
		return "a client has one -o and one -u";
	return NULL;
}

static const char *
server_fault(const struct settings *set)
{
	if (set->role != WS_SERVER)
		return "-s or -c missing";
	if (set->key != NULL || set->proxy != NULL)
		return "-k and -x are for a client";
	return NULL;
}

/* Whether only options are given that make sense for the protocol. */
static bool
suits_upgrade(const struct settings *set)
{
	return ws_upgrade_is_framed(&set->upgrade) ||
	    (set->subprotocols.count == 0 && set->older == 0 &&
	    !set->deflate.deflate &&
	    (set->key == NULL || set->upgrade.with_key));
}

static void
check_role(const struct settings *set)
{
	bool client = set->role == WS_CLIENT;
	const char *usage = client ? "usage: " CLIENT_USAGE : USAGE;
	const char *fault = client ? client_fault(set) : server_fault(set);

	if (fault != NULL)
		die_usage(usage, "%s", fault);
	if (!suits_upgrade(set))
		die(STATUS_USAGE, "-G: only WebSocket has -p, -z and -O, and a "
		    "key only where \",key\" is added");
	if (set->lint && set->program != NULL)	/* nobody is connected */
		die_usage(usage, "-L runs no program");
}

static void
set_role(struct settings *set, enum ws_role role)
{
	if (set->role != WS_NO_ROLE && set->role != role)
		die_usage(USAGE, "-s and -c exclude each other");
	set->role = role;
}

/* inetd makes the peer's socket descriptor 2, too: neither we nor a program
 * after us may write there, nor keep the connection open with it. */
static void
free_stderr(void)
{
	if (stderr_is_peer())
		open_null(STDERR_FILENO, O_WRONLY);
}

/* The session's programs start like any other: SIGPIPE as it was at the start
 * of most (socat ignores it). */
static void
run_program(char *const program[])
{
	if (!session_is_upgrade())
		session_make_control();
	(void)signal(SIGPIPE, SIG_DFL);
	execvp(program[0], program);
	die_sys("%s", program[0]);
}

/* -A wait: goes on in a child, waits for it, and ends with 0.  socat's EXEC,
 * without nofork, takes any other status for an error of its own, and 1.7 may
 * then never end. */
static void
hide_status(int argc, char *argv[])
{
	pid_t pid;

	if (argc != 3 || strcmp(argv[2], "wait") != 0)
		die_usage(USAGE, "-A stands alone, or before \"wait\"");
	pid = fork();
	if (pid < 0)
		die_sys("start a process");
	if (pid == 0)
		return;
	close_others(NULL, 0);
	(void)close(STDIN_FILENO);
	(void)close(STDOUT_FILENO);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	_exit(STATUS_OK);
}

/* A peer that is gone is told of, and so is no watcher a reason to end; who
 * only writes a head dies of SIGPIPE like any filter. */
static void
outlive_peer(const struct settings *set)
{
	int watcher, number;

	if (set->program != NULL || is_socket(STDOUT_FILENO) ||
	    session_watcher(&watcher, &number))
		(void)signal(SIGPIPE, SIG_IGN);
}

static int
run(const struct settings *set)
{
	if (!set->check_only && !set->lint)
		open_capture(set);
	sandbox_until_exec();
	if (set->lint && !set->check_only)
		lint(set);
	outlive_peer(set);
	set_nodelay(STDOUT_FILENO);
	set_keepalive(STDOUT_FILENO);
	if (set->role == WS_SERVER) {
		bound_received(STDIN_FILENO);
		bound_unsent(STDOUT_FILENO);
	}
	if (set->role == WS_CLIENT)
		ask(set);
	else if (!set->check_only)
		serve(set);
	if (set->program != NULL && !set->check_only)
		run_program(set->program);
	return STATUS_OK;
}

int
main(int argc, char *argv[])
{
	static struct settings set;
	int c;

	argv0 = "ws-handshake";
	set.wait_ms = HEAD_MS;
	if (argc > 1 && strcmp(argv[1], "-A") == 0) {
		if (argc > 2)
			hide_status(argc, argv);
		argv = envargs_take(&argc);
	}
	free_stderr();
	while (c = getopt(argc, argv,
	    ":cD:f:G:g:H:hk:LO:o:Pp:qR:S:sUu:Vvw:x:z"),
	    c != -1)
		switch (c) {
		case 'c': set_role(&set, WS_CLIENT); break;
		case 'D': set.capture = capture_path(optarg); break;
		case 'f': set.share = optarg; break;
		case 'G': set_upgrade(&set, optarg); break;
		case 'g': set.gate = optarg; break;
		case 'H': add_fields(&set, optarg); break;
		case 'h': print_and_exit(USAGE);
		case 'k': set.key = optarg; break;
		case 'o': list_add(&set.origins, 'o', optarg); break;
		case 'L': set.lint = true; break;
		case 'O': add_older(&set, optarg); break;
		case 'P': set.behind_proxy = true; break;
		case 'p': list_add(&set.subprotocols, 'p', optarg); break;
		case 'q': diag_quiet(); break;
		case 'R': list_add(&set.paths, 'R', optarg); break;
		case 'S': list_add(&set.hosts, 'S', optarg); break;
		case 's': set_role(&set, WS_SERVER); break;
		case 'U': set.check_only = true; break;
		case 'u':
			list_add(&set.credentials, 'u',
			    option_secret('u', optarg));
			break;
		case 'V': print_version();
		case 'v': show_heads(); break;
		case 'w': set.wait_ms = option_seconds('w', optarg); break;
		case 'x': set.proxy = optarg; break;
		case 'z': set.deflate.deflate = true; break;
		default: option_fault(c, argv, USAGE);
		}
	if (set.role == WS_CLIENT && optind < argc)
		set.url = argv[optind++];
	set.program = optind < argc ? argv + optind : NULL;
	check_role(&set);
	check_values(&set);
	take_model(&set);
	take_parameters(&set);
	return run(&set);
}
