/* ws-probe: puts cases of ws-check(1) to a WebSocket peer, and writes down what
 * it makes of them. */
#include <sys/socket.h>
#include <sys/types.h>

#include <netinet/in.h>

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ws-probe.h"
#include "connect.h"
#include "diag.h"
#include "io.h"
#include "options.h"

#define USAGE "usage: ws-probe [-1chlqsV] [-G section] [-k seed] [-N number] " \
    "[-P runs] [-w sec] url | [address:]port file ..."

enum {
	RUNS_MOST = 256,
	GUESTS_MOST = 512,
	AGENTS_MOST = 64,
	CHOSEN_MOST = 64,
	REQUEST_MS = 10000,
	OLD_STDOUT = 4			/* as ws-connect(1) has it */
};

struct settings {
	struct probe probe;
	bool list;			/* -l */
	bool once;			/* -1 */
	unsigned number;		/* -N; 0: all */
	size_t runs;			/* -P */
	char *sections[CHOSEN_MOST + 1];
	size_t section_count;
	const char *where;
};

/* -- testing a server: we connect -- */

/* What has been written down of the cases, to be told in their order. */
struct results {
	char **text;
	size_t *len;
	size_t told;
};

static void
tell(struct results *done, size_t count)
{
	while (done->told < count && done->text[done->told] != NULL) {
		fwrite(done->text[done->told], 1, done->len[done->told],
		    stdout);
		free(done->text[done->told++]);
	}
	if (fflush(stdout) == EOF)
		die_sys("write standard output");
}

static void
finish(struct run *r, struct results *done, size_t i)
{
	FILE *f = open_memstream(&done->text[i], &done->len[i]);

	if (f == NULL)
		die_sys("memory");
	run_report(r, f, "-", (unsigned)i + 1);
	if (fclose(f) == EOF)
		die_sys("memory");
	run_end(r);
}

static int
connect_to(const struct ws_url *url)
{
	char target[WS_HOST_MAX + 32];
	int fd;

	snprintf(target, sizeof target, url->literal ? "tcp:[%s]:%u" :
	    "tcp:%s:%u", url->host, url->port);
	fd = connect_address(target, NULL, deadline_in(10000));
	if (fd < 0)
		exit(errno == ETIMEDOUT ? STATUS_TIMEOUT : STATUS_SYSTEM);
	return fd;
}

/* Waits for one of the runs; each has its place in fds. */
static void
wait_for_runs(struct run *runs[], struct pollfd fds[], size_t count)
{
	int64_t at = NEVER, one;
	size_t i;

	for (i = 0; i < count; i++) {
		fds[i].fd = runs[i] == NULL ? -1 : run_fd(runs[i]);
		fds[i].revents = 0;
		if (runs[i] == NULL)
			continue;
		fds[i].events = run_events(runs[i]);
		if (fds[i].events == 0)
			fds[i].fd = -1;
		one = run_deadline(runs[i]);
		if (one < at)
			at = one;
	}
	(void)poll_until(fds, (nfds_t)count, at);
}

static void
test_server(const struct settings *set)
{
	const struct case_list *list = &set->probe.list;
	struct run *runs[RUNS_MOST] = { NULL };
	struct pollfd fds[RUNS_MOST];
	size_t which[RUNS_MOST] = { 0 }, next = 0, running = 0, i;
	struct results done = { get_memory(list->count * sizeof(char *)),
	    get_memory(list->count * sizeof(size_t)), 0 };

	for (i = 0; i < list->count; i++)
		done.text[i] = NULL;
	while (next < list->count || running > 0) {
		for (i = 0; i < set->runs && next < list->count; i++)
			if (runs[i] == NULL) {
				which[i] = next;
				runs[i] = run_start(&set->probe,
				    &list->cases[next++],
				    connect_to(&set->probe.url));
				running++;
			}
		wait_for_runs(runs, fds, set->runs);
		for (i = 0; i < set->runs; i++)
			if (runs[i] != NULL &&
			    run_go_on(runs[i], fds[i].revents) != RUNNING) {
				finish(runs[i], &done, which[i]);
				runs[i] = NULL;
				running--;
			}
		tell(&done, list->count);
	}
}

