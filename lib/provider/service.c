/* SPDX-License-Identifier: ISC */
/*
 * Four services, two kinds of question and two of answer.  Ichnaea's own
 * interface is also Combain's; Google's is the same without fallbacks, and
 * with "newRadioCellId"; Unwired Labs have short names, a token in the body,
 * and always answer 200, with their verdict in the text.
 *
 * What they answer is foreign text: it is read with the same care as a
 * client's, and a position that cannot be is no answer.  A provider's result
 * is trusted more than most of ours (its score is 10), as it is asked only
 * when we know nothing good.
 */
#include <assert.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "api/form.h"
#include "base/arena.h"
#include "base/buf.h"
#include "json/coerce.h"
#include "json/doc.h"
#include "json/write.h"
#include "locate/query.h"
#include "locate/result.h"
#include "provider/service.h"

#define SCORE		10.0
#define SCORE_LACF	5.0
#define MAX_ACCURACY_M	1e9	/* the earth, many times */

static const struct schema {
	const char		*name;
	enum api_form_kind	 form;
} schemas[] = {
	[PROVIDER_SERVICE_ICHNAEA] = { "ichnaea/v1", API_FORM_ICHNAEA },
	[PROVIDER_SERVICE_COMBAIN] = { "combain/v1", API_FORM_ICHNAEA },
	[PROVIDER_SERVICE_GOOGLE] = { "googlemaps/v1", API_FORM_GOOGLE },
	[PROVIDER_SERVICE_UNWIRED] = { "unwiredlabs/v1", API_FORM_UNWIRED }
};
#define SCHEMAS	(sizeof(schemas) / sizeof(schemas[0]))

/*
 * A token after '#' never goes over the wire with the URL: fragments do not,
 * and here it is cut off and put into the body.
 */
const char *
provider_service_parse(struct provider_service *p, const char *schema,
    const char *url)
{
	size_t i;
	char *hash;

	if (*schema == '\0')
		schema = schemas[PROVIDER_SERVICE_ICHNAEA].name;
	for (i = 0; i < SCHEMAS; i++)
		if (strcmp(schemas[i].name, schema) == 0)
			break;
	if (i == SCHEMAS)
		return "unknown schema";
	p->schema = (enum provider_service_schema)i;
	p->token = NULL;
	if (strncasecmp(url, "http://", 7) != 0 &&
	    strncasecmp(url, "https://", 8) != 0)
		return "expected a URL that begins with http:// or https://";
	if (strlcpy(p->url, url, sizeof(p->url)) >= sizeof(p->url))
		return "the URL is too long";
	if (p->schema == PROVIDER_SERVICE_UNWIRED) {
		if ((hash = strchr(p->url, '#')) == NULL ||
		    strchr(hash + 1, '#') != NULL)
			return "expected URL#TOKEN";
		*hash = '\0';
		p->token = hash + 1;
	}
	return NULL;
}

void
provider_service_ask(struct base_buf *b, const struct provider_service *p,
    const struct locate_query *q)
{
	struct json_write w;

	json_write_init(&w, b, JSON_WRITE_SPACED);
	json_write_object(&w, NULL);
	if (p->token != NULL)
		json_write_text(&w, "token", p->token);
	if (p->schema == PROVIDER_SERVICE_GOOGLE)
		json_write_bool(&w, "considerIp", 0);
	else {
		json_write_object(&w, "fallbacks");
		json_write_bool(&w, "lacf", q->lacf);
		json_write_bool(&w, "ipf", 0);
		json_write_end(&w);
	}
	api_form_write(&w, schemas[p->schema].form, q);
	json_write_end(&w);
}

int
provider_service_check(const struct provider_service_position *pos)
{
	/* Each of these is false for NaN. */
	return fabs(pos->lat) <= 90 && fabs(pos->lon) <= 180 &&
	    pos->accuracy_m >= 0 && pos->accuracy_m <= MAX_ACCURACY_M;
}

/* Member NAME of object OBJ as a number.  Returns 1, or 0. */
static int
get_number(const struct json_doc *d, int obj, const char *name, double *v)
{
	int at = json_doc_get(d, obj, name);

	return at != -1 && json_coerce_f64(d, at, v) == JSON_COERCE_OK;
}

