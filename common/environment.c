/* Variables of the environment that one program sets for another. */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "code/text.h"
#include "diag.h"
#include "environment.h"

void
environment_set(const char *name, const char *value)
{
	if ((value != NULL ? setenv(name, value, 1) : unsetenv(name)) < 0)
		die_sys("set %s", name);
}

void
environment_set_number(const char *name, int number)
{
	char value[12];

	snprintf(value, sizeof value, "%d", number);
	environment_set(name, value);
}

void
environment_set_pair(const char *name, int first, int second)
{
	char value[2 * 12];

	snprintf(value, sizeof value, "%d,%d", first, second);
	environment_set(name, value);
}

static bool
take_int(struct slice *s, int *number)
{
	uint64_t n;

	if (!slice_take_number(s, INT_MAX, &n))
		return false;
	*number = (int)n;
	return true;
}

int
environment_number(const char *name)
{
	const char *value = getenv(name);
	struct slice s = slice_of(value != NULL ? value : "");
	int number;

	return take_int(&s, &number) && s.len == 0 ? number : -1;
}

bool
environment_pair(const char *name, int *first, int *second)
{
	const char *value = getenv(name);
	struct slice s = slice_of(value != NULL ? value : "");

	if (take_int(&s, first) && slice_take_prefix(&s, ",") &&
	    take_int(&s, second) && s.len == 0)
		return true;
	*first = *second = -1;
	return false;
}
