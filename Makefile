# WebSocket as Unix filters.  POSIX make; "make deps" gets what demo, check and
# bench need.
.POSIX:

VERSION = 0.1.0

PREFIX = /usr/local
BINDIR = $(PREFIX)/bin
LIBDIR = $(PREFIX)/lib/ws-filters
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
LINK = $(CC) $$(cat common/ldflags) $(CFLAGS) $(LDFLAGS) -o $@

# Prints those of the flags f that it takes.
TRY = do printf '\043include <string.h>\nint main(void) { return 0; }\n' | \
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $$f -Werror -o $@.out \
	    -x c - 2>/dev/null && echo "$$f"; done; rm -f $@.out; true

PROGRAMS = cmd/ws-handshake cmd/ws-frame cmd/ws-deframe cmd/ws-session \
	cmd/ws-connect cmd/ws-b64 cmd/ws-socks
MAINS = cmd/ws-handshake.o cmd/ws-session.o cmd/ws-connect.o cmd/ws-b64.o \
	cmd/ws-socks.o
# What is too long for one file.
FRAME = cmd/ws-frame.o cmd/ws-frame-control.o cmd/ws-frame-input.o \
	cmd/ws-frame-output.o cmd/ws-frame-text.o
DEFRAME = cmd/ws-deframe.o cmd/ws-deframe-control.o cmd/ws-deframe-list.o \
	cmd/ws-deframe-output.o cmd/ws-deframe-replay.o
SCRIPTS = cmd/ws-server cmd/ws-listen cmd/ws-client cmd/tor-websocket-proxy
PAGES = man1/ws-handshake.1 man1/ws-frame.1 man1/ws-deframe.1 \
	man1/ws-session.1 man1/ws-connect.1 man1/ws-server.1 \
	man1/ws-listen.1 man1/ws-client.1 man1/ws-b64.1 man1/ws-socks.1 \
	man1/tor-websocket-proxy.1

# No I/O, no allocation, no state: "make lint" looks after it.
PURE = common/base64.o common/base64simd.o common/capture.o \
	common/closecode.o common/credentials.o common/extorport.o \
	common/fields.o common/frame.o \
	common/handshake.o common/hixie.o common/hixieframe.o common/http.o \
	common/json.o common/line.o common/lint.o common/listing.o \
	common/md5.o common/proxy.o common/receiver.o common/sha1.o \
	common/sha256.o common/socks.o common/source.o common/text.o \
	common/url.o common/utf8.o common/utf8simd.o
IMPURE = common/arguments.o common/cgi.o common/connect.o common/cpu.o \
	common/diag.o common/gate.o common/head.o common/io.o common/options.o \
	common/orport.o common/outcome.o common/record.o common/sandbox.o \
	common/session.o common/share.o common/slot.o common/system.o \
	common/tunnel.o

HEADERS = common/arguments.h common/base64.h common/base64simd.h \
	common/capture.h common/cgi.h common/closecode.h common/connect.h \
	common/copy.h common/cpu.h common/credentials.h common/diag.h \
	common/extorport.h common/fields.h common/frame.h common/gate.h \
	common/handshake.h common/head.h common/hixie.h common/hixieframe.h \
	common/http.h common/io.h common/json.h common/line.h common/lint.h \
	common/listing.h common/md5.h common/options.h common/orport.h \
	common/outcome.h common/proxy.h common/receiver.h common/record.h \
	common/sandbox.h common/session.h common/sha1.h common/sha256.h \
	common/share.h common/slot.h common/socks.h common/source.h \
	common/system.h common/text.h common/tunnel.h common/url.h common/utf8.h \
	common/utf8simd.h

all: $(PROGRAMS)

.SUFFIXES:
.SUFFIXES: .c .o
.c.o:
	$(COMPILE) $<

common/cflags:
	{ for f in $(HARDEN) $(SECTIONS); $(TRY); } >$@

common/ldflags:
	{ for f in $(HARDEN_LINK) $(SECTIONS_LINK); $(TRY); } >$@

# What the programs share; each takes out of it what it needs.
common/common.a: $(PURE) $(IMPURE)
	rm -f $@
	$(AR) -rc $@ $(PURE) $(IMPURE)

cmd/ws-handshake cmd/ws-session cmd/ws-connect cmd/ws-b64 cmd/ws-socks: \
	$(MAINS) common/common.a
	$(LINK) $@.o common/common.a

cmd/ws-frame: $(FRAME) common/common.a
	$(LINK) $(FRAME) common/common.a

cmd/ws-deframe: $(DEFRAME) common/common.a
	$(LINK) $(DEFRAME) common/common.a

tests/core tests/legacy: tests/core.o tests/legacy.o common/common.a
	$(LINK) $@.o common/common.a

tests/bench/kernels: tests/bench/kernels.o common/common.a
	$(LINK) $@.o common/common.a

$(PROGRAMS) tests/core tests/legacy tests/bench/kernels: common/ldflags

# A build takes seconds; a header is rarely changed.
$(MAINS) $(FRAME) $(DEFRAME) $(PURE) $(IMPURE) tests/core.o tests/legacy.o \
	tests/bench/kernels.o: $(HEADERS) common/cflags

$(FRAME): cmd/ws-frame.h
$(DEFRAME): cmd/ws-deframe.h

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

demo: all
	tests/demo

check: all tests/core tests/legacy
	tests/check

# The tests of builds of other kinds; TESTS=tests/core.bats takes some of them.
TESTS =
check-sanitize:
	tests/variant sanitize $(TESTS)
check-valgrind:
	tests/variant valgrind $(TESTS)
check-machines:
	for v in clang musl i386 s390x portable dash bash busybox; do \
	    echo "$$v"; tests/variant $$v $(TESTS) || exit; done

# Seconds for each target; COVER=-c says what lines were reached.
T = 60
COVER =
fuzz:
	tests/fuzz/run $(COVER) $(T)

# With the real tor.
check-tor: all
	tests/check-tor

bench:
	$(MAKE) static ALSO=tests/bench/kernels
	tests/bench/bench

lint:
	tests/lint $(PURE)

install: all
	mkdir -p $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR) \
	    $(DESTDIR)$(MANDIR)/man1
	cp $(PROGRAMS) $(DESTDIR)$(BINDIR)
	for s in $(SCRIPTS); do \
	    sed 's|^lib=.*|lib=$(LIBDIR)|' "$$s" \
	        >"$(DESTDIR)$(BINDIR)/$${s#cmd/}" || exit; \
	    chmod 755 "$(DESTDIR)$(BINDIR)/$${s#cmd/}" || exit; \
	done
	cp common/script.sh $(DESTDIR)$(LIBDIR)
	cp $(PAGES) $(DESTDIR)$(MANDIR)/man1

uninstall:
	for f in $(PROGRAMS) $(SCRIPTS); do \
	    rm -f "$(DESTDIR)$(BINDIR)/$${f#cmd/}"; done
	for f in $(PAGES); do \
	    rm -f "$(DESTDIR)$(MANDIR)/$$f"; done
	rm -f $(DESTDIR)$(LIBDIR)/script.sh
	-rmdir $(DESTDIR)$(LIBDIR)

clean:
	rm -f $(PROGRAMS) tests/core tests/legacy cmd/*.o common/*.o \
	    common/common.a common/cflags common/ldflags tests/*.o \
	    tests/bench/kernels tests/bench/*.o

.PHONY: all static deps demo check check-sanitize check-valgrind \
	check-machines fuzz bench lint install uninstall clean
