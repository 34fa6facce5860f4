/* SPDX-License-Identifier: ISC */
/* What operators are told of questions and answers. */
#include "api/answer.h"
#include "api/facts.h"
#include "base/buf.h"
#include "geo/ip.h"
#include "ichnaea/rules.h"

#include "tap.h"
#include "world.h"

static const struct world_station stations[] = {
	{ "wifi a82067000001", 51.5, -0.1, .blocks = 0 },
	{ "wifi a82067000102", 51.5001, -0.1, .blocks = 0 },
	{ "blue b82067000001", 51.5, -0.1, .blocks = 0 },
	{ "blue b82067000003", 51.5, -0.1, .blocks = 0 },
	{ "wifi a82067000013", 51.5, -0.1, .blocks = 0 },
	{ "wifi c10010000001", 49, 1, .blocks = 0 },
	{ "wifi c20020000001", 48, 2, .blocks = 0 },
	{ "wifi c30030000001", 47, 3, .blocks = 0 },
	{ "wcdma-234-30-8-70001", 51.5, -0.12, 800, .blocks = 0 },
	{ "wcdma-234-30-8-70002", 51.501, -0.12, 800, .blocks = 0 },
	{ "lte-234-30-100", 51.505, -0.1, 25000, .blocks = 0 },
};

static const struct geo_ip london = { "GB", 51.5142, -0.0931, 40000,
    543000, 0.8 };

#define M(mac)		"{\"macAddress\":\"" mac "\"}"
#define WIFI(list)	"\"wifiAccessPoints\":[" list "]"
#define BLUE(list)	"\"bluetoothBeacons\":[" list "]"
#define CELL(list)	"\"cellTowers\":[" list "]"
#define C(radio, lac, cid) "{\"radioType\":\"" radio "\"," \
	"\"mobileCountryCode\":234,\"mobileNetworkCode\":30," \
	"\"locationAreaCode\":" #lac ",\"cellId\":" #cid "}"
#define A(radio, lac)	"{\"radioType\":\"" radio "\"," \
	"\"mobileCountryCode\":234,\"mobileNetworkCode\":30," \
	"\"locationAreaCode\":" #lac "}"
#define UNKNOWN	M("0a0000000001") "," M("0a0000000002")

enum { NOIP, IP, NO_RECORD };
enum provider { NONE, GOOD, POOR, NOTHING };

