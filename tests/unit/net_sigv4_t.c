/* SPDX-License-Identifier: ISC */
/*
 * The examples of "Signature Calculations for the Authorization Header" in
 * the Amazon S3 API reference, and of the derivation of a signing key in the
 * AWS General Reference.
 */
#include "base/buf.h"
#include "net/sigv4.h"
#include "tap.h"

#define EMPTY	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b" \
		"7852b855"
#define DATE	"20130524T000000Z"
#define HOST	{ "host", "examplebucket.s3.amazonaws.com" }
#define COMMON(hash)	{ "x-amz-content-sha256", hash }, \
			{ "x-amz-date", DATE }
#define CREDENTIAL	"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/" \
			"20130524/us-east-1/s3/aws4_request,SignedHeaders="

static const struct net_sigv4_pair get_headers[] = {
	HOST, { "range", "bytes=0-9" }, COMMON(EMPTY)
}, put_headers[] = {
	{ "date", "Fri, 24 May 2013 00:00:00 GMT" }, HOST,
	COMMON("44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f"
	    "8b072"),
	{ "x-amz-storage-class", "REDUCED_REDUNDANCY" }
}, headers[] = {
	HOST, COMMON(EMPTY)
}, lifecycle[] = {
	{ "lifecycle", "" }
}, list[] = {
	{ "prefix", "J" }, { "max-keys", "2" }
};

#define N(a)	(a), sizeof(a) / sizeof((a)[0])

static const struct {
	struct net_sigv4_request r;
	const char	*target, *authorization;
} examples[] = {
	{ { "GET", "/test.txt", NULL, 0, N(get_headers), EMPTY },
	    "/test.txt", CREDENTIAL
	    "host;range;x-amz-content-sha256;x-amz-date,Signature="
	    "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
	},
	{ { "PUT", "/test$file.text", NULL, 0, N(put_headers),
	    "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"
	    }, "/test%24file.text", CREDENTIAL
	    "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,"
	    "Signature="
	    "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
	},
	{ { "GET", "/", N(lifecycle), N(headers), EMPTY },
	    "/?lifecycle=", CREDENTIAL
	    "host;x-amz-content-sha256;x-amz-date,Signature="
	    "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
	},
	{ { "GET", "/", N(list), N(headers), EMPTY },
	    "/?max-keys=2&prefix=J", CREDENTIAL
	    "host;x-amz-content-sha256;x-amz-date,Signature="
	    "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
	}
};

static void
test_examples(void)
{
	const struct net_sigv4_key key = { "AKIAIOSFODNN7EXAMPLE",
	    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1", "s3" };
	struct base_buf b;
	size_t i;

	base_buf_init(&b);
	for (i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		base_buf_reset(&b);
		net_sigv4_target(&b, &examples[i].r);
		is_str(b.data, examples[i].target, examples[i].target);
		base_buf_reset(&b);
		net_sigv4_sign(&b, &examples[i].r, &key, DATE);
		is_str(b.data, examples[i].authorization, "signed");
	}
	base_buf_done(&b);
}

static void
test_encoding(void)
{
	const struct net_sigv4_pair query[] = { { "b", "\xc3\xa4 +/~" },
	    { "a-b", "" }, { "a", "%2F" }, { "A", "=&" } };
	const struct net_sigv4_request r = { "GET", "/a b/\xc3\xa4+(1)/~.-_",
	    N(query), NULL, 0, EMPTY };
	struct base_buf b;

	base_buf_init(&b);
	net_sigv4_target(&b, &r);
	is_str(b.data, "/a%20b/%C3%A4%2B%281%29/~.-_?"
	    "A=%3D%26&a=%252F&a-b=&b=%C3%A4%20%2B%2F~", "encoded, in order");
	base_buf_done(&b);
}

int
main(void)
{
	char date[NET_SIGV4_DATE_LEN];

	net_sigv4_date(date, 1369353600);
	is_str(date, DATE, "a date");
	test_examples();
	test_encoding();
	return tap_done();
}
