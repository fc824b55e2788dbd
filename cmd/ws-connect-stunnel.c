/* ws-connect: what stunnel is told, and what its words mean. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "code/text.h"
#include "net/certname.h"
#include "stunnel.h"
#include "ws-connect.h"

/* -- its configuration -- */

/* Where OpenSSL's users keep the authorities that they trust in one file. */
static const char *
find_authorities(void)
{
	static const char *const bundles[] = {
		"/etc/ssl/certs/ca-certificates.crt",	/* Debian, Arch */
		"/etc/pki/tls/certs/ca-bundle.crt",	/* Fedora */
		"/etc/ssl/ca-bundle.pem",		/* openSUSE */
		"/etc/ssl/cert.pem",			/* Alpine, BSD, macOS */
		"/usr/local/share/certs/ca-root-nss.crt"
	};
	size_t i;

	for (i = 0; i < sizeof bundles / sizeof bundles[0]; i++)
		if (access(bundles[i], R_OK) == 0)
			return bundles[i];
	return NULL;
}

/* A variable of the environment; one that is empty is none. */
static const char *
variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

/* What is trusted: -K, or what OpenSSL's variables name, or the system's.  Of
 * a directory stunnel reads every file when it starts. */
static void
put_trust(struct text *t, const char *ca_file)
{
	const char *file = ca_file, *folder = NULL;

	if (file == NULL) {
		file = variable("SSL_CERT_FILE");
		folder = variable("SSL_CERT_DIR");
	}
	if (file == NULL && folder == NULL) {
		file = find_authorities();
		if (file == NULL && access("/etc/ssl/certs", X_OK) == 0)
			folder = "/etc/ssl/certs";
	}
	if (file != NULL)
		stunnel_set(t, "CAfile", file);
	if (folder != NULL)
		stunnel_set(t, "CApath", folder);
	stunnel_set(t, "verifyChain", "yes");
}

void
stunnel_configure(struct text *t, const struct settings *set,
    const struct tls_name *name, const char *path)
{
	stunnel_set(t, "client", "yes");
	stunnel_set(t, "foreground", "yes");
	stunnel_set(t, "syslog", "no");
	stunnel_set(t, "debug", "info");
	/* Silence is the session's to judge; this is three weeks. */
	stunnel_set(t, "TIMEOUTidle", "2000000");
	stunnel_set(t, "TIMEOUTclose", "2000000");
	if (!set->insecure) {
		put_trust(t, set->ca_file);
		stunnel_set(t, name->literal ? "checkIP" : "checkHost",
		    name->host);
	}
	/* No name, no SNI (RFC 6066, 3). */
	stunnel_set(t, "sni", name->literal ? "" : name->host);
	if (set->cert_file != NULL) {
		stunnel_set(t, "cert", set->cert_file);
		stunnel_set(t, "key", set->key_file != NULL ? set->key_file :
		    set->cert_file);
	}
	stunnel_set(t, "connect", path);
}

/* -- its words -- */

bool
stunnel_cut_head(struct slice *line, int *level)
{
	static const char mark[] = "LOG";
	size_t i;

	if (slice_take_prefix(line, "[!] ")) {	/* not configured yet */
		*level = 3;
		return true;
	}
	for (i = 0; i + 8 < line->len; i++)
		if (memcmp(line->p + i, mark, 3) == 0)
			break;
	if (i + 8 >= line->len)
		return false;
	*level = line->p[i + 3] - '0';
	(void)slice_cut(line, i + 3);
	while (line->len > 2 && memcmp(line->p, "]: ", 3) != 0)
		(void)slice_cut(line, 1);
	if (line->len < 3)
		return false;
	(void)slice_cut(line, 3);
	return true;
}

/* What stands between the last two double quotes. */
static struct slice
last_quoted(struct slice s)
{
	size_t end = s.len, start;

	while (end > 0 && s.p[end - 1] != '"')
		end--;
	for (start = end > 0 ? end - 1 : 0; start > 0; start--)
		if (s.p[start - 1] == '"')
			break;
	if (start == 0)
		return (struct slice){ NULL, 0 };
	(void)slice_cut(&s, start);
	return slice_cut(&s, end - 1 - start);
}

