/* The content of an answer: where it ends (RFC 9112, 6), and what it is.
 * Pure. */
#ifndef HTTP_BODY_H
#define HTTP_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "code/text.h"
#include "http/head.h"

/* A reader of content, which may come in pieces of any size. */
struct http_body {
	enum {
		HTTP_BODY_DATA,		/* left bytes, or up to the end */
		HTTP_BODY_CHUNK_SIZE,
		HTTP_BODY_CHUNK_EXTENSION,
		HTTP_BODY_CHUNK_DATA,
		HTTP_BODY_CHUNK_END,
		HTTP_BODY_TRAILER,
		HTTP_BODY_COMPLETE	/* or malformed: no more to come */
	} stage;
	uint64_t left;			/* UINT64_MAX: nobody said */
	bool line_begun;
};

/* Prepares for the content of an answer with that status and head. */
void http_body_begin(struct http_body *, const struct http_head *, int status);

/* Takes len bytes, and appends what of them is content.  False once nothing of
 * what follows belongs to it. */
bool http_body_take(struct http_body *, const char *in, size_t len,
    struct text *content);

/* Whether it is text that can be shown, JSON among it. */
bool http_body_is_text(const struct http_head *);

/* Appends the beginning of text, on one line: blanks and line ends are one
 * blank, HTML is without its tags, other bytes are escaped.  "..." stands for
 * what does not fit.  Nothing if it is no text. */
void http_put_summary(struct text *, const struct http_head *,
    struct slice content);

#endif
