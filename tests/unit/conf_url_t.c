/* SPDX-License-Identifier: ISC */
#include "conf/url.h"

#include "tap.h"

/* The parts of TEXT, each behind a word; or "!". */
static const char *
parts(enum conf_url_kind kind, const char *text)
{
	static char out[1024];
	struct conf_url u;
	size_t i, n = 0;

	if (conf_url_parse(&u, kind, text) != NULL)
		return "!";
#define ADD(...)	(n += (size_t)snprintf(out + n, sizeof(out) - n, __VA_ARGS__))
	out[0] = '\0';
	if (u.secure)
		ADD("S ");
	if (u.user != NULL)
		ADD("u=%s ", u.user);
	if (u.password != NULL)
		ADD("p=%s ", u.password);
	for (i = 0; i < u.nhosts; i++)
		ADD("h=%s/%u ", u.host[i].name, u.host[i].port);
	if (u.socket != NULL)
		ADD("s=%s ", u.socket);
	if (u.path != NULL)
		ADD("path=%s ", u.path);
	if (u.name != NULL)
		ADD("n=%s ", u.name);
	if (u.service != NULL)
		ADD("sv=%s ", u.service);
	if (u.ca != NULL)
		ADD("ca=%s ", u.ca);
	if (u.cert != NULL)
		ADD("cert=%s,%s ", u.cert, u.cert_key);
	if (u.any_name)
		ADD("any ");
	if (kind == CONF_URL_REDIS)
		ADD("db=%u ", u.db);
	if (u.no_arrays)
		ADD("no");
#undef ADD
	conf_url_done(&u);
	return out;
}

