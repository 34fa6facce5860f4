/* SPDX-License-Identifier: ISC */
/*
 * A bucket has all its rules in one document, which can only be replaced as a
 * whole.  So the rules of others are taken over byte by byte, whatever they
 * say: object/xml.h tells where they begin and end.  Two who set rules at the
 * same moment may undo each other, as the API has nothing against that.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "object/bucket.h"
#include "object/lifecycle.h"
#include "object/xml.h"

#define TEXT_LEN	1024
#define UNFINISHED_DAYS	7
#define HEAD	"<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/" \
		"doc/2006-03-01/\">"

/* A document at work. */
struct reading {
	struct object_xml *xml;
	char		 id[TEXT_LEN], prefix[TEXT_LEN];	/* of RULE */
	struct object_lifecycle_rule rule;
	/* what is done with each: told, or kept unless it is OURS */
	int		(*each)(void *, const struct object_lifecycle_rule *);
	void		*arg;
	const char	*ours, *document;
	struct base_buf	*kept;
};

static void
begin_rule(struct reading *r)
{
	*r->id = *r->prefix = '\0';
	r->rule = (struct object_lifecycle_rule){ r->id, r->prefix, 0, 0 };
}

/* A rule is complete, with all its bytes. */
static int
end_rule(struct reading *r)
{
	size_t from, to;

	if (r->each != NULL && r->each(r->arg, &r->rule) != 0)
		return -1;
	object_xml_where(r->xml, &from, &to);
	if (r->kept != NULL && strcmp(r->id, r->ours) != 0)
		base_buf_add(r->kept, r->document + from, to - from);
	begin_rule(r);
	return 0;
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

static int
on_lifecycle_element(void *arg, const char *path, const char *text)
{
	static const char rule[] = "LifecycleConfiguration/Rule";
	struct reading *r = arg;

	if (strncmp(path, rule, strcspn(rule, "/")) != 0)
		return -1;
	if (strcmp(path, rule) == 0)
		return end_rule(r);
	if (text != NULL && strncmp(path, rule, sizeof(rule) - 1) == 0 &&
	    path[sizeof(rule) - 1] == '/')
		note_element(r, path + sizeof(rule), text);
	return 0;
}

/* Read the document DOC with R.  0, or -1 if it is none. */
static int
read_document(struct reading *r, const struct base_buf *doc)
{
	int rc = -1;

	if ((r->xml = object_xml_new(on_lifecycle_element, r)) == NULL)
		return -1;
	r->document = doc->len > 0 ? doc->data : "";
	begin_rule(r);
	if (object_xml_feed(r->xml, r->document, doc->len) == 0)
		rc = object_xml_end(r->xml);
	object_xml_free(r->xml);
	return rc;
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
