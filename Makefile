# WebSocket as Unix filters.  POSIX make.
#
# To add
#   an option     its program's getopt string and USAGE, the scripts that pass it
#                 on (common/script.sh), their pages; tests/man.bats compares them
#   a rule        to common/, in the folder of its subject, with rows in
#                 tests/core-*.c; "make lint" proves that calls only go down
#   a vector      a line in tests/vectors, whose files say what their columns are
#   a case        a few lines in common/cases, as ws-check(1) describes
#   a test        tests/NAME.bats; what it needs, "need NAME" and tests/deps
#   a system      what is special to it in common/system.c; its packages in
#                 tests/deps; a Debian by tests/variant NAME
# One test runs by "bats -f 'part of its name' tests/FILE.bats", a file by
# "tests/check tests/FILE.bats".  .ci/run is "make deps check" as README has it,
# and some of the files again on the next Debian.
.POSIX:

VERSION = 0.1.0

PREFIX = /usr/local
BINDIR = $(PREFIX)/bin
DATADIR = $(PREFIX)/share/ws-filters
MANDIR = $(PREFIX)/share/man

# To override.
CC = cc
CFLAGS = -O2
CPPFLAGS =
LDFLAGS =
MUSL_CC = musl-gcc

# What the code needs.
STD = -std=c11
DEFS = -D_POSIX_C_SOURCE=200809L -DVERSION='"$(VERSION)"' -Icommon
WARN = -Wall -Wextra -Wpedantic -Wconversion

# What makes an attacker's work harder, as far as the compiler takes it without
# a word; to override, too.
HARDEN = -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
HARDEN_LINK = $(PIE) -Wl,-z,relro -Wl,-z,now
PIE = -pie

# What lets the linker leave out what a program does not use.
SECTIONS = -ffunction-sections -fdata-sections
SECTIONS_LINK = -Wl,--gc-sections

COMPILE = $(CC) $(STD) $(DEFS) $(CPPFLAGS) $(WARN) $$(cat common/cflags) \
	$(CFLAGS) -c -o $@
ARCHIVE = rm -f $@ && $(AR) -rc $@
LINK = $(CC) $$(cat common/ldflags) $(CFLAGS) $(LDFLAGS) -o $@

# Prints those of the flags f that it takes.
TRY = do printf '\043include <string.h>\nint main(void) { return 0; }\n' | \
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $$f -Werror -o $@.out \
	    -x c - 2>/dev/null && echo "$$f"; done; rm -f $@.out; true

PROGRAMS = cmd/ws-handshake cmd/ws-frame cmd/ws-deframe cmd/ws-session \
	cmd/ws-connect cmd/ws-b64 cmd/ws-socks cmd/ws-probe cmd/ws-view \
	cmd/ws-accept cmd/ws-tls
# The programs that are more than one file; what stands beside a program in cmd/
# under its name serves it alone.
ACCEPT = cmd/ws-accept.o cmd/ws-accept-listen.o cmd/ws-accept-refuse.o \
	cmd/ws-accept-start.o
HANDSHAKE = cmd/ws-handshake.o cmd/ws-handshake-cage.o \
	cmd/ws-handshake-cgi.o \
	cmd/ws-handshake-client.o cmd/ws-handshake-connlimit.o \
	cmd/ws-handshake-fallback.o cmd/ws-handshake-gate.o \
	cmd/ws-handshake-lint.o cmd/ws-handshake-options.o \
	cmd/ws-handshake-send.o cmd/ws-handshake-server.o
FRAME = cmd/ws-frame.o cmd/ws-frame-control.o cmd/ws-frame-input.o \
	cmd/ws-frame-message.o cmd/ws-frame-output.o cmd/ws-frame-pack.o \
	cmd/ws-frame-text.o cmd/ws-frame-wire.o cmd/ws-frame-write.o
DEFRAME = cmd/ws-deframe.o cmd/ws-deframe-control.o \
	cmd/ws-deframe-deliver.o cmd/ws-deframe-inflate.o \
	cmd/ws-deframe-input.o cmd/ws-deframe-list.o \
	cmd/ws-deframe-output.o cmd/ws-deframe-replay.o
SESSION = cmd/ws-session.o cmd/ws-session-command.o cmd/ws-session-orport.o \
	cmd/ws-session-relay.o
CONNECT = cmd/ws-connect.o cmd/ws-connect-relay.o cmd/ws-connect-stunnel.o \
	cmd/ws-connect-tcp.o cmd/ws-connect-tls.o