static const struct {
	const char	*text, *want;
} databases[] = {
	{ "mysql://h/d", "h=h/0 n=d " },
	{ "mysql+pymysql://u:p@h:3307/d", "u=u p=p h=h/3307 n=d " },
	{ "mysql://u@h/d", "u=u h=h/0 n=d " },
	{ "mysql://u:@h/d", "u=u p= h=h/0 n=d " },
	{ "mysql://us%40er:p%3a:%2F@w@h1,h2:33306/na_me",
	    "u=us@er p=p::/@w h=h1/0 h=h2/33306 n=na_me " },
	{ "mysql://u:p/w?x#y@h/d", "u=u p=p/w?x#y h=h/0 n=d " },
	{ "mysql://u:50%@h/d", "u=u p=50% h=h/0 n=d " },
	{ "mysql://u:%zz%4@h/d", "u=u p=%zz%4 h=h/0 n=d " },
	{ "mysql://u:p@[::1]:3306/d", "u=u p=p h=::1/3306 n=d " },
	{ "mysql://u:p@[fe80::1%25eth0],[::1]/d",
	    "u=u p=p h=fe80::1%eth0/0 h=::1/0 n=d " },
	{ "mysql://h/d?unix_socket=/run/a%20b", "h=h/0 s=/run/a b n=d " },
	{ "mysql://u:p@h/d?unix_socket=@abstract",
	    "u=u p=p h=h/0 s=@abstract n=d " },
	{ "mysql://u:p@h/d?unix_socket=/a@b/c",
	    "u=u p=p h=h/0 s=/a@b/c n=d " },
	{ "mysql://h/d?unix_socket=run", "h=h/0 s=run n=d " },
	{ "mysql://h/d?charset=utf8mb4&arrays=no", "h=h/0 n=d no" },
	{ "mysql://u:p@h/d?ssl_ca=/a@b/c", "S u=u p=p h=h/0 n=d ca=/a@b/c " },
	{ "mysql://h/d?ssl_ca=/a%20b&ssl_cert=/c&ssl_key=/k&charset=utf8",
	    "S h=h/0 n=d ca=/a b cert=/c,/k " },
	{ "mysql://h/d?ssl_ca=/a&ssl_check_hostname=false",
	    "S h=h/0 n=d ca=/a any " },
	{ "mysql://h/d?ssl_check_hostname=true&ssl_ca=/a",
	    "S h=h/0 n=d ca=/a " },
	{ "mysql://h/d?ssl_ca=a", "!" }, { "mysql://h/d?ssl_ca=", "!" },
	{ "mysql://h/d?ssl_ca=/a&ssl_key=/k", "!" },
	{ "mysql://h/d?ssl_cert=/a&ssl_key=/k", "!" },
	{ "mysql://h/d?ssl_check_hostname=false", "!" },
	{ "mysql://h/d?ssl_ca=/a&ssl_check_hostname=no", "!" },
	{ "mysql://h/d?ssl_ca=/a%00b", "!" },
	{ "", "!" }, { "mysql://", "!" }, { "mysql://h", "!" },
	{ "mysql://h/", "!" }, { "mysql:///d", "!" }, { "redis://h/1", "!" },
	{ "mariadb://h/d", "!" }, { "mysql://h:/d", "!" },
	{ "mysql://h:0/d", "!" }, { "mysql://h:x/d", "!" },
	{ "mysql://h:65536/d", "!" }, { "mysql://h:+1/d", "!" },
	{ "mysql://h:1:2/d", "!" }, { "mysql://h,/d", "!" },
	{ "mysql://h h/d", "!" }, { "mysql://::1/d", "!" },
	{ "mysql://[::1/d", "!" }, { "mysql://[1.2.3.4]/d", "!" },
	{ "mysql://[::1]1/d", "!" }, { "mysql://h/a`b", "!" },
	{ "mysql://h/a/b", "!" }, { "mysql://h/a%00b", "!" },
	{ "mysql://u:%00@h/d", "!" }, { "mysql://h/d?what=1", "!" },
	{ "mysql://h/d?unix_socket=", "!" },
	{ "MYSQL://h/d", "!" }
}, redis[] = {
	{ "redis://h", "h=h/0 db=0 " },
	{ "redis://h/", "h=h/0 db=0 " },
	{ "redis://h:7/3", "h=h/7 db=3 " },
	{ "redis://h?db=4", "h=h/0 db=4 " },
	{ "redis://h/?db=4", "h=h/0 db=4 " },
	{ "redis://:p@h/0", "u= p=p h=h/0 db=0 " },
	{ "redis://:p@ss/w:rd%@127.0.0.1:7419/0",
	    "u= p=p@ss/w:rd% h=127.0.0.1/7419 db=0 " },
	{ "redis://:p%40ss%2Fw%3Ard%25@127.0.0.1:7419/0",
	    "u= p=p@ss/w:rd% h=127.0.0.1/7419 db=0 " },
	{ "redis://locuser:secret@h", "u=locuser p=secret h=h/0 db=0 " },
	{ "redis://u:@[::1]:6379/1", "u=u p= h=::1/6379 db=1 " },
	{ "unix:///run/redis.sock", "s=/run/redis.sock db=0 " },
	{ "unix:///run/a@b.sock?db=2", "s=/run/a@b.sock db=2 " },
	{ "unix://:p@/run/redis.sock?db=1", "u= p=p s=/run/redis.sock db=1 " },
	{ "unix:///a:b@/s", "s=/a:b@/s db=0 " },
	{ "unix://u:p/@x@/s", "u=u p=p/@x s=/s db=0 " },
	{ "redis://", "!" }, { "redis://h/x", "!" }, { "redis://h/-1", "!" },
	{ "redis://h/1/2", "!" }, { "redis://h/9999999999", "!" },
	{ "redis://h?d=1", "!" }, { "redis://a,b", "!" },
	{ "rediss://h", "S h=h/0 db=0 " },
	{ "rediss://u:p%40@[::1]:6380/2?ssl_ca=/x@y/z",
	    "S u=u p=p@ h=::1/6380 ca=/x@y/z db=2 " },
	{ "rediss://h?db=3&ssl_cert=/c&ssl_key=/k&ssl_check_hostname=false",
	    "S h=h/0 cert=/c,/k any db=3 " },
	{ "redis+sentinel://:p@a:26379,[::1],c/mymaster/4",
	    "u= p=p h=a/26379 h=::1/0 h=c/0 sv=mymaster db=4 " },
	{ "rediss+sentinel://a/m?ssl_ca=/c", "S h=a/0 sv=m ca=/c db=0 " },
	{ "redis+sentinel://a,b", "!" }, { "redis+sentinel://a,b/", "!" },
	{ "redis+sentinel://a/m/x", "!" }, { "redis+sentinel://a/m?x=1", "!" },
	{ "redis://h?ssl_ca=/a", "!" }, { "rediss://h?ssl_cert=/a", "!" },
	{ "redis://h?", "!" }, { "redis://h/1?", "!" },
	{ "redis://u@h", "!" }, { "unix://", "!" },
	{ "unix://run", "!" }, { "unix:///s?db=x", "!" }, { "h:6379", "!" }
}, web[] = {
	{ "https://h", "S h=h/0 path= " },
	{ "http://u:p@h:1/a/b?c=d", "u=u p=p h=h/1 path=a/b " },
	{ "http://[::1]/", "h=::1/0 path= " },
	{ "ftp://h", "!" }, { "h", "!" }, { "http://h o", "!" },
	{ "http://h:99999", "!" }
}, dsn[] = {
	{ "https://k@h/1", "S u=k h=h/0 path=1 n=1 " },
	{ "http://k:s@h:9000/a/b/23?x", "u=k p=s h=h/9000 path=a/b/23 n=23 " },
	{ "gevent+https://k@h/1", "S u=k h=h/0 path=1 n=1 " },
	{ "https://h/1", "!" }, { "https://k@h/", "!" },
	{ "https://k@h/x", "!" }, { "https://k@h", "!" },
	{ "https://k k@h/1", "!" }, { "https://k@h/a%0d%0ab/1", "!" },
	{ "https://k@h/a b/1", "!" }, { "gevent+ftp://k@h/1", "!" },
	{ "+://k@h/1", "!" }
};