static const struct {
	const char		*name, *body;
	int			 ip;
	enum api_answer_api	 api;
	enum provider		 provider;
	/* sent and valid beacons, cells, wifis; address; what is expected,
	 * how each source did, and the answer */
	const char		*want;
} t[] = {
	{ "M1", "{}", IP, 0, NONE,
	    "0/0 0/0 0/0 GB low: geoip=medium; medium geoip" },
	{ "M2", "{" BLUE(UNKNOWN) "}", NOIP, 0, NONE,
	    "2/2 0/0 0/0 - high: internal=null; none" },
	{ "M3", "{" CELL(A("lte", 100)) "}", NOIP, 0, NONE,
	    "0/0 1/0 0/0 - low: internal=medium; medium internal" },
	{ "M4", "{\"fallbacks\":{\"ipf\":0}}", IP, 0, NONE,
	    "0/0 0/0 0/0 GB none:" },
	{ "M5", "{" CELL(C("wcdma", 8, 70001) "," C("wcdma", 8, 70002)) ","
	    WIFI(UNKNOWN "," M("0a0000000003")) "}", IP, 0, GOOD,
	    "0/0 2/2 3/3 GB high: internal=medium fallback=high "
	    "geoip=medium; high fallback" },
	{ "known wifis and an address", "{" WIFI(M("a82067000001") ","
	    M("a82067000102")) "}", IP, 0, GOOD,
	    "0/0 0/0 2/2 GB high: internal=high geoip=medium; "
	    "high internal" },
	{ "the address is not in the database", "{}", NO_RECORD, 0, NONE,
	    "0/0 0/0 0/0 ? low: geoip=null; none" },
	{ "all entries count as sent", "{" WIFI(M("a82067000001") ","
	    M("a82067000001") ",7,{},{\"macAddress\":\"x\"}") ","
	    BLUE(M("b82067000001")) "," CELL(C("wcdma", 8, 70001) ","
	    C("wcdma", 8, 70001) "," A("lte", 100) ",{}") "}", NOIP, 0, NONE,
	    "1/0 4/1 5/0 - medium: internal=medium; medium internal" },
	{ "results of several kinds", "{" WIFI(
	    M("a82067000001") "," M("a82067000102")) "," CELL(
	    C("wcdma", 8, 70001)) "," BLUE(UNKNOWN) "}", NOIP, 0, NONE,
	    "2/2 1/1 2/2 - high: internal=high; high internal" },
	{ "a provider that knows little", "{" WIFI(UNKNOWN) "}", NOIP, 0,
	    POOR, "0/0 0/0 2/2 - high: internal=null fallback=low; "
	    "low fallback" },
	{ "a provider that knows nothing", "{" WIFI(UNKNOWN) "}", NOIP, 0,
	    NOTHING, "0/0 0/0 2/2 - high: internal=null fallback=null; "
	    "none" },
	{ "no provider for areas", "{" CELL(A("lte", 9)) "}", NOIP, 0, GOOD,
	    "0/0 1/0 0/0 - low: internal=null; none" },
	{ "region by address", "{}", IP, API_ANSWER_COUNTRY, NONE,
	    "0/0 0/0 0/0 GB low: geoip=low; low geoip" },
	{ "region by cell", "{" CELL(C("wcdma", 8, 70001)) "}", NOIP,
	    API_ANSWER_COUNTRY, GOOD,
	    "0/0 1/1 0/0 - low: internal=low; low internal" },
	{ "region of nothing", "{\"considerIp\":false}", IP,
	    API_ANSWER_COUNTRY, NONE, "0/0 0/0 0/0 GB none:" },
	{ "region of unknown wifis", "{" WIFI(UNKNOWN) "}", IP,
	    API_ANSWER_COUNTRY, NONE,
	    "0/0 0/0 2/2 GB low: internal=null geoip=low; low geoip" },
	{ "in the words of 2016", "{\"wifi\":[{\"key\":\"a82067000001\"},"
	    "{\"key\":\"a82067000102\"}]}", NOIP, API_ANSWER_SEARCH, NONE,
	    "0/0 0/0 2/2 - high: internal=high; high internal" },
	{ "radios of one device", "{" WIFI(M("a82067000001") ","
	    M("a82067000013")) "}", NOIP, 0, NONE,
	    "0/0 0/0 2/2 - high: internal=null; none siblings" },
	{ "beacons of one device", "{" BLUE(M("b82067000001") ","
	    M("b82067000003")) "}", NOIP, 0, NONE,
	    "2/2 0/0 0/0 - high: internal=null; none blue:siblings" },
	{ "one that is known says nothing", "{" WIFI(M("c10010000001") ","
	    UNKNOWN) "}", NOIP, 0, NONE,
	    "0/0 0/0 3/3 - high: internal=null; none" },
	{ "three that are nowhere near", "{" WIFI(M("c10010000001") ","
	    M("c20020000001") "," M("c30030000001")) "}", NOIP, 0, NONE,
	    "0/0 0/0 3/3 - high: internal=null; none alone scattered 8" },
	{ "two that are nowhere near", "{" WIFI(M("c10010000001") ","
	    M("c20020000001")) "}", NOIP, 0, NONE,
	    "0/0 0/0 2/2 - high: internal=null; none alone scattered 4" },
	{ "four are scattered", "{" WIFI(M("c10010000001") ","
	    M("c20020000001") "," M("c30030000001") "," M("a82067000001"))
	    "}", NOIP, 0, NONE,
	    "0/0 0/0 4/4 - high: internal=null; none alone scattered 20" },
	{ "if two are used all others count", "{" WIFI(M("c10010000001") ","
	    M("c20020000001") "," M("c30030000001") "," M("a82067000001") ","
	    M("a82067000102")) "}", NOIP, 0, NONE,
	    "0/0 0/0 5/5 - high: internal=high; high internal scattered 12" },
	{ "but for one that has moved", "{" WIFI(M("c10010000001") ","
	    M("a82067000001") "," M("a82067000102")) "}", NOIP, 0, NONE,
	    "0/0 0/0 3/3 - high: internal=high; high internal" },
	{ "refused", "[]", IP, 0, NONE, "refused" },
	{ "empty", "", NOIP, 0, NONE, "0/0 0/0 0/0 - none:" },
};

