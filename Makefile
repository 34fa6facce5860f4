# SPDX-License-Identifier: ISC
#
# make                build everything under build/
# make check          unit tests and command tests (scripts/check does more)
# make SAN=address,undefined   the same under build/san
# make fuzz           libFuzzer targets (needs clang)
# make install        below PREFIX (/usr/local), in DESTDIR
# make uninstall      remove what that puts there, but no settings or data
# make clean          remove build/
# make help           print these lines
#
# CFLAGS (-O2 -g), HARDEN (what a network daemon wants; empty for none),
# PREFIX, SYSCONFDIR and so on may be set on the command line.

VERSION	= 0.1.0
PREFIX	?= /usr/local
BINDIR	?= $(PREFIX)/bin
MANDIR	?= $(PREFIX)/share/man
LIBDIR	?= $(PREFIX)/lib
DATADIR	?= $(PREFIX)/share
SYSCONFDIR ?= /etc
UNITDIR	?= $(LIBDIR)/systemd/system
BASHDIR	?= $(DATADIR)/bash-completion/completions
ZSHDIR	?= $(DATADIR)/zsh/site-functions
FISHDIR	?= $(DATADIR)/fish/vendor_completions.d

B	?= build$(if $(SAN),/san)

# Targets that need nothing but this file.
PLAIN	= help clean uninstall
ifneq ($(filter-out $(PLAIN),$(or $(MAKECMDGOALS),all)),)
NEEDS_PACKAGES = yes
endif

# libcrypto first: of the symbols that are looked up at a start, library after
# library, four of five are its own.
PKGS	= libcrypto libssl libmd libbsd-overlay libmariadb hiredis \
	  libmaxminddb libcurl zlib libzstd libdeflate expat cminpack libsodium sqlite3 \
	  libzip libseccomp
CFLAGS	?= -O2 -g
HARDEN	?= -fstack-protector-strong -fPIE \
	  $(if $(SAN),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
LDHARDEN = $(if $(HARDEN),-pie -Wl$(comma)-z$(comma)relro$(comma)-z$(comma)now)
comma	= ,
WARN	= -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	  -Wpointer-arith -Wvla -Wconversion -Wno-pass-failed
# Numbers are the same whatever the compiler makes of these: nothing reads errno
# or the flags of an exception, and what one instruction could do stays two.
FP	= -fno-math-errno -fno-trapping-math -ffp-contract=off -fopenmp-simd
ALL_CPPFLAGS = -D_GNU_SOURCE -Ilib $(PKG_CFLAGS) $(CPPFLAGS) \
	  -DLOC_VERSION='"$(VERSION)"' -DSYSCONFDIR='"$(SYSCONFDIR)"'
ALL_CFLAGS = -std=c11 $(FP) -pthread $(WARN) \
	  $(HARDEN) $(CFLAGS) $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all)
ALL_LDFLAGS = -pthread -Wl,--as-needed $(LDHARDEN) $(LDFLAGS) \
	  $(if $(SAN),-fsanitize=$(SAN))
ifdef NEEDS_PACKAGES
ifneq ($(shell pkg-config --exists $(PKGS) && echo yes),yes)
$(error packages are missing: run "scripts/packages build")
endif
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) | \
	  sed 's/-I\/usr/-isystem \/usr/g')
LDLIBS	+= $(shell pkg-config --libs $(PKGS)) -lm
endif

# A program is cmd/NAME.c or a directory cmd/NAME/.
PROGS	= $(sort $(patsubst cmd/%.c,%,$(wildcard cmd/loc-*.c)) \
	  $(patsubst cmd/%/main.c,%,$(wildcard cmd/loc-*/main.c)))
# lib/io/version.c, which changes with every commit, stays out of the library
# so that nothing but the programs is linked anew.
LIBSRC	= $(filter-out lib/io/version.c,$(wildcard lib/*/*.c))
VERSION_O = $B/lib/io/version.o
UNIT	= $(patsubst tests/unit/%.c,$B/unit/%,$(wildcard tests/unit/*_t.c))
FUZZ	= $(patsubst tests/fuzz/%.c,$B/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
TOOLS	= $(patsubst tests/tools/%.c,$B/tools/%,$(wildcard tests/tools/*.c))
SHIMS	= $(patsubst tests/shims/%.c,$B/shims/%.so,$(wildcard tests/shims/*.c))
OBJ	= $(LIBSRC:%.c=$B/%.o) $(patsubst %.c,$B/%.o,$(wildcard cmd/*.c \
	  cmd/*/*.c))

all: $(PROGS:%=$B/%)

LINK	= $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

