/* The versions of the protocol, the drafts' among them. */
#include "http/version.h"

static const struct {
	const char *draft, *name;
	enum ws_version version;
} versions[] = {
	{ "hybi-10", "8", WS_VERSION_8 },
	{ "hybi-07", "7", WS_VERSION_7 },
	{ "hixie-76", "hixie-76", WS_HIXIE_76 },
	{ "hybi-00", "hixie-76", WS_HIXIE_76 },
	{ "hixie-75", "hixie-75", WS_HIXIE_75 }
};

enum { VERSIONS = sizeof versions / sizeof versions[0] };

const char *
ws_version_name(enum ws_version version)
{
	size_t i;

	for (i = 0; i < VERSIONS; i++)
		if (versions[i].version == version)
			return versions[i].name;
	return "13";
}

enum ws_version
ws_version_of_draft(struct slice name)
{
	size_t i;

	for (i = 0; i < VERSIONS; i++)
		if (slice_equal(name, slice_of(versions[i].draft)) ||
		    slice_equal(name, slice_of(versions[i].name)))
			return versions[i].version;
	return WS_VERSION_13;
}

bool
ws_version_is_hixie(enum ws_version version)
{
	return version == WS_HIXIE_76 || version == WS_HIXIE_75;
}
