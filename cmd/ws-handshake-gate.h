/* A program of the user's that decides on a request. */
#ifndef CMD_WS_HANDSHAKE_GATE_H
#define CMD_WS_HANDSHAKE_GATE_H

#include <stddef.h>
#include <stdint.h>

#include "http/refusal.h"

enum { GATE_OUTPUT_MAX = 4096, GATE_FIELDS_MAX = 50 };

struct gate_answer {
	char output[GATE_OUTPUT_MAX + 1];	/* what field points into */
	const char *field[GATE_FIELDS_MAX];
	size_t count;
};

/* Runs the command by sh(1), with the environment as it is and neither the
 * connection nor anything of the session, and reads the header fields that it
 * prints.  It is ended at the deadline. */
enum ws_refusal ask_gate(struct gate_answer *, const char *command,
    int64_t deadline);

#endif
