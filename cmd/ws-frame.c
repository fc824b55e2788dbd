/* ws-frame: standard input into WebSocket frames (RFC 6455, 5). */
#include <sys/socket.h>

#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "io.h"
#include "sandbox.h"
#include "signals.h"
#include "system.h"
#include "ws-frame.h"

#define USAGE "usage: ws-frame [-01abchjlnqrstVvWz] [-C fd] [-D file] " \
    "[-e code[:reason]] [-F size] [-i sec] [-k key] [-m count] [-T sec] " \
    "[-w sec] [-X sec] [-y sec]"

/* Without -T, for what a server sends: as long as the system takes to find that
 * a peer is lost that is silent (set_keepalive()). */
enum { STALL_MS = 600000 };

/* A sleep is over. */
static void
end_sleep(struct frame *f)
{
	f->resume = 0;
	frame_text_lines(f, 0);
}

/* Whether nothing but input is waited for. */
static bool
must_only_read(const struct frame *f)
{
	return f->set->control < 0 && f->set->ping_ms < 0 &&
	    f->signal_pipe < 0 && f->resume == 0;
}

/* When there is something to do even if nothing happens. */
static int64_t
next_deadline(const struct frame *f)
{
	int64_t deadline = f->closing.limit;

	if (f->resume != 0 && f->resume < deadline)
		deadline = f->resume;
	if (ws_closing_may_send(&f->closing) && f->next_ping < deadline)
		deadline = f->next_ping;
	if (bulk_deadline(&f->bulk) < deadline)
		deadline = bulk_deadline(&f->bulk);
	return deadline;
}

/* Waits for something to do, and does it. */
static void
wait_and_act(struct frame *f)
{
	bool want_input = ws_closing_takes_input(&f->closing) &&
	    f->resume == 0 && !f->input_eof;
	struct pollfd fds[WATCHED];
	int64_t deadline;

	if (must_only_read(f)) {
		take_input(f);
		return;
	}
	deadline = next_deadline(f);
	watch(f, fds, want_input ? STDIN_FILENO : -1, POLLIN);
	(void)poll_until(fds, WATCHED, deadline);
	note_watched(f, fds);
	rest_if_due(f);
	/* What is there is no silence, however late we look. */
	if (fds[WATCH_DATA].revents != 0)
		ws_closing_progress(&f->closing, now_ms());
	/* Where there is always something, poll(2) does not tell the time. */
	check_limit(f, false);
	if (f->resume != 0 && f->resume <= now_ms())
		end_sleep(f);
	ping_in_time(f);
	if (fds[WATCH_DATA].revents != 0 &&
	    ws_closing_takes_input(&f->closing)) {
		take_input(f);
		if (f->set->ping_ms >= 0)
			f->next_ping = deadline_in(f->set->ping_ms);
	}
	if (f->closing.state == WS_LEAVING)
		(void)close(STDIN_FILENO);	/* ws-b64 need not read on */
}

/* What was given up. */
static void
say_sentence(const struct frame *f)
{
	const struct ws_closing_rules *rules = &f->set->closing;

	switch (f->closing.sentence) {
	case WS_SAYS_NOTHING:
		break;
	case WS_SAYS_NO_CLOSE:
		say_given_up("no Close from the peer",
		    rules->wait_ms + WS_ANSWER_MS);
		break;
	case WS_SAYS_NOT_TAKEN:
		say_given_up("what was sent not taken by the peer",
		    rules->wait_ms);
		break;
	case WS_SAYS_CUT:
		say_given_up("an answer begun, and no more of it",
		    rules->wait_ms);
		break;
	case WS_SAYS_LIFE_OVER:
		say("open for %llu s, as long as -X allows: closed",
		    (unsigned long long)(f->set->life_ms + 999) / 1000);
		break;
	case WS_SAYS_LOST:
		say("connection ended without Close%s%s (RFC 6455, 7.1.5)",
		    f->lost[0] != '\0' ? ": " : "", f->lost);
		break;
	case WS_SAYS_DEAF:
		say("control channel ended before the session: ws-deframe "
		    "has failed");
		break;
	}
}

/* Ends as the session did. */
static int
end(struct frame *f)
{
	int status = ws_closing_status(&f->closing);

	capture_end(&f->capture, true);
	say_sentence(f);
	/* Whoever still reads from the connection is to see its end. */
	if (f->set->control >= 0)
		(void)shutdown(STDOUT_FILENO, SHUT_RDWR);
	if (status > STATUS_SIGNAL)
		end_by_signal(status - STATUS_SIGNAL);
	return status > STATUS_SIGNAL ? STATUS_SYSTEM : status;
}

