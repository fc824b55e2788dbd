/* ws-view: a session, from what was recorded of it: a line for each frame. */
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compression.h"
#include "diag.h"
#include "io.h"
#include "options.h"
#include "sandbox.h"
#include "ws-view.h"

#define USAGE "usage: ws-view [-dfhjNqTuVvz] [-C columns] [-G condition] " \
    "[file ...]"

/* The width of the terminal, if standard output is one. */
static size_t
terminal_columns(void)
{
	const char *columns = getenv("COLUMNS");
	struct slice s = slice_of(columns != NULL ? columns : "");
	uint64_t n;
#ifdef TIOCGWINSZ
	struct winsize size;
#endif

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (slice_take_number(&s, KEPT_MAX, &n) && s.len == 0 && n > 0)
		return (size_t)n;
#ifdef TIOCGWINSZ
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
#endif
	return 80;
}

/* As ls(1) has them; https://no-color.org */
static bool
wants_colours(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && (no == NULL || no[0] == '\0') &&
	    term != NULL && strcmp(term, "dumb") != 0;
}

static void
run(const struct settings *set, char *const files[], int count)
{
	struct input {
		int fd;
		bool live;		/* no file */
	} *in = calloc((size_t)count, sizeof *in);
	struct stat st;
	int i;

	if (in == NULL)
		die_sys("get memory");
	for (i = 0; i < count; i++) {
		in[i].fd = strcmp(files[i], "-") == 0 ? STDIN_FILENO :
		    open(files[i], O_RDONLY);
		if (in[i].fd < 0 || fstat(in[i].fd, &st) < 0)
			die_sys("open %s", files[i]);
		in[i].live = !S_ISREG(st.st_mode);
	}
	open_streams(set);
	sandbox_enter(set->verbose);
	for (i = 0; i < count; i++)
		view_file(set, in[i].fd == STDIN_FILENO ? "standard input" :
		    files[i], in[i].fd, in[i].live);
	free(in);
}

int
main(int argc, char *argv[])
{
	static char dash[] = "-";
	static char *const standard_input[] = { dash };
	struct settings set = { .columns = SIZE_MAX };
	bool compressed = false;
	int c;

	argv0 = "ws-view";
	while ((c = getopt(argc, argv, ":C:dfG:hjNqTuVvz")) != -1)
		switch (c) {
		case 'C':
			set.columns = (size_t)option_number('C', optarg, 0,
			    KEPT_MAX);
			break;
		case 'd': set.clock = SINCE_LAST; break;
		case 'f': set.follow = true; break;
		case 'G': add_condition(&set, optarg); break;
		case 'h': print_and_exit(USAGE);
		case 'j': set.form = FORM_JSON; break;
		case 'N': set.numbered = true; break;
		case 'q': diag_quiet(); break;
		case 'T': set.form = FORM_TABS; break;
		case 'u': set.clock = ABSOLUTE; break;
		case 'V': print_version();
		case 'v': set.verbose = true; break;
		case 'z': compressed = true; break;
		default: option_fault(c, argv, USAGE);
		}
	if (set.follow && argc - optind > 1)
		die_usage(USAGE, "-f follows one file");
	if (set.columns == SIZE_MAX)
		set.columns = terminal_columns();
	set.colours = wants_colours();
	set.compression = session_compression(compressed, WS_FRAMING_RFC);
	if (optind < argc)
		run(&set, argv + optind, argc - optind);
	else
		run(&set, standard_input, 1);
	free(set.conditions);
	return STATUS_OK;
}
