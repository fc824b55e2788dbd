/* The handshakes of the drafts hixie-75 and hixie-76, the latter also known as
 * hybi-00: what a server must know of them.  Pure. */
#ifndef HTTP_HIXIE_H
#define HTTP_HIXIE_H

#include <stdbool.h>
#include <stdint.h>

#include "http/head.h"
#include "http/request.h"

enum { WS_HIXIE_KEY3_LEN = 8, WS_HIXIE_RESPONSE_LEN = 16 };

/* The number that a Sec-WebSocket-Key1 or -Key2 stands for (hixie-76, 5.2);
 * false if it stands for none. */
bool ws_hixie_number(uint32_t *number, struct slice key);

/* The answer to the two numbers and the bytes behind the request. */
void ws_hixie_response(uint8_t response[WS_HIXIE_RESPONSE_LEN],
    const uint32_t number[2], const uint8_t key3[WS_HIXIE_KEY3_LEN]);

/* Which of the two a request without Sec-WebSocket-Key and -Version is, of
 * those that are spoken; WS_VERSION_13 if none. */
enum ws_version ws_hixie_version(const struct http_head *, unsigned spoken);

/* Whether what looks like content is the key behind the head (hixie-76). */
bool ws_hixie_content(const struct http_head *, unsigned spoken);

/* Judges what is particular to it; selects a subprotocol, too. */
enum ws_refusal ws_judge_hixie(struct ws_request *, struct string_list ours);

/* Appends the answer but for the response. */
void ws_put_hixie_acceptance(struct text *, const struct ws_request *,
    bool secure, struct string_list edits);

#endif
