/* SPDX-License-Identifier: ISC */
/*
 * A bucket has all its rules in one document, which can only be replaced as a
 * whole.  So the rules of others are taken over byte by byte, whatever they
 * say: where they begin and end is what expat tells.  Two who set rules at the
 * same moment may undo each other, as the API has nothing against that.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <expat.h>

#include "base/buf.h"
#include "base/num.h"
#include "object/bucket.h"
#include "object/lifecycle.h"

#define PATH_LEN	256
#define TEXT_LEN	1024
#define UNFINISHED_DAYS	7
#define HEAD	"<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/" \
		"doc/2006-03-01/\">"

/* A document at work. */
struct reading {
	XML_Parser	 parser;
	char		 path[PATH_LEN];	/* of open elements */
	struct base_buf	 text;			/* of the innermost */
	char		 id[TEXT_LEN], prefix[TEXT_LEN];
	struct object_lifecycle_rule rule;
	XML_Index	 start;			/* of the rule */
	/* what is done with each: told, or kept unless it is OURS */
	int		(*each)(void *, const struct object_lifecycle_rule *);
	void		*arg;
	const char	*ours, *document;
	struct base_buf	*kept;
	int		 bad;
};

/* A path that is too long is none of a document that we know. */
static void XMLCALL
on_lifecycle_start(void *arg, const char *name, const char **attr)
{
	struct reading *r = arg;

	(void)attr;
	if (strlcat(r->path, "/", PATH_LEN) >= PATH_LEN ||
	    strlcat(r->path, name, PATH_LEN) >= PATH_LEN)
		r->bad = 1;
	base_buf_reset(&r->text);
	if (strcmp(r->path, "/LifecycleConfiguration/Rule") == 0) {
		*r->id = *r->prefix = '\0';
		r->rule = (struct object_lifecycle_rule){ r->id, r->prefix,
		    0, 0 };
		r->start = XML_GetCurrentByteIndex(r->parser);
	}
	if (r->bad)
		XML_StopParser(r->parser, XML_FALSE);
}

static void XMLCALL
on_lifecycle_text(void *arg, const char *s, int len)
{
	struct reading *r = arg;

	if (r->text.len + (size_t)len < TEXT_LEN)
		base_buf_add(&r->text, s, (size_t)len);
}

/* A rule is complete: its bytes are from START to behind its end tag. */
static void
end_rule(struct reading *r)
{
	XML_Index end = XML_GetCurrentByteIndex(r->parser) +
	    XML_GetCurrentByteCount(r->parser);

	if (r->each != NULL && r->each(r->arg, &r->rule) != 0)
		r->bad = 1;
	if (r->kept != NULL && strcmp(r->id, r->ours) != 0)
		base_buf_add(r->kept, r->document + r->start,
		    (size_t)(end - r->start));
}

/* What an element within a rule says. */
static void
note_element(struct reading *r, const char *what, const char *text)
{
	int64_t days;

	if (strcmp(what, "ID") == 0)
		strlcpy(r->id, text, sizeof(r->id));
	else if (strcmp(what, "Prefix") == 0 ||
	    strcmp(what, "Filter/Prefix") == 0 ||
	    strcmp(what, "Filter/And/Prefix") == 0)
		strlcpy(r->prefix, text, sizeof(r->prefix));
	else if (strcmp(what, "Status") == 0)
		r->rule.enabled = strcmp(text, "Enabled") == 0;
	else if (strcmp(what, "Expiration/Days") == 0 &&
	    base_num_i64(text, strlen(text), &days))
		r->rule.days = days;
}

static void XMLCALL
on_lifecycle_end(void *arg, const char *name)
{
	static const char rule[] = "/LifecycleConfiguration/Rule";
	const char *text;
	struct reading *r = arg;

	(void)name;
	text = r->text.len > 0 ? r->text.data : "";
	if (strcmp(r->path, rule) == 0)
		end_rule(r);
	else if (strncmp(r->path, rule, sizeof(rule) - 1) == 0)
		note_element(r, r->path + sizeof(rule), text);
	*strrchr(r->path, '/') = '\0';
	base_buf_reset(&r->text);
	if (r->bad)
		XML_StopParser(r->parser, XML_FALSE);
}

/* Types of documents can make entities of any size: there shall be none. */
static void XMLCALL
on_lifecycle_doctype(void *arg, const char *name, const char *sysid,
    const char *pubid, int internal)
{
	struct reading *r = arg;

	(void)name, (void)sysid, (void)pubid, (void)internal;
	r->bad = 1;
	XML_StopParser(r->parser, XML_FALSE);
}