/* The text NAME of object OBJ; NULL if it is missing or no text. */
static const char *
get_text(const struct json_doc *d, int obj, const char *name,
    enum json_coerce_verdict *v, struct base_arena *a)
{
	const char *s = NULL;
	size_t len;
	int at = json_doc_get(d, obj, name);

	*v = at == -1 ? JSON_COERCE_MISSING :
	    json_coerce_str(d, at, a, &s, &len);
	return *v == JSON_COERCE_OK && s != NULL && strlen(s) == len ? s :
	    NULL;
}

/*
 * A position with latitude and longitude as LAT and LON of object POINT (-1:
 * there is none), the rest at the top level.
 */
static int
read_location(const struct json_doc *d, int point, const char *lat,
    const char *lon, struct provider_service_position *pos,
    struct base_arena *a)
{
	enum json_coerce_verdict v;
	const char *fallback = get_text(d, 0, "fallback", &v, a);

	pos->lacf = fallback != NULL && strcmp(fallback, "lacf") == 0;
	return v != JSON_COERCE_BAD && point != -1 &&
	    get_number(d, point, lat, &pos->lat) &&
	    get_number(d, point, lon, &pos->lon) &&
	    get_number(d, 0, "accuracy", &pos->accuracy_m) &&
	    provider_service_check(pos);
}

/*
 * Unwired Labs answer 200 whatever happens: the status is a word in the body,
 * and that nothing was found is told in a message of fixed words.
 */
static enum provider_service_verdict
read_unwired(const struct json_doc *d, struct provider_service_position *pos,
    const char **why, struct base_arena *a)
{
	enum json_coerce_verdict v;
	const char *message, *status = get_text(d, 0, "status", &v, a);

	*why = "an answer without status";
	if (status == NULL)
		return PROVIDER_SERVICE_BAD;
	*why = "an answer without usable position";
	if (strcmp(status, "ok") == 0)
		return read_location(d, 0, "lat", "lon", pos, a) ?
		    PROVIDER_SERVICE_FOUND : PROVIDER_SERVICE_BAD;
	message = get_text(d, 0, "message", &v, a);
	*why = "an error in its answer";
	return message != NULL && strcmp(message, "No matches found") == 0 ?
	    PROVIDER_SERVICE_NOT_FOUND : PROVIDER_SERVICE_BAD;
}

/*
 * 404 is an answer, "not found"; whatever else is no position is an error of
 * the provider, for the caller to tell.
 */
enum provider_service_verdict
provider_service_answer(const struct provider_service *p, long status,
    const char *body, size_t len, struct provider_service_position *pos,
    const char **why, struct base_arena *a)
{
	struct json_doc d;

	if (status == 404)
		return PROVIDER_SERVICE_NOT_FOUND;
	*why = "an HTTP error";
	if (status >= 400 || status < 200)
		return PROVIDER_SERVICE_BAD;
	*why = "an answer that is no JSON object";
	if (json_doc_parse(&d, body, len, a) == -1 ||
	    json_doc_kind(&d, 0) != JSON_DOC_OBJECT)
		return PROVIDER_SERVICE_BAD;
	if (p->schema == PROVIDER_SERVICE_UNWIRED)
		return read_unwired(&d, pos, why, a);
	*why = "an answer without usable position";
	return read_location(&d, json_doc_get(&d, 0, "location"), "lat",
	    "lng", pos, a) ? PROVIDER_SERVICE_FOUND : PROVIDER_SERVICE_BAD;
}

/*
 * The result as one among our own.  An answer from an area alone (lacf) is
 * trusted half as much.
 */
void
provider_service_result(struct locate_result *r,
    const struct provider_service_position *pos)
{
	assert(provider_service_check(pos));
	memset(r, 0, sizeof(*r));
	r->source = LOCATE_RESULT_FALLBACK;
	r->kind = LOCATE_RESULT_EXTERNAL;
	r->lat = pos->lat;
	r->lon = pos->lon;
	r->accuracy_m = pos->accuracy_m;
	r->score = pos->lacf ? SCORE_LACF : SCORE;
	r->fallback = pos->lacf ? "lacf" : NULL;
}
