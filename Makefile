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

PROGRAMS = cmd/ws-handshake cmd/ws-frame cmd/ws-deframe cmd/ws-session \
	cmd/ws-connect cmd/ws-b64
SCRIPTS = cmd/ws-server cmd/ws-listen cmd/ws-client
PAGES = man1/ws-handshake.1 man1/ws-frame.1 man1/ws-deframe.1 \
	man1/ws-session.1 man1/ws-connect.1 man1/ws-server.1 \
	man1/ws-listen.1 man1/ws-client.1 man1/ws-b64.1

PURE = common/base64.o common/capture.o common/closecode.o \
	common/credentials.o common/fields.o common/frame.o \
	common/handshake.o common/hixie.o common/hixieframe.o common/http.o \
	common/json.o common/line.o common/lint.o common/listing.o \
	common/md5.o common/proxy.o common/receiver.o common/sha1.o \
	common/source.o common/text.o common/url.o common/utf8.o
IMPURE = common/arguments.o common/cgi.o common/connect.o common/diag.o \
	common/gate.o common/head.o common/io.o common/options.o \
	common/record.o common/session.o common/share.o common/system.o \
	common/tunnel.o

all: $(PROGRAMS)

.SUFFIXES:
.SUFFIXES: .c .o
.c.o:
	$(CC) $(STD) $(DEFS) $(CPPFLAGS) $(WARN) $(CFLAGS) -c -o $@ $<

HANDSHAKE = cmd/ws-handshake.o common/arguments.o common/base64.o \
	common/cgi.o common/closecode.o common/credentials.o common/diag.o \
	common/fields.o common/gate.o common/handshake.o common/head.o \
	common/hixie.o common/http.o common/io.o common/lint.o common/md5.o \
	common/options.o common/proxy.o common/session.o common/sha1.o \
	common/share.o common/source.o common/system.o common/text.o \
	common/tunnel.o common/url.o common/utf8.o
cmd/ws-handshake: $(HANDSHAKE)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(HANDSHAKE)

FRAME = cmd/ws-frame.o common/base64.o common/closecode.o common/diag.o \
	common/capture.o common/frame.o common/hixieframe.o common/io.o \
	common/json.o common/line.o common/options.o common/receiver.o \
	common/record.o common/session.o common/system.o common/text.o \
	common/utf8.o
cmd/ws-frame: $(FRAME)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(FRAME)

DEFRAME = cmd/ws-deframe.o common/base64.o common/closecode.o common/diag.o \
	common/capture.o common/frame.o common/hixieframe.o common/http.o \
	common/io.o common/json.o common/line.o common/listing.o \
	common/options.o common/receiver.o common/record.o common/session.o \
	common/text.o common/utf8.o \
	common/system.o
cmd/ws-deframe: $(DEFRAME)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(DEFRAME)

SESSION = cmd/ws-session.o common/closecode.o common/connect.o common/diag.o \
	common/frame.o \
	common/io.o common/line.o common/options.o common/session.o \
	common/text.o common/utf8.o
cmd/ws-session: $(SESSION)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(SESSION)

B64 = cmd/ws-b64.o common/base64.o common/closecode.o common/diag.o \
	common/frame.o common/io.o common/line.o common/options.o \
	common/receiver.o common/session.o common/text.o common/utf8.o
cmd/ws-b64: $(B64)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(B64)

CONNECT = cmd/ws-connect.o common/base64.o common/closecode.o \
	common/connect.o common/credentials.o common/diag.o \
	common/fields.o common/handshake.o common/head.o common/hixie.o \
	common/http.o common/io.o common/md5.o common/options.o \
	common/proxy.o common/session.o common/sha1.o common/system.o \
	common/text.o common/tunnel.o common/url.o common/utf8.o
cmd/ws-connect: $(CONNECT)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(CONNECT)

tests/legacy: tests/legacy.o common/md5.o
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ tests/legacy.o common/md5.o

tests/core: tests/core.o $(PURE)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ tests/core.o $(PURE)