/* One case on the connection that we were given. */
static void
test_on_stdin(const struct settings *set)
{
	struct run *r;
	struct pollfd fd;
	FILE *out = fdopen(OLD_STDOUT, "w");

	if (set->number > set->probe.list.count)
		die(STATUS_USAGE, "-N: there is no such case");
	if (out == NULL)
		die_sys("descriptor 4");
	r = run_start(&set->probe, &set->probe.list.cases[set->number - 1],
	    STDIN_FILENO);
	do
		wait_for_runs(&r, &fd, 1);
	while (run_go_on(r, fd.revents) == RUNNING);
	run_report(r, out, "-", set->number);
	if (fclose(out) == EOF)
		die_sys("write descriptor 4");
}

/* -- testing clients: they connect -- */

struct agent {
	char name[128];
	char **keys;			/* their Sec-WebSocket-Keys */
	size_t key_count;
	uint8_t *verdicts;		/* of the cases */
};

/* A connection: its request is being read, then it is a run. */
struct guest {
	int fd;
	char *head;
	size_t len;
	struct http_scan scan;
	int64_t deadline;
	struct run *run;
	struct probe_case own;		/* for what is no case */
	struct pool pool;		/* of its own */
	struct agent *agent;
	unsigned number;		/* of the case; 0: none */
	bool update;
};

struct host {
	const struct settings *set;
	struct guest guests[GUESTS_MOST];
	struct agent agents[AGENTS_MOST];
	size_t agent_count;
	bool over;
};

/* [address:]port; both families without an address. */
static int
listen_on(const char *where)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_PASSIVE }, *list, *a;
	const char *colon = strrchr(where, ':'), *port = where;
	char name[256], *address = NULL;
	int fd = -1, yes = 1, no = 0, error;

	if (colon != NULL && (size_t)(colon - where) < sizeof name) {
		memcpy(name, where, (size_t)(colon - where));
		name[colon - where] = '\0';
		address = name;
		if (name[0] == '[' && colon[-1] == ']') {
			name[colon - where - 1] = '\0';
			address++;
		}
		port = colon + 1;
	} else {
		hints.ai_family = AF_INET6;
	}
	error = getaddrinfo(address, port, &hints, &list);
	if (error != 0 && address == NULL) {
		hints.ai_family = AF_INET;
		error = getaddrinfo(address, port, &hints, &list);
	}
	if (error != 0)
		die(STATUS_USAGE, "%s: %s", where, gai_strerror(error));
	for (a = list; a != NULL && fd < 0; a = a->ai_next) {
		fd = socket(a->ai_family, SOCK_STREAM, 0);
		if (fd < 0)
			continue;
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
		if (address == NULL && a->ai_family == AF_INET6)
			setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no,
			    sizeof no);
		if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 &&
		    listen(fd, 128) == 0)
			break;
		error = errno;
		close(fd);
		errno = error;
		fd = -1;
	}
	if (fd < 0)
		die_sys("%s", where);
	freeaddrinfo(list);
	return fd;
}

