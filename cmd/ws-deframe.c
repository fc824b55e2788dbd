/* ws-deframe: WebSocket frames into standard output (RFC 6455, 5). */
#include <signal.h>
#include <unistd.h>

#include "diag.h"
#include "io.h"
#include "options.h"
#include "sandbox.h"
#include "signals.h"
#include "system.h"
#include "ws-deframe.h"

#define USAGE "usage: ws-deframe [-01abchjLlqSstVvWz] [-B size] [-C fd] " \
    "[-D file] [-E code] [-m count] [-r speed] [-T sec] [-w sec]"

static int
run(const struct settings *set)
{
	static struct deframe d;
	int status;

	d.set = set;
	ws_closing_start(&d.closing, &set->closing);
	d.buf = bulk_memory(BULK_SIZE);
	d.lines = (char *)bulk_memory(PIPE_BUF);
	d.rx.masking = set->role == WS_SERVER ? WS_MASKING_REQUIRED :
	    set->role == WS_CLIENT ? WS_MASKING_FORBIDDEN : WS_MASKING_ANY;
	d.rx.refuse_text = set->refuse_text;
	d.rx.refuse_binary = set->refuse_binary;
	d.rx.message_max = set->message_max;
	d.rx.lax = set->lax;
	d.rx.any_length_form = set->framing == WS_FRAMING_HYBI;
	d.hixie.closes = set->framing == WS_FRAMING_HIXIE_76;
	d.in_head = set->skip_head;
	open_inflate(&d);
	capture_open(&d.capture, set->capture, set->role == WS_CLIENT);
	if (set->mode == FRAME_LINES || set->mode == JSON || set->visible)
		start_list(&d);
	open_output(&d);
	d.passable = (set->mode == STREAM || set->mode == WIRE) &&
	    !set->hixie && !capture_is_on(&d.capture) &&
	    passage_possible(STDIN_FILENO, STDOUT_FILENO);
	sandbox_enter(set->verbose);
	deframe_input(&d);
	write_output(&d);
	status = ws_closing_status(&d.closing);
	/* Told before our output ends, so that ws-frame knows why its input
	 * does. */
	if (status == STATUS_LOST)
		tell_end(&d);
	end_reading(&d);
	capture_end(&d.capture, false);
	if (status != STATUS_LOST)
		tell_end(&d);
	return d.lax_status != STATUS_OK ? d.lax_status : status;
}

/* In a session: find the channel, outlive the reader, end in order. */
static void
join_session(struct settings *set)
{
	int reader, writer;

	if (set->control < 0 && session_control(&reader, &writer)) {
		/* Only then can the end of ws-frame be seen. */
		(void)close(reader);
		set->control = writer;
	}
	if (set->control < 0)
		return;
	if (set->lax)
		die(STATUS_USAGE, "-L: only off-line, where nobody waits for "
		    "a Close");
	session_close_lifeline();
	set_nodelay(STDOUT_FILENO);
	(void)signal(SIGPIPE, SIG_IGN);
	set->signal_pipe = signals_catch();
	/* The size that a stranger's line may have is not left to chance. */
	if (set->role == WS_SERVER && set->message_max == 0 &&
	    (set->mode == LINES || set->mode == RECORDS))
		set->message_max = COLLECTED_MAX;
}

int
main(int argc, char *argv[])
{
	struct settings set = { .role = session_role(),
	    .framing = session_framing(),
	    .closing = { .relays = true, .wait_ms = WAIT_MS },
	    .idle_ms = -1, .control = -1, .signal_pipe = -1 };
	int c;

	argv0 = "ws-deframe";
	while ((c = getopt(argc, argv,
	    ":01aB:bC:cD:E:hjLlm:qr:SstT:VvWw:z")) != -1)
		switch (c) {
		case '0':
		case 'a':
		case 'j':
		case 'l':
		case 'W':
			option_mode(&set.mode, (char)c, USAGE);
			break;
		case '1': set.count = 1; break;
		case 'B': set.message_max = option_size('B', optarg); break;
		case 'b': set.refuse_text = true; break;
		case 'C':
			set.control = (int)option_number('C', optarg, 0, 65535);
			break;
		case 'c': set.role = WS_CLIENT; break;
		case 'D': set.capture = optarg; break;
		case 'E':
			set.reader_code = option_close('E', optarg).code;
			break;
		case 'h': print_and_exit(USAGE);
		case 'L': set.lax = true; break;
		case 'm':
			set.count = option_number('m', optarg, 1, UINT64_MAX);
			break;
		case 'q': diag_quiet(); break;
		case 'r':
			set.replay = true;
			set.speed = option_seconds('r', optarg);
			break;
		case 'S': set.skip_head = true; break;
		case 's': set.role = WS_SERVER; break;
		case 't': set.refuse_binary = true; break;
		case 'T': set.idle_ms = option_limit('T', optarg); break;
		case 'V': print_version();
		case 'v': set.verbose = true; break;
		case 'w':
			set.closing.wait_ms = option_seconds('w', optarg);
			break;
		case 'z': set.compressed = true; break;
		default: option_fault(c, argv, USAGE);
		}
	if (optind < argc)
		die_usage(USAGE, "%s: extra operand", argv[optind]);
	if (set.lax && set.mode == JSON)
		die_usage(USAGE, "-L and -j exclude each other");
	set.compression = session_compression(set.compressed, set.framing);
	set.hixie = framing_is_hixie(set.framing);
	set.visible = set.mode == LINES && isatty(STDOUT_FILENO);
	if (set.hixie && (set.mode == FRAME_LINES || set.lax))
		die(STATUS_USAGE, "-a and -L know nothing of hixie");
	if (set.mode == JSON && set.message_max == 0)
		set.message_max = JSON_USUAL;
	if (set.mode == JSON && set.message_max > JSON_MAX)
		die(STATUS_USAGE, "-B: -j takes messages of at most 1g");
	join_session(&set);
	set.closing.in_session = set.control >= 0;
	set.closing.client = set.role == WS_CLIENT;
	return run(&set);
}