# Statically linked, with musl where it is: starts faster, idles in less.
static:
	if command -v $(MUSL_CC) >/dev/null; then cc=$(MUSL_CC); \
	else cc='$(CC)'; fi; \
	rm -f $(PROGRAMS) cmd/*.o common/*.o; \
	$(MAKE) all CC="$$cc" LDFLAGS="$(LDFLAGS) -static"

deps:
	tests/deps

demo: all
	tests/demo

check: all tests/core tests/legacy
	tests/check

bench: static
	tests/bench/bench

lint:
	tests/lint

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
	rm -f $(PROGRAMS) tests/core tests/legacy cmd/*.o common/*.o tests/*.o

.PHONY: all static deps demo check bench lint install uninstall clean

# Headers.
cmd/ws-b64.o: common/base64.h common/closecode.h common/diag.h \
	common/io.h common/line.h common/frame.h common/text.h common/options.h \
	common/receiver.h common/utf8.h common/session.h
cmd/ws-connect.o: common/connect.h common/url.h common/text.h \
	common/diag.h common/head.h common/http.h common/io.h common/options.h \
	common/frame.h common/text.h common/tunnel.h common/proxy.h \
	common/handshake.h common/fields.h
cmd/ws-deframe.o: common/base64.h common/capture.h common/text.h \
	common/closecode.h common/diag.h common/hixieframe.h common/receiver.h \
	common/frame.h common/utf8.h common/http.h common/io.h common/json.h \
	common/line.h common/line.h common/listing.h common/options.h \
	common/receiver.h common/record.h common/session.h common/system.h
cmd/ws-frame.o: common/closecode.h common/diag.h common/hixieframe.h \
	common/receiver.h common/frame.h common/utf8.h common/io.h \
	common/json.h common/line.h common/text.h common/line.h \
	common/options.h common/receiver.h common/record.h common/session.h \
	common/system.h
cmd/ws-handshake.o: common/arguments.h common/cgi.h common/handshake.h \
	common/fields.h common/text.h common/http.h common/url.h \
	common/source.h common/diag.h common/gate.h common/handshake.h \
	common/head.h common/hixie.h common/io.h common/lint.h common/options.h \
	common/frame.h common/session.h common/share.h common/head.h \
	common/system.h common/tunnel.h common/proxy.h
cmd/ws-session.o: common/closecode.h common/connect.h common/url.h \
	common/text.h common/diag.h common/io.h common/line.h common/frame.h \
	common/options.h common/session.h
common/arguments.o: common/arguments.h common/diag.h common/session.h \
	common/system.h
common/base64.o: common/base64.h
common/capture.o: common/capture.h common/text.h
common/cgi.o: common/cgi.h common/handshake.h common/fields.h \
	common/text.h common/http.h common/url.h common/source.h common/diag.h
common/closecode.o: common/closecode.h common/utf8.h
common/connect.o: common/connect.h common/url.h common/text.h \
	common/diag.h common/io.h
common/credentials.o: common/base64.h common/credentials.h common/text.h
common/diag.o: common/diag.h common/io.h
common/fields.o: common/fields.h common/text.h common/http.h
common/frame.o: common/frame.h
common/gate.o: common/diag.h common/gate.h common/handshake.h \
	common/fields.h common/text.h common/http.h common/url.h common/io.h \
	common/session.h
common/handshake.o: common/base64.h common/credentials.h common/text.h \
	common/handshake.h common/fields.h common/http.h common/url.h \
	common/hixie.h common/sha1.h
common/head.o: common/diag.h common/head.h common/http.h common/text.h \
	common/io.h common/session.h common/system.h
common/hixie.o: common/hixie.h common/handshake.h common/fields.h \
	common/text.h common/http.h common/url.h common/md5.h
common/hixieframe.o: common/closecode.h common/hixieframe.h \
	common/receiver.h common/frame.h common/utf8.h
common/http.o: common/http.h common/text.h
common/io.o: common/diag.h common/io.h
common/json.o: common/base64.h common/closecode.h common/json.h \
	common/line.h common/frame.h common/text.h common/utf8.h
common/line.o: common/closecode.h common/line.h common/frame.h \
	common/text.h common/utf8.h
common/lint.o: common/base64.h common/lint.h common/handshake.h \
	common/fields.h common/text.h common/http.h common/url.h
common/listing.o: common/listing.h common/line.h common/frame.h \
	common/text.h common/receiver.h common/utf8.h
common/md5.o: common/md5.h
common/options.o: common/closecode.h common/diag.h common/io.h \
	common/options.h common/frame.h common/text.h common/utf8.h
common/proxy.o: common/credentials.h common/text.h common/proxy.h \
	common/handshake.h common/fields.h common/http.h common/url.h
common/receiver.o: common/closecode.h common/receiver.h common/frame.h \
	common/utf8.h
common/record.o: common/capture.h common/text.h common/diag.h \
	common/io.h common/record.h
common/session.o: common/diag.h common/io.h common/session.h
common/sha1.o: common/sha1.h
common/share.o: common/diag.h common/io.h common/session.h \
	common/share.h common/head.h common/http.h common/text.h
common/source.o: common/source.h common/text.h
common/system.o: common/diag.h common/io.h common/system.h
common/text.o: common/text.h
common/tunnel.o: common/diag.h common/head.h common/http.h common/text.h \
	common/io.h common/options.h common/frame.h common/tunnel.h \
	common/proxy.h common/handshake.h common/fields.h common/url.h
common/url.o: common/url.h common/text.h
common/utf8.o: common/utf8.h
tests/core.o: tests/../common/base64.h tests/../common/closecode.h \
	tests/../common/frame.h tests/../common/handshake.h \
	tests/../common/fields.h tests/../common/text.h tests/../common/http.h \
	tests/../common/url.h tests/../common/http.h tests/../common/line.h \
	tests/../common/frame.h tests/../common/receiver.h \
	tests/../common/utf8.h tests/../common/sha1.h tests/../common/text.h \
	tests/../common/url.h tests/../common/utf8.h
