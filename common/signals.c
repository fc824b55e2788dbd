/* Signals: those that end a session, and the end of children. */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "diag.h"
#include "io.h"
#include "signals.h"
#include "system.h"

static int signal_writer, child_writer;
static pid_t self;

/* In a signal handler.  Who waits for this byte would wait for ever. */
static void
notify(int fd, unsigned char byte)
{
	int saved = errno, tries = 100;

	while (write(fd, &byte, 1) < 0 && --tries > 0)
		;
	errno = saved;
}

static void
on_signal(int signal)
{
	notify(signal_writer, (unsigned char)signal);
}

static void
on_sigchld(int signal)
{
	notify(child_writer, (unsigned char)signal);
}

int
signals_watch_children(void)
{
	struct sigaction sa = { .sa_handler = on_sigchld };
	int reader;

	private_pipe(&reader, &child_writer);
	make_pipe_tiny(reader);
	sa.sa_flags = SA_RESTART;
	if (sigaction(SIGCHLD, &sa, NULL) < 0)
		die_sys("set up signals");
	return reader;
}

static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGALRM };

enum { SIGNALS = sizeof signals / sizeof signals[0] };

static void
mask_signals(int how, const int list[], size_t count)
{
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < count; i++)
		sigaddset(&set, list[i]);
	if (sigprocmask(how, &set, NULL) < 0)
		die_sys("set up signals");
}

void
signals_hold(void)
{
	mask_signals(SIG_BLOCK, signals, SIGNALS);
}

void
signals_release(void)
{
	mask_signals(SIG_UNBLOCK, signals, SIGNALS);
}

void
signals_hold_sigpipe(void)
{
	int sigpipe = SIGPIPE;

	mask_signals(SIG_BLOCK, &sigpipe, 1);
}

int
signals_catch(void)
{
	struct sigaction sa = { .sa_handler = on_signal }, old;
	int reader;
	size_t i;

	self = getpid();
	private_pipe(&reader, &signal_writer);
	make_pipe_tiny(reader);
	sa.sa_flags = (int)SA_RESETHAND;
	for (i = 0; i < SIGNALS; i++)
		if (sigaction(signals[i], NULL, &old) < 0 ||
		    (old.sa_handler != SIG_IGN &&
		    sigaction(signals[i], &sa, NULL) < 0))
			die_sys("set up signals");
	signals_release();
	return reader;
}

void
end_by_signal(int signal)
{
	mask_signals(SIG_UNBLOCK, &signal, 1);
	(void)kill(self, signal);
	(void)kill(self, signal);	/* the first may have been caught */
}