PROBE = cmd/ws-probe.o cmd/ws-probe-case.o cmd/ws-probe-deflate.o \
	cmd/ws-probe-head.o cmd/ws-probe-log.o cmd/ws-probe-memory.o \
	cmd/ws-probe-run.o
VIEW = cmd/ws-view.o cmd/ws-view-filter.o cmd/ws-view-input.o \
	cmd/ws-view-print.o cmd/ws-view-stream.o
CORETEST = tests/core.o tests/core-closing.o tests/core-rows.o \
	tests/core-run.o tests/core-sound.o tests/core-streams.o
SCRIPTS = cmd/ws-server cmd/ws-listen cmd/ws-client cmd/ws-check \
	cmd/ws-stats cmd/ws-draw cmd/tor-websocket-proxy
PAGES = man1/ws-filters.1 man1/ws-handshake.1 man1/ws-frame.1 man1/ws-deframe.1 \
	man1/ws-session.1 man1/ws-connect.1 man1/ws-server.1 \
	man1/ws-listen.1 man1/ws-client.1 man1/ws-b64.1 man1/ws-socks.1 \
	man1/ws-accept.1 man1/ws-check.1 man1/ws-probe.1 man1/ws-view.1 \
	man1/ws-stats.1 man1/ws-draw.1 man1/ws-tls.1 man1/tor-websocket-proxy.1

# The layers, from the bottom; each calls only what stands above it here.  The
# first four are the pure core: no I/O, no allocation, no state.  "make lint"
# proves both.
CODE = common/code/base64.o common/code/base64simd.o \
	common/code/consttime.o common/code/deflate.o \
	common/code/errortext.o common/code/inflate.o \
	common/code/ipaddress.o common/code/md5.o common/code/sha1.o \
	common/code/sha256.o common/code/text.o common/code/utf8.o \
	common/code/utf8simd.o
WS = common/ws/capture.o common/ws/closecode.o common/ws/closing.o \
	common/ws/frame.o common/ws/framedump.o common/ws/frameline.o \
	common/ws/hixieframe.o common/ws/json.o common/ws/receiver.o
HTTP = common/http/answer.o common/http/body.o common/http/compose.o \
	common/http/credentials.o common/http/extension.o \
	common/http/fields.o common/http/head.o \
	common/http/hixie.o common/http/host.o common/http/lint.o \
	common/http/origin.o common/http/permessage.o \
	common/http/refusal.o common/http/request.o common/http/seckey.o \
	common/http/sound.o common/http/target.o common/http/upgrade.o common/http/url.o \
	common/http/version.o
NET = common/net/address.o common/net/certname.o common/net/extorport.o \
	common/net/proxy.o common/net/proxyproto.o common/net/race.o \
	common/net/sessions.o common/net/socks.o
COMMON = common/bulk.o common/cage.o common/capturefile.o \
	common/compression.o common/connect.o \
	common/cpu.o common/diag.o common/dial.o common/envargs.o \
	common/environment.o common/io.o common/options.o \
	common/proxytunnel.o common/readanswer.o common/readhead.o \
	common/resolve.o common/sandbox.o common/session.o \
	common/signals.o common/socksreply.o common/stunnel.o \
	common/system.o common/way.o common/writer.o

HEADERS = $(CODE:.o=.h) common/code/bits.h common/code/copy.h \
	common/code/status.h $(WS:.o=.h) $(HTTP:.o=.h) $(NET:.o=.h) $(COMMON:.o=.h)

all: $(PROGRAMS)

.SUFFIXES:
.SUFFIXES: .c .o
.c.o:
	$(COMPILE) $<

common/cflags:
	{ for f in $(HARDEN) $(SECTIONS); $(TRY); } >$@

common/ldflags:
	{ for f in $(HARDEN_LINK) $(SECTIONS_LINK); $(TRY); } >$@

# A layer is an archive; a program takes out of it what it needs.
common/code.a: $(CODE)
	$(ARCHIVE) $(CODE)

common/ws.a: $(WS)
	$(ARCHIVE) $(WS)

common/http.a: $(HTTP)
	$(ARCHIVE) $(HTTP)

common/net.a: $(NET)
	$(ARCHIVE) $(NET)

common/common.a: $(COMMON)
	$(ARCHIVE) $(COMMON)

FOR_FRAMES = common/common.a common/ws.a common/code.a
FOR_HEADS = common/common.a common/net.a common/http.a common/code.a
FOR_ALL = common/common.a common/net.a common/http.a common/ws.a common/code.a

cmd/ws-frame: $(FRAME) $(FOR_ALL)
	$(LINK) $(FRAME) $(FOR_ALL)