#define RUN(kind, table) \
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) \
		is_str(parts(kind, table[i].text), table[i].want, \
		    table[i].text)

static const struct {
	const char	*text, *want;
} hidden[] = {
	{ "mysql://u:p@h/d", "u:p" },
	{ "mysql://u:p/w@h/d", "u:p/w" },
	{ "mysql://u:p@h/d?x=y@z", "u:p@h/d?x=y" },
	{ "x://@", "" }, { "mysql://h/d", "" }, { "u:p@h", "" }, { "", "" }
};

int
main(void)
{
	struct conf_url u;
	char text[256], *p = text;
	const char *s;
	size_t i, len;

	RUN(CONF_URL_DATABASE, databases);
	RUN(CONF_URL_REDIS, redis);
	RUN(CONF_URL_WEB, web);
	RUN(CONF_URL_DSN, dsn);
	for (i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
		s = conf_url_hidden(hidden[i].text, &len);
		ok(s == NULL ? hidden[i].want[0] == '\0' :
		    strlen(hidden[i].want) == len &&
		    memcmp(s, hidden[i].want, len) == 0, "hidden of %s",
		    hidden[i].text);
	}
	p += sprintf(p, "mysql://a");
	for (i = 1; i < CONF_URL_HOSTS; i++)
		p += sprintf(p, ",a");
	strcpy(p, "/d");
	ok(conf_url_parse(&u, CONF_URL_DATABASE, text) == NULL &&
	    u.nhosts == CONF_URL_HOSTS, "as many hosts as there may be");
	conf_url_done(&u);
	strcpy(p, ",a/d");
	ok(conf_url_parse(&u, CONF_URL_DATABASE, text) != NULL,
	    "one more");
	conf_url_done(&u);	/* does no harm */
	ok(strstr(conf_url_parse(&u, CONF_URL_DATABASE,
	    "mysql://u:geheim@h:0/d"), "geheim") == NULL,
	    "what was expected shows no password");
	return tap_done();
}
