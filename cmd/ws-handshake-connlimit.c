/* How many sessions an address may have at a time. */
#define _FILE_OFFSET_BITS 64	/* the file is as large as the Internet */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "session.h"
#include "ws-handshake-connlimit.h"

/* IPv4 addresses have the first 2^32 regions, IPv6 networks others by a hash;
 * where two share one, they share the limit. */
static int64_t
region_of(const uint8_t *address, bool v6)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < (v6 ? 8 : 4); i++)
		n = n << 8 | address[i];
	if (v6)
		n = ((uint64_t)1 << 32) +
		    (((n ^ n >> 29) * 0x9e3779b97f4a7c15) >> 24);
	return (int64_t)n;
}

/* -1 for an address without a limit. */
static int64_t
find_region(const char *address)
{
	static const uint8_t loopback[16] = { [15] = 1 };
	uint8_t bytes[16];

	if (inet_pton(AF_INET, address, bytes) == 1)
		return bytes[0] == 127 ? -1 : region_of(bytes, false);
	if (inet_pton(AF_INET6, address, bytes) != 1 ||
	    memcmp(bytes, loopback, sizeof bytes) == 0)
		return -1;
	return region_of(bytes, true);
}

/* Whether that byte of the file was free, and now is ours. */
static bool
lock_byte(int fd, int64_t offset)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET,
	    .l_start = offset, .l_len = 1 };

	while (fcntl(fd, F_SETLK, &lock) < 0) {
		if (errno == EAGAIN || errno == EACCES)
			return false;
		if (errno != EINTR)
			die_sys("take a place for the session");
	}
	return true;
}

bool
connlimit_take(const char *address)
{
	int64_t region = find_region(address);
	int fd, slots, i;

	if (region < 0 || !session_slots(&fd, &slots))
		return true;
	for (i = 0; i < slots && i < CONNLIMIT_MAX; i++)
		if (lock_byte(fd, region * CONNLIMIT_MAX + i))
			return true;
	return false;
}