cmd/ws-deframe: $(DEFRAME) $(FOR_ALL)
	$(LINK) $(DEFRAME) $(FOR_ALL)

cmd/ws-b64: cmd/ws-b64.o $(FOR_FRAMES)
	$(LINK) cmd/ws-b64.o $(FOR_FRAMES)

cmd/ws-accept: $(ACCEPT) $(FOR_HEADS)
	$(LINK) $(ACCEPT) $(FOR_HEADS)

cmd/ws-handshake: $(HANDSHAKE) $(FOR_ALL)
	$(LINK) $(HANDSHAKE) $(FOR_ALL)

cmd/ws-connect: $(CONNECT) $(FOR_HEADS)
	$(LINK) $(CONNECT) $(FOR_HEADS)

cmd/ws-tls: cmd/ws-tls.o $(FOR_ALL)
	$(LINK) cmd/ws-tls.o $(FOR_ALL)

cmd/ws-socks: cmd/ws-socks.o $(FOR_HEADS)
	$(LINK) cmd/ws-socks.o $(FOR_HEADS)

cmd/ws-session: $(SESSION) $(FOR_ALL)
	$(LINK) $(SESSION) $(FOR_ALL)

cmd/ws-probe: $(PROBE) $(FOR_ALL)
	$(LINK) $(PROBE) $(FOR_ALL)

cmd/ws-view: $(VIEW) $(FOR_ALL)
	$(LINK) $(VIEW) $(FOR_ALL)

tests/core: $(CORETEST) $(FOR_ALL)
	$(LINK) $(CORETEST) $(FOR_ALL)

tests/deflate: tests/deflate.o common/code.a
	$(LINK) tests/deflate.o common/code.a

tests/legacy: tests/legacy.o $(FOR_ALL)
	$(LINK) tests/legacy.o $(FOR_ALL)

tests/exhaustive: tests/exhaustive.o $(FOR_FRAMES)
	$(LINK) tests/exhaustive.o $(FOR_FRAMES)

tests/bench/kernels: tests/bench/kernels.o $(FOR_ALL)
	$(LINK) tests/bench/kernels.o $(FOR_ALL)

$(PROGRAMS) tests/core tests/deflate tests/exhaustive tests/legacy \
	tests/bench/kernels: common/ldflags

# A build takes seconds; a header is rarely changed.
$(ACCEPT) $(HANDSHAKE) $(FRAME) $(DEFRAME) $(SESSION) $(CONNECT) \
	$(PROBE) $(VIEW) cmd/ws-b64.o cmd/ws-socks.o cmd/ws-tls.o $(CODE) $(WS) $(HTTP) $(NET) $(COMMON) $(CORETEST) \
	tests/deflate.o tests/exhaustive.o tests/legacy.o \
	tests/bench/kernels.o: $(HEADERS) common/cflags

$(CORETEST): tests/core.h
$(ACCEPT): cmd/ws-accept.h
$(FRAME): cmd/ws-frame.h
$(DEFRAME): cmd/ws-deframe.h
$(HANDSHAKE): cmd/ws-handshake.h cmd/ws-handshake-cgi.h \
	cmd/ws-handshake-connlimit.h cmd/ws-handshake-fallback.h \
	cmd/ws-handshake-gate.h
$(SESSION): cmd/ws-session-command.h cmd/ws-session-orport.h cmd/ws-session-relay.h
$(PROBE): cmd/ws-probe.h
$(CONNECT): cmd/ws-connect.h
$(VIEW): cmd/ws-view.h

# Statically linked, with musl where it is: starts faster, idles in less.  Not
# all compilers that take -static-pie know what it means.
static:
	if command -v $(MUSL_CC) >/dev/null; then cc=$(MUSL_CC); \
	else cc='$(CC)'; fi; \
	$(MAKE) clean; \
	pie=-static-pie; \
	echo 'int main(void) { return 0; }' | \
	    $$cc -fPIE $$pie -o common/static.out -x c - && \
	    common/static.out && ! grep -q /ld- common/static.out || \
	    pie=-static; \
	rm -f common/static.out; \
	$(MAKE) all $(ALSO) CC="$$cc" PIE="$$pie"

deps:
	tests/deps
deps-demo:
	tests/deps socat

demo: all
	tests/demo

# What the tests need beside the programs.
TOOLS = tests/core tests/deflate tests/exhaustive tests/legacy
tools: $(TOOLS)

check: all tools
	tests/check

# The tests of builds of other kinds; TESTS=tests/core.bats takes some of them.
TESTS =
check-sanitize:
	tests/variant sanitize $(TESTS)
check-valgrind:
	tests/variant valgrind $(TESTS)