static struct locate_result
answer_of(enum provider p)
{
	return (struct locate_result){ .source = LOCATE_RESULT_FALLBACK,
	    .kind = LOCATE_RESULT_EXTERNAL, .lat = 51.5, .lon = -0.1,
	    .accuracy_m = p == GOOD ? 100 : 100000, .score = 10 };
}

static void
put_source(struct base_buf *b, const struct api_facts *f,
    enum locate_result_source source)
{
	const struct api_facts_source *s = &f->source[source];

	if (s->searched)
		base_buf_fmt(b, " %s=%s", locate_result_source_name(source),
		    s->found ? locate_result_class_name(s->accuracy) :
		    "null");
}

static void
put_facts(struct base_buf *b, const struct api_facts *f)
{
	base_buf_reset(b);
	if (!f->known) {
		base_buf_str(b, "refused");
		return;
	}
	base_buf_fmt(b, "%zu/%zu %zu/%zu %zu/%zu %s %s:", f->sent.blue,
	    f->valid.blue, f->sent.cell, f->valid.cell, f->sent.wifi,
	    f->valid.wifi, !f->has_ip ? "-" : f->region[0] == '\0' ? "?" :
	    f->region, locate_result_class_name(f->expected));
	if (f->expected == LOCATE_RESULT_NONE)
		return;
	put_source(b, f, LOCATE_RESULT_INTERNAL);
	put_source(b, f, LOCATE_RESULT_FALLBACK);
	put_source(b, f, LOCATE_RESULT_GEOIP);
	base_buf_fmt(b, "; %s", locate_result_class_name(f->accuracy));
	if (f->from != 0)
		base_buf_fmt(b, " %s", locate_result_source_name(f->from));
	if (f->why_wifi != LOCATE_COMPANY_ANSWERS)
		base_buf_fmt(b, " %s", locate_company_why_name(f->why_wifi));
	if (f->why_blue != LOCATE_COMPANY_ANSWERS)
		base_buf_fmt(b, " blue:%s",
		    locate_company_why_name(f->why_blue));
	if (f->scattered)
		base_buf_fmt(b, " scattered %d", f->scattered);
}

/* What is told of BODY, in B. */
static void
tell(const char *body, struct api_answer *how, enum provider p,
    struct world *w, struct base_buf *b)
{
	struct locate_result r = answer_of(p);
	struct api_facts f;
	struct base_buf out;

	base_buf_init(&out);
	base_arena_reset(how->arena);
	if (world_search(w, how, body) && p != NONE &&
	    api_answer_may_ask(how))
		api_answer_asked(how, p == NOTHING ? NULL : &r);
	api_answer_write(how, &out);
	api_answer_facts(how, &f);
	put_facts(b, &f);
	base_buf_done(&out);
}

int
main(void)
{
	struct world w = { stations, sizeof(stations) / sizeof(stations[0]),
	    0, 0 };
	struct base_arena a;
	struct api_answer how = { .rules = ichnaea_rules(0),
	    .now_s = WORLD_NOW, .arena = &a };
	struct base_buf got;
	size_t i;

	base_buf_init(&got);
	base_arena_init(&a);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		how.api = t[i].api;
		how.has_ip = t[i].ip != NOIP;
		how.ip = t[i].ip == IP ? &london : NULL;
		tell(t[i].body, &how, t[i].provider, &w, &got);
		is_str(got.data, t[i].want, t[i].name);
	}
	w.broken = 1;
	how.has_ip = 0;
	how.api = API_ANSWER_GEOLOCATE;
	tell(t[1].body, &how, NONE, &w, &got);
	is_str(got.data, t[1].want, "a lookup that fails finds nothing");
	base_arena_done(&a);
	base_buf_done(&got);
	return tap_done();
}
