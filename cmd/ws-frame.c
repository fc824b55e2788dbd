/* ws-frame: standard input into WebSocket frames (RFC 6455, 5). */
#include <sys/socket.h>

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "capturefile.h"
#include "diag.h"
#include "io.h"
#include "sandbox.h"
#include "system.h"
#include "ws-frame.h"

#define USAGE "usage: ws-frame [-01abchjlnqstVvWz] [-C fd] [-D file] " \
    "[-e code[:reason]] [-F size] [-i sec] [-k key] [-m count] [-w sec] " \
    "[-X sec]"

/* A sleep is over. */
static void
go_on(struct frame *f)
{
	f->resume = 0;
	frame_text_lines(f, 0);
}

/* Whether there is nothing left to send, or to wait for. */
static bool
finished(const struct frame *f)
{
	switch (f->state) {
	case OPEN:
	case DRAINING:
		return f->set->control < 0 && f->input_ended;
	case CLOSED:
		return f->peer_closed || f->peer_ended || f->set->control < 0;
	case OVER:
		break;
	}
	return true;
}

static void
ping_in_time(struct frame *f)
{
	if (f->next_ping > now_ms())
		return;
	queue_control(f, WS_PING, (const uint8_t *)"", 0);
	f->next_ping = deadline_in(f->set->ping_ms);
}

/* The time for a Close has run out. */
static void
run_out_of_time(struct frame *f)
{
	if (f->state == DRAINING) {
		f->close_now = true;	/* the command had its grace */
		return;
	}
	(void)shutdown(STDOUT_FILENO, SHUT_RDWR);
	give_up(f, STATUS_LOST);
}

/* Waits for something to do, and does it. */
static void
step(struct frame *f)
{
	struct pollfd fds[WATCHED];
	bool want_input = f->state < CLOSED && !f->input_ended &&
	    f->resume == 0;
	int64_t deadline = f->deadline;
	int ready;

	if (f->set->control < 0 && f->set->ping_ms < 0 &&
	    f->set->signal_pipe < 0 && f->resume == 0) {
		take_input(f);
		return;
	}
	if (f->resume != 0 && f->resume < deadline)
		deadline = f->resume;
	if (f->state < CLOSED && f->next_ping < deadline)
		deadline = f->next_ping;
	watch(f, fds, want_input ? STDIN_FILENO : -1, POLLIN);
	ready = poll_until(fds, WATCHED, deadline);
	heed(f, fds);
	/* Where there is always something, poll(2) does not tell the time. */
	if (time_is_up(f)) {
		run_out_of_time(f);
	} else if (ready == 0) {
		if (f->resume != 0 && f->resume <= now_ms())
			go_on(f);
		else
			ping_in_time(f);
	} else if (fds[WATCH_DATA].revents != 0 && !f->close_now) {
		take_input(f);
		if (f->set->ping_ms >= 0)
			f->next_ping = deadline_in(f->set->ping_ms);
	}
}

/* Their end closes the channel, unless a shell holds that, too. */
static void
await_filters(struct frame *f)
{
	struct pollfd pfd = { f->set->control, POLLIN, 0 };
	int64_t deadline = deadline_in(f->set->mode == WIRE ? TELLING_MS :
	    PARTING_MS);

	(void)close(STDIN_FILENO);	/* ws-b64 need not read on */
	while (now_ms() < deadline && poll_until(&pfd, 1, deadline) > 0 &&
	    take_orders(f))
		;
}

/* Both Closes are exchanged, or the peer is gone.  The server ends the
 * connection first (RFC 6455, 7.1.1); then ws-deframe tells that the peer has,
 * too. */
static void
part(struct frame *f)
{
	struct pollfd pfd = { f->set->control, POLLIN, 0 };
	int64_t deadline = deadline_in(LINGER_MS);

	if (f->set->role != WS_CLIENT || f->set->control < 0)
		(void)shutdown(STDOUT_FILENO, SHUT_WR);
	if (f->set->control < 0)
		return;
	while (!f->peer_ended && poll_until(&pfd, 1, deadline) > 0)
		(void)take_orders(f);
	if (f->peer_ended)
		await_filters(f);
	/* Whoever still reads from the connection is to see its end. */
	(void)shutdown(STDOUT_FILENO, SHUT_RDWR);
}

