# SPDX-License-Identifier: ISC
#
# make                build everything under build/
# make check          unit tests and command tests (scripts/check does more)
# make SAN=address,undefined   the same under build/san
# make fuzz           libFuzzer targets (needs clang)
# make install        DESTDIR and PREFIX are honoured

VERSION	= 0.1.0
PREFIX	?= /usr/local
BINDIR	?= $(PREFIX)/bin
MANDIR	?= $(PREFIX)/share/man
LIBDIR	?= $(PREFIX)/lib
DATADIR	?= $(PREFIX)/share
SYSCONFDIR ?= /etc

B	?= build$(if $(SAN),/san)

PKGS	= libbsd-overlay libmd libmariadb hiredis libmaxminddb \
	  libcurl zlib libzstd cminpack
CFLAGS	?= -O2 -g
WARN	= -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	  -Wpointer-arith -Wvla -Wconversion
ALL_CPPFLAGS = -D_GNU_SOURCE -Ilib $(PKG_CFLAGS) $(CPPFLAGS) \
	  -DLOC_VERSION='"$(VERSION)"' -DSYSCONFDIR='"$(SYSCONFDIR)"'
ALL_CFLAGS = -std=c11 -fno-math-errno -ffp-contract=off -pthread $(WARN) \
	  $(CFLAGS) $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all)
ALL_LDFLAGS = -pthread -Wl,--as-needed $(LDFLAGS) \
	  $(if $(SAN),-fsanitize=$(SAN))
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) | \
	  sed 's/-I\/usr/-isystem \/usr/g')
LDLIBS	+= $(shell pkg-config --libs $(PKGS)) -lm

# A program is cmd/NAME.c or a directory cmd/NAME/.
PROGS	= $(sort $(patsubst cmd/%.c,%,$(wildcard cmd/loc-*.c)) \
	  $(patsubst cmd/%/main.c,%,$(wildcard cmd/loc-*/main.c)))
LIBSRC	= $(wildcard lib/*/*.c)
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
$(PROGS:%=$B/%): $B/%: $$(call objects,$$*) $B/liblocation.a
	$(LINK)

$B/liblocation.a: $(LIBSRC:%.c=$B/%.o)	# fresh: basenames may repeat
	rm -f $@ && $(AR) qcs $@ $^

$B/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$B/lib/geo/region_data.o: lib/geo/regions.bin

$B/unit/%: tests/unit/%.c $B/liblocation.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) -Itests/unit $(ALL_CFLAGS) $(ALL_LDFLAGS) -MMD \
	    -MP -o $@ $< $B/liblocation.a $(LDLIBS)

# Small helpers of the tests and benchmarks; never installed.
tools: $(TOOLS) $(SHIMS)
$B/tools/%: tests/tools/%.c $B/liblocation.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) -MMD -MP -o $@ $< \
	    $B/liblocation.a $(LDLIBS)

# Preloaded into programs under test: no sanitizer of their own.
$B/shims/%.so: tests/shims/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) -std=c11 $(WARN) -O2 -fPIC -shared -o $@ $<

# Fuzz targets: clang's libFuzzer, or a plain replay of the corpus.
fuzz:
	$(MAKE) B=build/fuzz CC=clang \
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

# Units and crontab name the place of the programs.
FOR_HERE = sed 's|/usr/local/bin|$(BINDIR)|g'

install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man1 \
	    $(DESTDIR)$(MANDIR)/man5 $(DESTDIR)$(MANDIR)/man7 \
	    $(DESTDIR)$(PREFIX)/share/doc/loc
	install -m 755 $(PROGS:%=$B/%) $(DESTDIR)$(BINDIR)
	install -m 644 $(wildcard man/*.1) $(DESTDIR)$(MANDIR)/man1
	install -m 644 $(wildcard man/*.5) $(DESTDIR)$(MANDIR)/man5
	install -m 644 $(wildcard man/*.7) $(DESTDIR)$(MANDIR)/man7
	install -m 644 location.ini.sample $(DESTDIR)$(PREFIX)/share/doc/loc
	install -d $(DESTDIR)$(LIBDIR)/systemd/system \
	    $(DESTDIR)$(LIBDIR)/sysusers.d $(DESTDIR)$(LIBDIR)/tmpfiles.d \
	    $(DESTDIR)$(DATADIR)/loc
	for unit in scripts/systemd/*.service; do \
	    $(FOR_HERE) $$unit \
	    >$(DESTDIR)$(LIBDIR)/systemd/system/$${unit##*/} || exit 1; done
	install -m 644 scripts/systemd/sysusers.conf \
	    $(DESTDIR)$(LIBDIR)/sysusers.d/loc.conf
	install -m 644 scripts/systemd/tmpfiles.conf \
	    $(DESTDIR)$(LIBDIR)/tmpfiles.d/loc.conf
	$(FOR_HERE) scripts/cron/loc >$(DESTDIR)$(DATADIR)/loc/cron
	install -m 644 scripts/nginx.conf $(DESTDIR)$(DATADIR)/loc

clean:
	rm -rf build

.PHONY: all unit tools check fuzz fuzz-targets replay install clean
.SECONDARY: $(OBJ)
-include $(OBJ:.o=.d) $(UNIT:%=%.d) $(TOOLS:%=%.d)