enum tls_event
stunnel_event(struct slice words, const struct tls_name *name)
{
	if (slice_take_prefix(&words, "TLS connected"))
		return TLS_CONNECTED;
	if (slice_take_prefix(&words, "CERT: IP address \""))
		return name->literal ? TLS_NAME_RIGHT : TLS_NAME_WRONG;
	if (slice_take_prefix(&words, "CERT: Host name \""))
		return !name->literal && ws_certname_covers(last_quoted(words),
		    slice_of(name->host)) ? TLS_NAME_RIGHT : TLS_NAME_WRONG;
	if (slice_take_prefix(&words, "CERT: Subject checks failed"))
		return TLS_NAME_WRONG;
	return TLS_NOTHING;
}

bool
slice_has(struct slice s, const char *part)
{
	for (; s.len > 0; (void)slice_cut(&s, 1)) {
		struct slice rest = s;

		if (slice_take_prefix(&rest, part))
			return true;
	}
	return false;
}

/* What a complaint of OpenSSL's means, and what helps.  The first that is found
 * in it counts; its words changed from version to version. */
static const struct {
	const char *part, *sentence;
} meanings[] = {
	{ "certificate has expired",
	    "the server's certificate has expired: it has to be renewed there, "
	    "unless the clock is wrong here" },
	{ "certificate is not yet valid",
	    "the server's certificate is not valid yet: is the clock right?" },
	/* One that stands for nothing but itself; and one at the end of a
	 * chain. */
	{ "signed certificate in certificate chain",
	    "the server's certificate is of an unknown authority: "
	    "-K FILE trusts the one in a file" },
	{ "self-signed certificate",
	    "the server's certificate is self-signed: -K FILE trusts the one "
	    "in a file" },
	{ "self signed certificate",
	    "the server's certificate is self-signed: -K FILE trusts the one "
	    "in a file" },
	{ "issuer certificate",
	    "the server's certificate is of an unknown authority: "
	    "-K FILE trusts the one in a file" },
	{ "unable to verify the first certificate",
	    "the server's certificate is of an unknown authority: "
	    "-K FILE trusts the one in a file" },
	{ "No trusted certificates found",
	    "no certificate that OpenSSL can read is there to trust "
	    "(-K, SSL_CERT_FILE)" },
	{ "load_verify_locations",
	    "no certificate that OpenSSL can read is there to trust "
	    "(-K, SSL_CERT_FILE)" },
	{ "key values mismatch",
	    "the key (-Y) is not that of the certificate (-E)" },
	{ "use_certificate_chain_file",
	    "the certificate (-E) cannot be read by OpenSSL" },
	{ "use_PrivateKey_file", "the key (-Y) cannot be read by OpenSSL" },
	{ "wrong version number", "the server does not speak TLS there" },
	{ "packet length too long", "the server does not speak TLS there" },
	{ "record layer failure", "the server does not speak TLS there" },
	{ "http request", "the server does not speak TLS there" },
	{ "alert protocol version",
	    "the server speaks no version of TLS that is allowed here" },
	{ "unsupported protocol",
	    "the server speaks no version of TLS that is allowed here" },
	{ "no protocols available",
	    "the server speaks no version of TLS that is allowed here" },
	{ "alert certificate required",
	    "the server wants a client certificate: -E FILE" },
	{ "alert bad certificate",
	    "the server does not take the client certificate (-E)" },
	{ "alert unknown ca",
	    "the server does not trust the client certificate (-E)" },
	{ "alert certificate expired",
	    "the server says that the client certificate (-E) has expired" },
	{ "alert handshake failure",
	    "the server refused the TLS handshake (alert: handshake failure)" },
	{ "unrecognized name",
	    "the server does not know itself by that name (TLS alert)" },
	{ "peer suddenly disconnected",
	    "the server ended the connection within the TLS handshake" },
	{ "unexpected eof",
	    "the server ended the connection within the TLS handshake" }
};

/* Of an error of OpenSSL's, what stands behind its places and numbers. */
static struct slice
reason_of(struct slice words)
{
	size_t i;

	if (!slice_has(words, "error:"))
		return words;
	for (i = words.len; i > 0 && words.p[i - 1] != ':'; i--)
		;
	(void)slice_cut(&words, i);
	return words;
}

void
stunnel_explain(struct text *why, struct slice words)
{
	static const char verification[] = "CERT: Pre-verification error: ";
	size_t i;

	for (i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
		if (slice_has(words, meanings[i].part)) {
			text_puts(why, meanings[i].sentence);
			return;
		}
	if (slice_take_prefix(&words, verification))
		text_puts(why, "the server's certificate cannot be trusted: ");
	else if (slice_has(words, " alert "))
		text_puts(why, "the server ended the TLS connection: ");
	text_put_escaped(why, reason_of(words));
}