static int
run(const struct settings *set)
{
	static struct frame f;

	f.set = set;
	f.rx.refuse_binary = set->hixie;
	f.in_size = set->mode == JSON ? JSON_SIZE : IN_SIZE + READ_SIZE;
	f.in = bulk_memory(f.in_size);
	f.bulk = READ_SIZE;
	f.deadline = NEVER;
	f.next_ping = deadline_in(set->ping_ms);
	f.lifeline = set->lifeline;
	f.supervisor = set->supervisor;
	f.signal_pipe = set->signal_pipe;
	f.socket = is_socket(STDOUT_FILENO);
	f.pipe = set->control >= 0 && is_pipe(STDOUT_FILENO);
	f.tcp = is_tcp(STDIN_FILENO);
	f.capture = set->capture != NULL ? capturefile_open(set->capture) : -1;
	if (set->role == WS_CLIENT || set->mode == FRAME_LINES)
		fetch_keys(&f);
	open_pack(&f);
	f.passable = f.pack == NULL && set->mode == STREAM && !set->text &&
	    set->role != WS_CLIENT && f.capture < 0 && !f.pipe &&
	    passage_possible(STDIN_FILENO, STDOUT_FILENO);
	sandbox_enter(set->verbose);
	for (;;) {
		put_queued_control(&f);
		close_in_time(&f);
		flush(&f);
		if (finished(&f))
			break;
		step(&f);
	}
	part(&f);
	return f.status != STATUS_OK ? f.status : f.peer_status;
}

/* In a session: find the channel, and turn SIGTERM into an orderly end. */
static void
join_session(struct settings *set)
{
	int reader, writer;

	if (set->control < 0 && session_control(&reader, &writer)) {
		/* Only then can the end of ws-deframe be seen. */
		(void)close(writer);
		set->control = reader;
	}
	if (set->control < 0)
		return;
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		die_sys("set up signals");
	set_nodelay(STDOUT_FILENO);
	(void)session_lifeline(&set->lifeline, &writer);
	set->supervisor = session_supervisor();
	set->signal_pipe = session_catch_signals();
}

/* When the time has come, SIGALRM ends the session as SIGTERM would. */
static void
limit_life(struct settings *set)
{
	if (set->life_ms < 0)
		return;
	if (set->signal_pipe < 0)
		set->signal_pipe = session_catch_signals();
	(void)alarm((unsigned)((set->life_ms + 999) / 1000));
}

int
main(int argc, char *argv[])
{
	struct settings set = { .role = session_role(),
	    .framing = session_framing(), .ping_ms = -1, .life_ms = -1,
	    .close = { WS_CLOSE_NORMAL, "" },
	    .wait_ms = WAIT_MS, .control = -1, .lifeline = -1,
	    .supervisor = -1, .signal_pipe = -1 };
	int c;

	argv0 = "ws-frame";
	while ((c = getopt(argc, argv, ":01abC:cD:e:F:hi:jk:lm:nqstVvWw:X:z")) != -1)
		switch (c) {
		case '0': set.mode = RECORDS; break;
		case '1': set.count = 1; break;
		case 'a': set.mode = FRAME_LINES; break;
		case 'b': set.binary = true; break;
		case 'C':
			set.control = (int)option_number('C', optarg, 0, 65535);
			break;
		case 'c': set.role = WS_CLIENT; break;
		case 'D': set.capture = optarg; break;
		case 'e':
			set.close = option_close('e', optarg);
			set.close_offline = true;
			break;
		case 'F': option_sizes('F', optarg, &set.sizes); break;
		case 'h': print_and_exit(USAGE);
		case 'i': set.ping_ms = option_seconds('i', optarg); break;
		case 'j': set.mode = JSON; break;
		case 'k':
			option_masking_key('k', optarg, set.key);
			set.fixed_key = true;
			break;
		case 'l': set.mode = LINES; break;
		case 'm':
			set.count = option_number('m', optarg, 1, UINT64_MAX);
			break;
		case 'n': set.no_close = true; break;
		case 'q': diag_quiet(); break;
		case 's': set.role = WS_SERVER; break;
		case 't': set.text = true; break;
		case 'V': print_and_exit("ws-frame " VERSION);
		case 'v': set.verbose = true; break;
		case 'w': set.wait_ms = option_seconds('w', optarg); break;
		case 'W': set.mode = WIRE; break;
		case 'X': set.life_ms = option_seconds('X', optarg); break;
		case 'z': set.compress = true; break;
		default: die_usage(USAGE);
		}
	if (optind < argc)
		die_usage(USAGE);
	/* Frames say themselves what they are. */
	if (set.mode >= WIRE && (set.text || set.binary ||
	    (set.mode != JSON && set.sizes.count > 0)))
		die_usage(USAGE);
	if ((set.mode == LINES || set.mode == RECORDS) && !set.binary)
		set.text = true;
	set.hixie = framing_is_hixie(set.framing);
	if (set.hixie) {
		if (set.mode == FRAME_LINES || set.binary)
			die(STATUS_USAGE, "hixie knows only text: not -a or -b");
		set.text |= set.mode == STREAM;
	}
	set.compression = session_compression(set.compress, set.framing);
	set.person = isatty(STDIN_FILENO);
	join_session(&set);
	limit_life(&set);
	return run(&set);
}