static void
tell_port(int fd)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof address;
	char host[256], port[32];

	if (getsockname(fd, (struct sockaddr *)&address, &len) < 0 ||
	    getnameinfo((struct sockaddr *)&address, len, host, sizeof host,
	    port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		die_sys("getsockname");
	printf("L\t%s\t%s\n", host, port);
	if (fflush(stdout) == EOF)
		die_sys("write standard output");
}

/* The value of a parameter of the query, %XX decoded, what is not printable
 * ASCII as "?"; false if it is not there. */
static bool
parameter(struct slice query, const char *name, char *value, size_t size)
{
	const char *p = query.p, *end = query.p + query.len, *next;
	size_t n = strlen(name), len = 0;
	int byte;

	for (; p < end; p = next + 1) {
		next = memchr(p, '&', (size_t)(end - p));
		if (next == NULL)
			next = end;
		if ((size_t)(next - p) > n && memcmp(p, name, n) == 0 &&
		    p[n] == '=')
			break;
	}
	if (p >= end)
		return false;
	for (p += n + 1; p < next && len + 1 < size; p++) {
		byte = (unsigned char)*p;
		if (byte == '%' && next - p > 2 && text_hex_byte(p + 1) >= 0) {
			byte = text_hex_byte(p + 1);
			p += 2;
		} else if (byte == '+') {
			byte = ' ';
		}
		value[len++] = byte < ' ' || byte > '~' ? '?' : (char)byte;
	}
	value[len] = '\0';
	return len > 0;
}

/* The agent of the query; null where there are too many already. */
static struct agent *
find_agent(struct host *h, struct slice query)
{
	char name[sizeof h->agents[0].name];
	struct agent *a;
	size_t i;

	if (!parameter(query, "agent", name, sizeof name))
		strncpy(name, "unknown", sizeof name);
	for (i = 0; i < h->agent_count; i++)
		if (strcmp(h->agents[i].name, name) == 0)
			return &h->agents[i];
	if (i == AGENTS_MOST)
		return NULL;
	a = &h->agents[h->agent_count++];
	memcpy(a->name, name, sizeof name);
	a->verdicts = get_memory(h->set->probe.list.count + 1);
	memset(a->verdicts, 0, h->set->probe.list.count + 1);
	return a;
}

/* Remembers the key of a request; a fault if it was there before. */
static const char *
key_fault(struct agent *a, const char *head, size_t len)
{
	struct http_head h;
	struct slice key;
	char *copy = get_memory(len);
	const char *fault = NULL;
	size_t i;

	memcpy(copy, head, len);
	if (http_parse_head(&h, copy, len, true) == HTTP_OK &&
	    http_count(&h, "Sec-WebSocket-Key", &key) > 0) {
		for (i = 0; i < a->key_count; i++)
			if (slice_equal(slice_of(a->keys[i]), key))
				fault = "this Sec-WebSocket-Key was there "
				    "before";
		a->keys = grow_memory(a->keys,
		    (a->key_count + 1) * sizeof *a->keys);
		a->keys[a->key_count] = get_memory(key.len + 1);
		memcpy(a->keys[a->key_count], key.p, key.len);
		a->keys[a->key_count++][key.len] = '\0';
	}
	free(copy);
	return fault;
}

static void
drop_guest(struct guest *g)
{
	if (g->run != NULL)
		run_end(g->run);
	else
		close(g->fd);
	free(g->head);
	pool_free(&g->pool);
	memset(g, 0, sizeof *g);
	g->fd = -1;
}

/* A message of ours, then Close. */
static void
say_text(struct host *h, struct guest *g, const char *words)
{
	char line[1200];
	struct text t = { line, sizeof line, 0, false };

	text_puts(&t, "> text");
	ws_frameline_put_payload(&t, (const uint8_t *)words, strlen(words));
	text_puts(&t, "\n> close 1000\n< close any\n");
	case_of_lines(&g->own, &g->pool, line);
	g->run = run_answer(&h->set->probe, &g->own, g->fd, g->head, g->len,
	    NULL);
}

static void
say_status(struct host *h, struct guest *g)
{
	static const char *const behaviors[] = { "UNIMPLEMENTED", "OK",
	    "NON-STRICT", "INFORMATIONAL", "FAILED", "UNIMPLEMENTED" };
	_Static_assert(sizeof behaviors / sizeof behaviors[0] ==
	    RUN_SKIPPED + 1, "one for each verdict");
	char words[80];

	snprintf(words, sizeof words, "{\"behavior\": \"%s\"}",
	    behaviors[g->agent->verdicts[g->number]]);
	say_text(h, g, words);
}

static void
say_info(struct host *h, struct guest *g)
{
	const struct probe_case *k = &h->set->probe.list.cases[g->number - 1];
	char words[500];
	size_t len = 0;
	const char *p;

	len = (size_t)snprintf(words, sizeof words,
	    "{\"id\": \"%s\", \"description\": \"", k->id);
	for (p = k->title; *p != '\0' && len < sizeof words - 4; p++) {
		if (*p == '"' || *p == '\\')
			words[len++] = '\\';
		words[len++] = *p;
	}
	memcpy(words + len, "\"}", 3);
	say_text(h, g, words);
}

static void
refuse_guest(struct guest *g)
{
	static const char answer[] = "HTTP/1.1 404 Not Found\r\n"
	    "Connection: close\r\nContent-Length: 76\r\n"
	    "Content-Type: text/plain\r\n\r\n"
	    "ws-check tests WebSocket clients here: "
	    "/getCaseCount, /runCase?case=1&agent=me\n";

	(void)send(g->fd, answer, sizeof answer - 1, MSG_NOSIGNAL);
	shutdown(g->fd, SHUT_WR);
	drop_guest(g);
}

/* The request is complete: what does it want? */
static void
answer_guest(struct host *h, struct guest *g)
{
	struct slice start = http_start_line(g->head, g->len), path, query;
	char number[16];
	const struct case_list *list = &h->set->probe.list;

	(void)slice_next_word(&start);
	query = slice_next_word(&start);
	path.p = query.p;
	for (path.len = 0; path.len < query.len && query.p[path.len] != '?';
	    path.len++)
		;
	query.p += path.len;
	query.len -= path.len;
	if (query.len > 0) {
		query.p++;
		query.len--;
	}
	g->number = parameter(query, "case", number, sizeof number) ?
	    (unsigned)strtoul(number, NULL, 10) : 0;
	g->agent = find_agent(h, query);
	if (slice_equal(path, slice_of("/getCaseCount"))) {
		g->number = 0;
		snprintf(number, sizeof number, "%zu", list->count);
		say_text(h, g, number);
	} else if (g->agent == NULL) {
		refuse_guest(g);
	} else if (slice_equal(path, slice_of("/updateReports"))) {
		g->number = 0;
		g->update = true;
		case_of_lines(&g->own, &g->pool,
		    "> close 1000\n< close any\n");
		g->run = run_answer(&h->set->probe, &g->own, g->fd, g->head,
		    g->len, NULL);
	} else if (g->number == 0 || g->number > list->count) {
		refuse_guest(g);
	} else if (slice_equal(path, slice_of("/runCase"))) {
		g->run = run_answer(&h->set->probe,
		    &list->cases[g->number - 1], g->fd, g->head, g->len,
		    key_fault(g->agent, g->head, g->len));
	} else if (slice_equal(path, slice_of("/getCaseStatus"))) {
		say_status(h, g);
		g->number = 0;
	} else if (slice_equal(path, slice_of("/getCaseInfo"))) {
		say_info(h, g);
		g->number = 0;
	} else {
		refuse_guest(g);
	}
}

/* Reads the request byte by byte: what follows is the run's. */
static void
read_request(struct host *h, struct guest *g)
{
	enum http_scan_result scanned;
	char c;
	size_t used;
	ssize_t n;

	do {
		n = recv(g->fd, &c, 1, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			drop_guest(g);
			return;
		}
		g->head[g->len++] = c;
		scanned = http_scan(&g->scan, &c, 1, &used);
	} while (scanned == HTTP_MORE && g->len < HTTP_HEAD_MAX);
	if (scanned == HTTP_COMPLETE)
		answer_guest(h, g);
	else
		drop_guest(g);
}

static void
end_run(struct host *h, struct guest *g, enum verdict verdict)
{
	if (g->number > 0) {
		g->agent->verdicts[g->number] = (uint8_t)verdict;
		run_report(g->run, stdout, g->agent->name, g->number);
	} else if (g->update) {
		printf("U\t%s\n", g->agent->name);
		h->over = h->set->once;
	}
	if (fflush(stdout) == EOF)
		die_sys("write standard output");
	drop_guest(g);
}

static void
accept_guest(struct host *h, int listener)
{
	size_t i;
	int fd = accept(listener, NULL, NULL);

	if (fd < 0)
		return;
	for (i = 0; i < GUESTS_MOST && h->guests[i].fd >= 0; i++)
		;
	if (i == GUESTS_MOST) {
		close(fd);
		return;
	}
	h->guests[i].fd = fd;
	h->guests[i].scan.skip_empty = true;
	h->guests[i].head = get_memory(HTTP_HEAD_MAX + 1);
	h->guests[i].deadline = deadline_in(REQUEST_MS);
}

static void
go_on(struct host *h, struct guest *g, short revents)
{
	enum verdict verdict;

	if (g->run == NULL) {
		if (revents != 0)
			read_request(h, g);
		else if (now_ms() >= g->deadline)
			drop_guest(g);
		return;
	}
	verdict = run_go_on(g->run, revents);
	if (verdict != RUNNING)
		end_run(h, g, verdict);
}

static int64_t
watch_guest(const struct guest *g, struct pollfd *fd)
{
	fd->revents = 0;
	fd->events = g->run == NULL ? POLLIN : run_events(g->run);
	fd->fd = g->fd < 0 || fd->events == 0 ? -1 : g->fd;
	if (g->fd < 0)
		return NEVER;
	return g->run == NULL ? g->deadline : run_deadline(g->run);
}

static void
test_clients(const struct settings *set)
{
	static struct host h;
	static struct pollfd fds[GUESTS_MOST + 1];
	int64_t at, one;
	size_t i;

	h.set = set;
	for (i = 0; i < GUESTS_MOST; i++)
		h.guests[i].fd = -1;
	fds[GUESTS_MOST].fd = listen_on(set->where);
	fds[GUESTS_MOST].events = POLLIN;
	tell_port(fds[GUESTS_MOST].fd);
	while (!h.over) {
		at = NEVER;
		for (i = 0; i < GUESTS_MOST; i++) {
			one = watch_guest(&h.guests[i], &fds[i]);
			if (one < at)
				at = one;
		}
		(void)poll_until(fds, GUESTS_MOST + 1, at);
		for (i = 0; i < GUESTS_MOST; i++)
			if (h.guests[i].fd >= 0)
				go_on(&h, &h.guests[i], fds[i].revents);
		if (fds[GUESTS_MOST].revents != 0)
			accept_guest(&h, fds[GUESTS_MOST].fd);
	}
}

/* -- the program -- */

/* Number, section, rule, title of each. */
static void
print_list(const struct case_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		printf("%zu\t%s\t%s\t%s\t%s\n", i + 1, list->cases[i].id,
		    list->cases[i].section, list->cases[i].rule,
		    list->cases[i].title);
}

static void
parse_url(struct settings *set)
{
	enum ws_url_fault fault = ws_url_parse(&set->probe.url,
	    slice_of(set->where));

	if (fault != WS_URL_OK)
		die(STATUS_USAGE, "%s: %s", set->where,
		    ws_url_fault_text(fault));
}

static void
run(struct settings *set, char *const files[])
{
	struct probe *p = &set->probe;

	for (; *files != NULL; files++)
		cases_read(&p->list, *files, p->client ? FOR_SERVERS :
		    FOR_CLIENTS);
	cases_select(&p->list, set->sections);
	if (p->list.count == 0)
		die(STATUS_USAGE, "no case is left");
	if (set->list) {
		print_list(&p->list);
		return;
	}
	if (!p->client) {
		test_clients(set);
		return;
	}
	parse_url(set);
	printf("N\t%zu\n", p->list.count);
	if (set->number > 0)
		test_on_stdin(set);
	else
		test_server(set);
}

int
main(int argc, char *argv[])
{
	struct settings set = { .runs = 8,
	    .probe = { .seed = 6455, .wait_ms = 5000 } };
	bool server = false;
	int c;

	argv0 = "ws-probe";
	while ((c = getopt(argc, argv, ":1cG:hk:lN:P:qsVw:")) != -1)
		switch (c) {
		case '1': set.once = true; break;
		case 'c': set.probe.client = true; break;
		case 'G':
			if (set.section_count == CHOSEN_MOST)
				die(STATUS_USAGE, "-G: too many");
			set.sections[set.section_count++] = optarg;
			break;
		case 'h': print_and_exit(USAGE);
		case 'k':
			set.probe.seed = option_number('k', optarg, 0,
			    UINT32_MAX);
			break;
		case 'l': set.list = true; break;
		case 'N':
			set.number = (unsigned)option_number('N', optarg, 1,
			    1000000);
			break;
		case 'P':
			set.runs = (size_t)option_number('P', optarg, 1,
			    RUNS_MOST);
			break;
		case 'q': diag_quiet(); break;
		case 's': server = true; break;
		case 'V': print_version();
		case 'w':
			set.probe.wait_ms = option_seconds('w', optarg);
			break;
		default: option_fault(c, argv, USAGE);
		}
	if (server == set.probe.client)
		die_usage(USAGE, "%s", server ? "-s and -c exclude each other" :
		    "-s or -c missing");
	if (argc - optind < 2)
		die_usage(USAGE, "%s missing", optind < argc ? "file" : "URL");
	(void)signal(SIGPIPE, SIG_DFL);
	set.where = argv[optind];
	run(&set, argv + optind + 1);
	if (fflush(stdout) == EOF)
		die_sys("write standard output");
	return STATUS_OK;
}
