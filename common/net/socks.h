/* SOCKS 4, 4a and 5 (RFC 1928, RFC 1929): what both sides call things, and the
 * server's side, with the arguments that a pluggable transport of Tor gets
 * through it.  Pure. */
#ifndef NET_SOCKS_H
#define NET_SOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "code/text.h"

enum {
	WS_SOCKS4 = 4,			/* version */
	WS_SOCKS5 = 5,
	WS_SOCKS_AUTH = 1,		/* version of RFC 1929 */
	WS_SOCKS_CONNECT = 1,		/* command */
	WS_SOCKS_IPV4 = 1,		/* types of address */
	WS_SOCKS_NAME = 3,
	WS_SOCKS_IPV6 = 4,
	WS_SOCKS_NO_AUTH = 0,		/* methods */
	WS_SOCKS_PASSWORD = 2,
	WS_SOCKS_NO_METHOD = 0xff,
	WS_SOCKS4_GRANTED = 90,		/* answers of SOCKS 4 */
	WS_SOCKS4_REFUSED = 91,
	WS_SOCKS4_REPLY_LEN = 8,
	WS_SOCKS_REPLY_MAX = 10		/* of what this server answers */
};

/* Answers of SOCKS 5 (RFC 1928, 6). */
enum ws_socks_reply {
	WS_SOCKS_GRANTED,
	WS_SOCKS_FAILURE,
	WS_SOCKS_NOT_ALLOWED,
	WS_SOCKS_NETWORK_UNREACHABLE,
	WS_SOCKS_HOST_UNREACHABLE,
	WS_SOCKS_CONNECTION_REFUSED,
	WS_SOCKS_TTL_EXPIRED,
	WS_SOCKS_NO_COMMAND,
	WS_SOCKS_NO_ADDRESS_TYPE
};

enum {
	WS_SOCKS_NAME_MAX = 255,
	WS_SOCKS_ARGS_MAX = 510		/* user and password: 255 each */
};

/* Where the reading of a request is. */
enum ws_socks_stage {
	WS_SOCKS_VERSION,
	WS_SOCKS_4_HEAD,
	WS_SOCKS_4_USER,
	WS_SOCKS_4_NAME,
	WS_SOCKS_METHOD_COUNT,
	WS_SOCKS_METHODS,
	WS_SOCKS_AUTH_HEAD,
	WS_SOCKS_AUTH_USER,
	WS_SOCKS_AUTH_PASSWORD_LEN,
	WS_SOCKS_AUTH_PASSWORD,
	WS_SOCKS_HEAD,
	WS_SOCKS_NAME_LEN,
	WS_SOCKS_ADDRESS,
	WS_SOCKS_PORT,
	WS_SOCKS_COMPLETE
};

/* A request.  All zero to begin with; what is not said to be for the caller is
 * not. */
struct ws_socks {
	unsigned version;		/* 4 or 5; 0: not known yet */
	unsigned type;			/* of the destination's address */
	uint8_t address[16];		/* of types IPV4 and IPV6 */
	char name[WS_SOCKS_NAME_MAX + 1];	/* of type NAME */
	unsigned port;
	char args[WS_SOCKS_ARGS_MAX + 1];	/* as they came, escaped */
	size_t args_len;
	const char *why;		/* it was refused: a sentence */

	enum ws_socks_stage stage;
	uint8_t piece[256];		/* what has come of the next part */
	size_t have, want;
	uint8_t answer[2];		/* to the part before */
	bool by_name;			/* SOCKS 4a */
	enum ws_socks_reply reply;	/* if it is refused */
};

enum ws_socks_result {
	WS_SOCKS_MORE,
	WS_SOCKS_ANSWER,	/* the two bytes of answer are to be sent */
	WS_SOCKS_DONE,
	WS_SOCKS_WRONG		/* to be refused, says why */
};

/* Takes up to len bytes, and says how many in *used: none that does not belong
 * to the request.  After ANSWER there is more to come. */
enum ws_socks_result ws_socks_read(struct ws_socks *, const uint8_t *in,
    size_t len, size_t *used);

/* How many bytes belong to the request for certain, beyond those taken. */
size_t ws_socks_wanted(const struct ws_socks *);

/* Writes the answer to a request, complete or not, and returns its length: what
 * the version and the stage have for a refusal, which may be nothing. */
size_t ws_socks_answer(const struct ws_socks *, uint8_t [WS_SOCKS_REPLY_MAX],
    enum ws_socks_reply);

/* The same for a request of that version that is complete. */
size_t ws_socks_put_reply(uint8_t [WS_SOCKS_REPLY_MAX], unsigned version,
    enum ws_socks_reply);

/* -- arguments of a pluggable transport (pt-spec.txt, 3.5) -- */

enum ws_socks_arg {
	WS_SOCKS_ARG,
	WS_SOCKS_ARGS_END,
	WS_SOCKS_ARGS_WRONG	/* not key=value;key=value */
};

/* Cuts the next one off, and appends key and value, without escapes, to texts
 * that are empty and have room for WS_SOCKS_ARGS_MAX characters. */
enum ws_socks_arg ws_socks_next_arg(struct slice *args, struct text *key,
    struct text *value);

#endif