/* Read the document DOC with R.  0, or -1 if it is none. */
static int
read_document(struct reading *r, const struct base_buf *doc)
{
	int ok;

	if ((r->parser = XML_ParserCreate(NULL)) == NULL)
		return -1;
	base_buf_init(&r->text);
	r->document = doc->data;
	XML_SetUserData(r->parser, r);
	XML_SetElementHandler(r->parser, on_lifecycle_start, on_lifecycle_end);
	XML_SetCharacterDataHandler(r->parser, on_lifecycle_text);
	XML_SetStartDoctypeDeclHandler(r->parser, on_lifecycle_doctype);
	ok = XML_Parse(r->parser, doc->len > 0 ? doc->data : "",
	    (int)doc->len, 1) == XML_STATUS_OK && !r->bad;
	XML_ParserFree(r->parser);
	base_buf_done(&r->text);
	return ok ? 0 : -1;
}

/* Fetch all rules and read them with R; that there are none is well. */
static enum object_verdict
fetch_rules(struct object_bucket *b, struct reading *r)
{
	static const struct net_sigv4_pair query[] = { { "lifecycle", "" } };
	const struct net_s3_request q = { .method = "GET", .key = "",
	    .query = query, .nquery = 1 };
	struct net_client_answer a;
	enum object_verdict v = object_bucket_send(b, &q, &a);

	if (v == OBJECT_NONE && strstr(b->why, "NoSuchLifecycle") != NULL)
		return OBJECT_OK;
	if (v != OBJECT_OK)
		return v == OBJECT_NONE ? OBJECT_WRONG : v;
	if (read_document(r, net_s3_body(b->s3)) == 0)
		return OBJECT_OK;
	strlcpy(b->why, "rules of the bucket that cannot be read",
	    OBJECT_WHY_LEN);
	return OBJECT_WRONG;
}

enum object_verdict
object_lifecycle_get(struct object_store *s, int (*each)(void *arg,
    const struct object_lifecycle_rule *rule), void *arg)
{
	struct object_bucket *b = object_store_bucket(s);
	struct reading r = { .each = each, .arg = arg };

	return b == NULL ? OBJECT_WRONG : fetch_rules(b, &r);
}

/* The document: what others have, then our rule. */
static void
add_rule(struct base_buf *doc, const char *id, const char *prefix,
    int64_t days)
{
	base_buf_str(doc, "<Rule><ID>");
	object_bucket_escape(doc, id);
	base_buf_str(doc, "</ID><Filter><Prefix>");
	object_bucket_escape(doc, prefix);
	base_buf_fmt(doc, "</Prefix></Filter><Status>Enabled</Status>"
	    "<Expiration><Days>%lld</Days></Expiration>"
	    "<AbortIncompleteMultipartUpload><DaysAfterInitiation>%d"
	    "</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>"
	    "</LifecycleConfiguration>", (long long)days, UNFINISHED_DAYS);
}

/* Ids have 255 characters; a longer prefix is cut, which is long enough. */
enum object_verdict
object_lifecycle_set(struct object_store *s, int64_t days)
{
	static const struct net_sigv4_pair query[] = { { "lifecycle", "" } };
	struct object_bucket *b = object_store_bucket(s);
	struct net_s3_request q = { .method = "PUT", .key = "",
	    .query = query, .nquery = 1 };
	struct reading r = { 0 };
	struct net_client_answer a;
	char id[200], md5[OBJECT_MD5_BASE64];
	struct base_buf doc;
	enum object_verdict v;

	if (b == NULL)
		return OBJECT_WRONG;
	assert(days > 0);
	snprintf(id, sizeof(id), "loc:%s", b->prefix);
	base_buf_init(&doc);
	base_buf_str(&doc, HEAD);
	r.kept = &doc;
	r.ours = id;
	v = fetch_rules(b, &r);
	add_rule(&doc, id, b->prefix, days);
	if (v == OBJECT_OK && !base_buf_ok(&doc)) {
		strlcpy(b->why, "out of memory", OBJECT_WHY_LEN);
		v = OBJECT_LATER;
	}
	if (v == OBJECT_OK) {
		object_bucket_base64_md5(md5, &doc);
		q.header[q.nheader++] = (struct net_sigv4_pair){
		    "content-md5", md5 };
		q.header[q.nheader++] = (struct net_sigv4_pair){
		    "content-type", "application/xml" };
		q.body = doc.data;
		q.len = doc.len;
		v = object_bucket_send(b, &q, &a);
	}
	base_buf_done(&doc);
	return v;
}
