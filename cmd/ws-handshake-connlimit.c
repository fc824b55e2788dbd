/* How many sessions an address may have at a time. */
#define _FILE_OFFSET_BITS 64	/* the file is as large as the Internet */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "code/bits.h"
#include "code/sha256.h"
#include "diag.h"
#include "session.h"
#include "system.h"
#include "ws-handshake-connlimit.h"

enum {
	NETWORK_LEN = 8,	/* of an IPv6 address: its /64 */
	TRIES = 256
};

static bool held;

/* IPv4 addresses have the first 2^32 regions, IPv6 networks the next 2^40 by a
 * hash; where two share one, they share the limit.  Nobody can look for another
 * that shares his, as the key is secret. */
static int64_t
region_of_network(int fd, const uint8_t *network)
{
	uint8_t key[SESSION_KEY_LEN], digest[WS_SHA256_LEN];

	if (pread(fd, key, sizeof key, 0) != sizeof key)
		die(STATUS_USAGE, "WS_SLOTS: no key in the file");
	ws_hmac_sha256(digest, key, sizeof key, network, NETWORK_LEN);
	return ((int64_t)1 << 32) +
	    ((int64_t)load_net32(digest) << 8 | digest[4]);
}

/* -1 for an address without a limit. */
static int64_t
find_region(int fd, const char *address)
{
	static const uint8_t loopback[16] = { [15] = 1 };
	uint8_t bytes[16];

	if (inet_pton(AF_INET, address, bytes) == 1)
		return bytes[0] == 127 ? -1 : (int64_t)load_net32(bytes);
	if (inet_pton(AF_INET6, address, bytes) != 1 ||
	    memcmp(bytes, loopback, sizeof bytes) == 0)
		return -1;
	return region_of_network(fd, bytes);
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

/* What one try costs grows with the number of all sessions, and he who has his
 * share already is not to have it tried for each that he has: of more than
 * TRIES places so many are tried, at random. */
static bool
lock_any(int fd, int64_t region, uint32_t slots)
{
	uint32_t tries = slots < TRIES ? slots : TRIES, i, n;

	random_bytes(&n, sizeof n);
	for (i = 0; i < tries; i++) {
		uint32_t place = slots > TRIES ? n >> 8 : n % slots + i;

		if (lock_byte(fd, region * CONNLIMIT_MAX + place % slots))
			return true;
		if (slots > TRIES)
			n = n * 1664525 + 1013904223;	/* looks like chance */
	}
	return false;
}

bool
connlimit_take(const char *address)
{
	int64_t region;
	int fd, slots;

	if (!session_slots(&fd, &slots))
		return true;
	region = find_region(fd, address);
	if (region < 0)
		return true;
	held = slots > 0 && lock_any(fd, region,
	    (uint32_t)(slots < CONNLIMIT_MAX ? slots : CONNLIMIT_MAX));
	return held;
}

void
connlimit_leave(void)
{
	int fd, slots;

	if (session_slots(&fd, &slots))
		(void)close(fd);
}

void
connlimit_keep_for_child(void)
{
	pid_t pid;
	int status;

	if (!held)
		return;
	pid = fork();
	if (pid < 0)
		die_sys("start a process");
	if (pid == 0)
		return;
	(void)close(STDIN_FILENO);
	(void)close(STDOUT_FILENO);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_SYSTEM);
}