static int
run(const struct settings *set)
{
	static struct frame f;

	f.set = set;
	ws_closing_start(&f.closing, &set->closing);
	f.rx.refuse_binary = set->hixie;
	f.in_size = set->mode == JSON ? JSON_SIZE : IN_SIZE + READ_SIZE;
	f.in = bulk_memory(f.in_size);
	f.read_max = READ_SIZE;
	f.next_ping = deadline_in(set->ping_ms);
	f.lifeline = set->lifeline;
	f.supervisor = set->supervisor;
	f.signal_pipe = set->signal_pipe;
	f.tcp = is_tcp(STDIN_FILENO);
	capture_open(&f.capture, set->capture, set->role == WS_CLIENT);
	open_output(&f, await_room);
	if (set->role == WS_CLIENT || set->mode == FRAME_LINES)
		fetch_keys(&f);
	open_pack(&f);
	f.passable = f.pack == NULL && set->mode == STREAM && !set->text &&
	    set->role != WS_CLIENT && !capture_is_on(&f.capture) &&
	    !f.writer.pipe && passage_possible(STDIN_FILENO, STDOUT_FILENO);
	sandbox_enter(set->verbose);
	for (;;) {
		put_queued_control(&f);
		close_if_due(&f);
		flush(&f);
		if (f.closing.state == WS_OVER)
			return end(&f);
		wait_and_act(&f);
	}
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
	signals_hold_sigpipe();
	set_nodelay(STDOUT_FILENO);
	(void)session_lifeline(&set->lifeline, &writer);
	set->supervisor = session_supervisor();
	set->signal_pipe = signals_catch();
}

static void
set_closing_rules(struct settings *set)
{
	struct ws_closing_rules *r = &set->closing;

	r->in_session = set->control >= 0;
	r->client = set->role == WS_CLIENT;
	r->no_close |= set->control < 0 && !set->close_given;
	r->no_handshake = set->framing == WS_FRAMING_HIXIE_75;
	r->at_terminal = isatty(STDIN_FILENO);
	r->has_command = set->supervisor >= 0;
	r->code = set->close.code;
	r->reason = set->close.reason;
	r->tell_ms = set->mode == WIRE ? WS_TELL_MS : PARTING_MS;
}

/* When the time has come, SIGALRM ends the session as SIGTERM would. */
static void
limit_life(struct settings *set)
{
	if (set->life_ms < 0)
		return;
	if (set->signal_pipe < 0)
		set->signal_pipe = signals_catch();
	(void)alarm((unsigned)((set->life_ms + 999) / 1000));
}

int
main(int argc, char *argv[])
{
	struct settings set = { .role = session_role(),
	    .framing = session_framing(), .ping_ms = -1, .life_ms = -1,
	    .stall_ms = -1,
	    .close = { WS_CLOSE_NORMAL, "" },
	    .closing = { .wait_ms = WAIT_MS }, .control = -1,
	    .lifeline = -1, .supervisor = -1, .signal_pipe = -1 };
	bool stall_given = false;
	int c;

	argv0 = "ws-frame";
	while ((c = getopt(argc, argv,
	    ":01abC:cD:e:F:hi:jk:lm:nqrstT:VvWw:X:y:z")) != -1)
		switch (c) {
		case '0':
		case 'a':
		case 'j':
		case 'l':
		case 'W':
			option_mode(&set.mode, (char)c, USAGE);
			break;
		case '1': set.count = 1; break;
		case 'b': set.binary = true; break;
		case 'C':
			set.control = (int)option_number('C', optarg, 0, 65535);
			break;
		case 'c': set.role = WS_CLIENT; break;
		case 'D': set.capture = optarg; break;
		case 'e':
			set.close = option_close('e', optarg);
			set.close_given = true;
			break;
		case 'F': option_sizes('F', optarg, &set.sizes); break;
		case 'h': print_and_exit(USAGE);
		case 'i': set.ping_ms = option_limit('i', optarg); break;
		case 'k':
			option_masking_key('k', optarg, set.key);
			set.fixed_key = true;
			break;
		case 'm':
			set.count = option_number('m', optarg, 1, UINT64_MAX);
			break;
		case 'n': set.closing.no_close = true; break;
		case 'q': diag_quiet(); break;
		case 'r': set.crlf = true; break;
		case 's': set.role = WS_SERVER; break;
		case 'T':
			set.stall_ms = option_limit('T', optarg);
			stall_given = true;
			break;
		case 't': set.text = true; break;
		case 'V': print_version();
		case 'v': set.verbose = true; break;
		case 'w':
			set.closing.wait_ms = option_seconds('w', optarg);
			break;
		case 'X': set.life_ms = option_limit('X', optarg); break;
		case 'y':
			set.closing.quiet_ms = option_seconds('y', optarg);
			break;
		case 'z': set.compress = true; break;
		default: option_fault(c, argv, USAGE);
		}
	if (optind < argc)
		die_usage(USAGE, "%s: extra operand", argv[optind]);
	option_input(&(struct input_options){ set.mode, set.text, set.binary,
	    set.sizes.count > 0, set.crlf }, USAGE);
	if ((set.mode == LINES || set.mode == RECORDS) && !set.binary)
		set.text = true;
	set.hixie = framing_is_hixie(set.framing);
	if (set.hixie) {
		if (set.mode == FRAME_LINES || set.binary)
			die(STATUS_USAGE,
			    "hixie knows only text: not -a or -b");
		set.text |= set.mode == STREAM;
	}
	set.compression = session_compression(set.compress, set.framing);
	join_session(&set);
	if (!stall_given && set.role == WS_SERVER)
		set.stall_ms = STALL_MS;
	limit_life(&set);
	set_closing_rules(&set);
	return run(&set);
}