check-systems:
	for v in bullseye trixie sid; do \
	    echo "$$v"; tests/variant $$v $(TESTS) || exit; done
check-machines:
	for v in clang musl i386 s390x portable dash bash busybox; do \
	    echo "$$v"; tests/variant $$v $(TESTS) || exit; done

# Seconds for each target; COVER=-c says what lines were reached.
T = 60
COVER =
fuzz:
	tests/fuzz/run $(COVER) $(T)
	tests/fuzz/run $(T) sessions

# Faults planted in the pure core, and which the tests miss; hours.
FAULTS = 500
mutate:
	tests/mutate -n $(FAULTS)

# What the pure core does with every input up to a length, by Frama-C.
prove:
	tests/prove

# With the real tor.
check-tor: all
	tests/check-tor

bench:
	$(MAKE) static ALSO=tests/bench/kernels
	tests/bench/bench

lint:
	tests/lint

# The layers from the bottom, "+" before those that are pure.
layers: all
	tests/layers + $(CODE) + $(WS) + $(HTTP) + $(NET) \
	    - $(COMMON) - $(ACCEPT) $(HANDSHAKE) $(FRAME) $(DEFRAME) $(SESSION) \
	    $(CONNECT) $(PROBE) $(VIEW) cmd/ws-b64.o cmd/ws-socks.o cmd/ws-tls.o

# The names of directories become part of scripts.
install: all
	@for d in "$(BINDIR)" "$(DATADIR)" "$(MANDIR)"; do case $$d in \
	[!/]* | *[!A-Za-z0-9_./+@~-]*) \
	    echo "install: '$$d': not an absolute path of A-Z a-z 0-9 _./+@~-" \
	        >&2; \
	    exit 1 ;; \
	esac; done
	umask 022; mkdir -p "$(DESTDIR)$(BINDIR)" "$(DESTDIR)$(DATADIR)" \
	    "$(DESTDIR)$(MANDIR)/man1"
	for f in $(PROGRAMS) $(SCRIPTS); do \
	    to="$(DESTDIR)$(BINDIR)/$${f#cmd/}"; \
	    cp "$$f" "$$to" && chmod 755 "$$to" || exit; \
	done
	for f in $(SCRIPTS); do \
	    sed 's|^lib=.*|lib=$(DATADIR)|' "$$f" \
	        >"$(DESTDIR)$(BINDIR)/$${f#cmd/}" || exit; \
	done
	cp common/script.sh common/*.awk "$(DESTDIR)$(DATADIR)"
	chmod 644 "$(DESTDIR)$(DATADIR)/script.sh" \
	    "$(DESTDIR)$(DATADIR)"/*.awk
	umask 022; to="$(DESTDIR)$(DATADIR)/heads"; mkdir -p "$$to" && \
	    cp common/heads/* "$$to" && chmod 644 "$$to"/*
	umask 022; for d in common/cases/*; do \
	    to="$(DESTDIR)$(DATADIR)/$${d#common/}"; \
	    mkdir -p "$$to" && cp "$$d"/*.case "$$to" && \
	        chmod 644 "$$to"/*.case || exit; \
	done
	for f in $(PAGES); do \
	    to="$(DESTDIR)$(MANDIR)/$$f"; \
	    cp "$$f" "$$to" && chmod 644 "$$to" || exit; \
	done

uninstall:
	for f in $(PROGRAMS) $(SCRIPTS); do \
	    rm -f "$(DESTDIR)$(BINDIR)/$${f#cmd/}"; done
	for f in $(PAGES); do \
	    rm -f "$(DESTDIR)$(MANDIR)/$$f"; done
	rm -f "$(DESTDIR)$(DATADIR)/script.sh" \
	    "$(DESTDIR)$(DATADIR)"/*.awk
	rm -rf "$(DESTDIR)$(DATADIR)/cases" "$(DESTDIR)$(DATADIR)/heads"
	-rmdir "$(DESTDIR)$(DATADIR)"

# What git knows, as a tarball.
dist:
	git archive --prefix=ws-filters-$(VERSION)/ \
	    -o ws-filters-$(VERSION).tar.gz HEAD ':!.ci'

clean:
	rm -f $(PROGRAMS) cmd/*.o common/*.o common/*/*.o common/*.a \
	    common/cflags common/ldflags tests/core tests/deflate \
	    tests/legacy tests/exhaustive tests/*.o \
	    tests/bench/kernels tests/bench/*.o

.PHONY: all tools static deps deps-demo demo check check-sanitize check-valgrind \
	check-machines check-systems check-tor fuzz mutate prove bench lint layers \
	install uninstall dist clean
