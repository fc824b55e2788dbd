/* What the parts of ws-handshake share: its settings, and one job each. */
#ifndef CMD_WS_HANDSHAKE_H
#define CMD_WS_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cage.h"
#include "code/text.h"
#include "http/compose.h"
#include "http/request.h"
#include "readhead.h"
#include "session.h"

enum { LIST_MAX = 100 };	/* of each option that may be repeated */

struct list {
	const char *item[LIST_MAX];
	size_t count;
};

struct settings {
	enum ws_role role;
	bool check_only;		/* -U */
	bool lint;			/* -L */
	const char *capture;		/* -D, or null */
	int64_t wait_ms;
	const char *model;		/* a head, or null; -H @file */
	struct http_head model_head;	/* as it was read */
	struct list fields, origins, subprotocols, credentials, paths, hosts;
	const char *key, *url;
	const char *proxy;		/* or null: none */
	const char *gate, *share;	/* commands, or null: none */
	unsigned older;			/* versions, as bits */
	struct ws_permessage deflate;	/* offered, or accepted */
	struct ws_upgrade upgrade;	/* -G */
	bool behind_proxy;		/* one with the PROXY protocol */
	char *const *program;		/* and its arguments; none: null */
};

/* -- ws-handshake-options.c: values of options -- */

/* Appends a value of the option of that letter. */
void list_add(struct list *, char letter, const char *value);

/* The same list, for the pure functions. */
struct string_list list_view(const struct list *);

/* Takes the value of -H: a field, or "@" and the name of a file of fields, or
 * of a whole head. */
void add_fields(struct settings *, const char *value);

/* Reads the head that is the model of ours, if there is one. */
void take_model(struct settings *);

/* Takes the value of -G. */
void set_upgrade(struct settings *, const char *value);

/* Takes the value of -O: names of drafts with commas between them. */
void add_older(struct settings *, const char *value);

/* Ends the program with a sentence if a value could break out of the head
 * (RFC 9112, 11.1), or is nothing of what the option takes. */
void check_values(const struct settings *);

/* With -z: takes the parameters of permessage-deflate from a field of -H, which
 * is none of the head's then, from the model, or those that are usual. */
void take_parameters(struct settings *);

/* What the filters are told of extensions; null if there are none. */
const char *name_extensions(char out[WS_PERMESSAGE_MAX],
    const struct ws_permessage *);

/* What the settings ask of a request, and what they say in one; the latter
 * ends the program if the URL is none. */
struct ws_server_rules rules_of(const struct settings *);
void prepare_request(struct ws_client_request *, const struct settings *);

/* -- ws-handshake-cage.c -- */

/* The heads are the beginning of what -D records, and a watcher sees. */
void open_capture(const struct settings *);

/* In a process that is to read a head: keeps no more descriptors than that
 * takes, and enters the sandbox. */
void enter_cage(const struct cage *);

/* -- ws-handshake-send.c: to standard output, no longer than a deadline -- */

/* Ends the program if the head did not fit. */
void check_head(const struct text *);

void send_bytes(const void *, size_t len, int64_t deadline);

/* The same, which -v shows. */
void send_head(const struct text *, int64_t deadline);

/* -- ws-handshake-server.c -- */

/* Why what came instead of a request is refused; WS_ACCEPTED for a whole
 * head. */
enum ws_refusal refusal_of_input(enum input);

/* Reads a request and answers it.  Returns when the session is open, and ends
 * the program otherwise. */
void serve(const struct settings *);

/* -- ws-handshake-client.c -- */

/* Sends a request; if a program is there to go on, takes the answer, too, and
 * returns when the session is open. */
void ask(const struct settings *);

/* -- ws-handshake-lint.c -- */

/* Tells all that is wrong with a head, answers nothing, and ends the program;
 * in the sandbox. */
_Noreturn void lint(const struct settings *);

#endif