# The objects of program $1.
objects	= $(patsubst %.c,$B/%.o,$(wildcard cmd/$1.c cmd/$1/*.c))
.SECONDEXPANSION:
$(PROGS:%=$B/%): $B/%: $$(call objects,$$*) $(VERSION_O) $B/liblocation.a
	$(LINK)

$B/liblocation.a: $(LIBSRC:%.c=$B/%.o)	# fresh: basenames may repeat
	rm -f $@ && $(AR) qcs $@ $^

# The commit that is built, with a '+' if files differ from it; what .commit of
# a release says, or empty, where git does not know.  The file is written only
# when that changes.
$B/commit: .FORCE
	@mkdir -p $(@D); id=$$(cat .commit 2>/dev/null); ! test -e .git || id=$$(git --no-optional-locks \
	    describe --always --exclude='*' --abbrev=12 --dirty=+ \
	    2>/dev/null) || :; test -e $@ && test "$$id" = "$$(cat $@)" || \
	    printf %s "$$id" >$@
.FORCE:
$(VERSION_O): ALL_CPPFLAGS += -DLOC_COMMIT='"$(shell cat $B/commit)"'
$(VERSION_O): $B/commit

$B/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$B/lib/geo/region_data.o: lib/geo/regions.bin

# Objects of their own, so that a change of the library only links anew.
$B/tests/unit/%.o: ALL_CPPFLAGS += -Itests/unit
$B/unit/%: $B/tests/unit/%.o $B/liblocation.a | $(VERSION_O)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $B/liblocation.a \
	    $(VERSION_O) $(LDLIBS)

# Small helpers of the tests and benchmarks; never installed.
tools: $(TOOLS) $(SHIMS)
$B/tools/%: $B/tests/tools/%.o $B/liblocation.a | $(VERSION_O)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $B/liblocation.a \
	    $(VERSION_O) $(LDLIBS)

# Preloaded into programs under test: no sanitizer of their own.
$B/shims/%.so: tests/shims/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) -std=c11 $(WARN) -O2 -fPIC -shared -o $@ $<

# Fuzz targets: clang's libFuzzer, or a plain replay of the corpus.
fuzz:
	$(MAKE) B=build/fuzz CC=clang HARDEN= \
	    CFLAGS='-O1 -g -fsanitize=fuzzer-no-link,address,undefined' \
	    fuzz-targets
fuzz-targets: $(FUZZ)
$B/fuzz/%: tests/fuzz/%.c $B/liblocation.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -fsanitize=fuzzer,address,undefined \
	    -o $@ $< $B/liblocation.a $(LDLIBS)
replay: $(patsubst $B/fuzz/%,$B/replay/%,$(FUZZ))
$B/replay/%: tests/fuzz/%.c tests/fuzz/replay.c $B/liblocation.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< \
	    tests/fuzz/replay.c $B/liblocation.a $(LDLIBS)

unit: $(UNIT)

check: all unit tools
	prove $(UNIT)
	PATH=$(CURDIR)/$B:$$PATH bats -r tests/cmd
	PATH=$(CURDIR)/$B:$$PATH bats tests/api

# Units, crontab and others name the places of programs and settings.
FOR_HERE = sed 's|/usr/local/bin|$(BINDIR)|g; s|/usr/local/share|$(DATADIR)|g; \
	  s|/etc/location\.ini|$(SYSCONFDIR)/location.ini|g'

# Services of systemd share what they cannot do.
HARDENED = awk '/^\# hardening.conf$$/ { \
	  while ((getline line < "scripts/systemd/hardening.conf") > 0) \
	  if (line !~ /^\#/) print line; next } 1'
UNITS	= $(patsubst scripts/systemd/%,%,$(wildcard $(addprefix \
	  scripts/systemd/*.,service socket timer)))

# For those who have no systemd, and whoever rotates logs.
SHARED	= scripts/nginx.conf scripts/haproxy.cfg scripts/inetd.conf \
	  scripts/logrotate

# What cron runs of them.
JOBS	= $(wildcard scripts/cron/location-*)

# Libraries of the website for browsers, if scripts/packages has fetched them;
# cmd/loc-site/share.c looks for these.
LIBRARIES = $(wildcard $(addprefix build/web/node_modules/, \
	  leaflet/dist/leaflet.js leaflet/dist/leaflet.css leaflet/LICENSE \
	  pmtiles/dist/pmtiles.js uplot/dist/uPlot.iife.min.js \
	  uplot/dist/uPlot.min.css uplot/LICENSE))
SITE	= $(DESTDIR)$(DATADIR)/loc/site

# The manual pages where they are installed.
PAGES	= $(foreach n,1 5 7,$(patsubst man/%,$(DESTDIR)$(MANDIR)/man$n/%, \
	  $(wildcard man/*.$n)))

install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man1 \
	    $(DESTDIR)$(MANDIR)/man5 $(DESTDIR)$(MANDIR)/man7 \
	    $(DESTDIR)$(PREFIX)/share/doc/loc
	install -m 755 $(PROGS:%=$B/%) $(JOBS) $(DESTDIR)$(BINDIR)
	for page in man/*.[157]; do \
	    $(FOR_HERE) $$page \
	    >$(DESTDIR)$(MANDIR)/man$${page##*.}/$${page#man/} || exit 1; done
	chmod 644 $(PAGES)
	install -m 644 location.ini.sample README.md ARCHITECTURE.md LICENSE \
	    $(DESTDIR)$(PREFIX)/share/doc/loc
	install -d $(DESTDIR)$(UNITDIR) \
	    $(DESTDIR)$(LIBDIR)/sysusers.d $(DESTDIR)$(LIBDIR)/tmpfiles.d \
	    $(DESTDIR)$(DATADIR)/loc
	for unit in $(UNITS); do \
	    $(HARDENED) scripts/systemd/$$unit | $(FOR_HERE) \
	    >$(DESTDIR)$(UNITDIR)/$$unit || exit 1; done
	install -m 644 scripts/systemd/sysusers.conf \
	    $(DESTDIR)$(LIBDIR)/sysusers.d/loc.conf
	install -m 644 scripts/systemd/tmpfiles.conf \
	    $(DESTDIR)$(LIBDIR)/tmpfiles.d/loc.conf
	$(FOR_HERE) scripts/cron/loc >$(DESTDIR)$(DATADIR)/loc/cron
	for file in $(SHARED); do \
	    $(FOR_HERE) $$file >$(DESTDIR)$(DATADIR)/loc/$${file##*/} || \
	    exit 1; done
	for file in service-dirs replica-agent; do \
	    $(FOR_HERE) scripts/$$file \
	    >$(DESTDIR)$(DATADIR)/loc/$$file || exit 1; \
	    chmod 755 $(DESTDIR)$(DATADIR)/loc/$$file; done
	install -d $(DESTDIR)$(DATADIR)/loc/monitoring
	install -m 644 scripts/monitoring/* $(DESTDIR)$(DATADIR)/loc/monitoring
	scripts/completions bash $(DESTDIR)$(BASHDIR) $(PROGS:%=man/%.1)
	scripts/completions zsh $(DESTDIR)$(ZSHDIR) $(PROGS:%=man/%.1)
	scripts/completions fish $(DESTDIR)$(FISHDIR) $(PROGS:%=man/%.1)
	install -d $(SITE)/templates $(SITE)/static
	install -m 644 lib/site/web/*.txt $(SITE)
	install -m 644 lib/site/web/templates/* $(SITE)/templates
	install -m 644 lib/site/web/static/* $(SITE)/static
	for file in $(LIBRARIES:build/web/node_modules/%=%); do \
	    install -D -m 644 build/web/node_modules/$$file \
	    $(SITE)/libraries/$$file || exit 1; done

# Settings, spool and database stay.
uninstall:
	rm -f $(PROGS:%=$(DESTDIR)$(BINDIR)/%) \
	    $(JOBS:scripts/cron/%=$(DESTDIR)$(BINDIR)/%)
	rm -f $(PAGES)
	rm -f $(PROGS:%=$(DESTDIR)$(BASHDIR)/%) $(DESTDIR)$(BASHDIR)/loc \
	    $(DESTDIR)$(ZSHDIR)/_loc $(PROGS:%=$(DESTDIR)$(FISHDIR)/%.fish)
	rm -f $(UNITS:%=$(DESTDIR)$(UNITDIR)/%) \
	    $(DESTDIR)$(LIBDIR)/sysusers.d/loc.conf \
	    $(DESTDIR)$(LIBDIR)/tmpfiles.d/loc.conf
	rm -rf $(DESTDIR)$(DATADIR)/loc $(DESTDIR)$(PREFIX)/share/doc/loc

# The first lines of this file.
help:
	@sed -n '3,/^$$/s/^# \{0,1\}//p' Makefile

clean:
	rm -rf build

.PHONY: all unit tools check fuzz fuzz-targets replay install uninstall help \
    clean
TEST_OBJ = $(UNIT:$B/%=$B/tests/%.o) $(TOOLS:$B/%=$B/tests/%.o)
.SECONDARY: $(OBJ) $(TEST_OBJ)
.DELETE_ON_ERROR:
-include $(OBJ:.o=.d) $(VERSION_O:.o=.d) $(TEST_OBJ:.o=.d)
