/* The PROXY protocol: the verdict does not depend on how the header comes, and
 * no byte behind it is asked for. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "net/proxyproto.h"

void
fuzz(struct input in)
{
	struct ws_proxyproto whole = { .family = 0 }, s;
	size_t len, wanted, need = 0;
	enum ws_proxyproto_result all, result = WS_PROXYPROTO_MORE;

	/* As it is read: just what is wanted. */
	for (len = 0; result == WS_PROXYPROTO_MORE; len += wanted) {
		uint8_t *copy = copy_bytes(in.p, len);

		memset(&s, 0, sizeof s);
		wanted = 0;
		result = ws_proxyproto_read(&s, copy, len, &wanted);
		free(copy);
		CHECK(len <= WS_PROXYPROTO_MAX);
		if (result != WS_PROXYPROTO_MORE)
			break;
		CHECK(wanted > 0 && wanted <= WS_PROXYPROTO_MAX);
		if (wanted > in.len - len)
			return;
	}
	need = len;
	CHECK(s.family == 0 || s.family == 4 || s.family == 6);
	CHECK(result == WS_PROXYPROTO_WRONG ||
	    (s.port <= 65535 && s.server_port <= 65535));
	all = ws_proxyproto_read(&whole, in.p, need, &wanted);
	CHECK(all == result);
	CHECK(memcmp(&whole, &s, sizeof s) == 0);
}
