/* SPDX-License-Identifier: ISC */
/*
 * This file defines functions with the names of libcurl's own, and loads the
 * library when the first of them is called.  The files of this folder are
 * compiled against libcurl's headers and call these; the linker finds them
 * here before it looks into the library, which --as-needed then leaves out.
 *
 * The library brings thirty others with it.  To load them takes longer than
 * most programs need for their work, and than "loc-serve -1" has for a whole
 * request.
 *
 * A function of libcurl that is called and missing here makes the program
 * depend on the library again; "readelf -d" shows whether one does.
 */
#include <dlfcn.h>
#include <err.h>
#include <pthread.h>
#include <stdarg.h>

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#define LIBRARY		"libcurl.so.4"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static void *library;

/* Once in a process, by whoever comes first. */
static void
load_libcurl(void)
{
	CURLcode (*init)(long) = NULL;

	if ((library = dlopen(LIBRARY, RTLD_NOW)) != NULL)
		init = (CURLcode (*)(long))dlsym(library, "curl_global_init");
	if (init == NULL) {
		warnx("%s", dlerror());
		library = NULL;
	} else
		init(CURL_GLOBAL_DEFAULT);
}

/* The library's own function NAME, or NULL. */
static void *
libcurl_symbol(const char *name)
{
	pthread_once(&once, load_libcurl);
	return library == NULL ? NULL : dlsym(library, name);
}

/*
 * A function that passes its arguments on.  Without the library it returns
 * INSTEAD, so that there are no handles, and nothing else is ever called.
 */
#define FORWARD(type, name, params, args, instead)	\
type							\
(name) params						\
{							\
	type (*f) params = (type (*) params)libcurl_symbol(#name);	\
							\
	return f == NULL ? (instead) : f args;		\
}
/* To release NULL nothing need be loaded. */
#define FORWARD_RELEASE(name, type)			\
void							\
(name)(type p)						\
{							\
	if (p != NULL)					\
		((void (*)(type))libcurl_symbol(#name))(p);	\
}

FORWARD(CURL *, curl_easy_init, (void), (), NULL)
FORWARD(CURLcode, curl_easy_perform, (CURL *c), (c), CURLE_FAILED_INIT)
FORWARD_RELEASE(curl_easy_cleanup, CURL *)
FORWARD(const char *, curl_easy_strerror, (CURLcode rc), (rc), LIBRARY)
FORWARD(struct curl_slist *, curl_slist_append,
    (struct curl_slist *list, const char *text), (list, text), NULL)
FORWARD_RELEASE(curl_slist_free_all, struct curl_slist *)
FORWARD(CURLU *, curl_url, (void), (), NULL)
FORWARD_RELEASE(curl_url_cleanup, CURLU *)
FORWARD(CURLUcode, curl_url_set,
    (CURLU *u, CURLUPart part, const char *text, unsigned flags),
    (u, part, text, flags), CURLUE_OUT_OF_MEMORY)
FORWARD(CURLUcode, curl_url_get,
    (CURLU *u, CURLUPart part, char **text, unsigned flags),
    (u, part, text, flags), CURLUE_OUT_OF_MEMORY)
FORWARD_RELEASE(curl_free, void *)
FORWARD(CURLHcode, curl_easy_header,
    (CURL *c, const char *name, size_t i, unsigned origin, int request,
    struct curl_header **h), (c, name, i, origin, request, h),
    CURLHE_MISSING)

/*
 * The type of the argument follows from the range that the number of the
 * option is in; see CURLOPTTYPE_* in libcurl's header.
 */
CURLcode
curl_easy_setopt(CURL *c, CURLoption option, ...)
{
	CURLcode (*f)(CURL *, CURLoption, ...) =
	    (CURLcode (*)(CURL *, CURLoption, ...))
	    libcurl_symbol("curl_easy_setopt");
	CURLcode rc = CURLE_FAILED_INIT;
	va_list ap;

	va_start(ap, option);
	if (f == NULL)
		;
	else if (option < CURLOPTTYPE_OBJECTPOINT)
		rc = f(c, option, va_arg(ap, long));
	else if (option >= CURLOPTTYPE_OFF_T && option < CURLOPTTYPE_BLOB)
		rc = f(c, option, va_arg(ap, curl_off_t));
	else
		rc = f(c, option, va_arg(ap, void *));
	va_end(ap);
	return rc;
}

/* What is asked for goes to a pointer, whatever it is. */
CURLcode
curl_easy_getinfo(CURL *c, CURLINFO info, ...)
{
	CURLcode (*f)(CURL *, CURLINFO, ...) =
	    (CURLcode (*)(CURL *, CURLINFO, ...))
	    libcurl_symbol("curl_easy_getinfo");
	CURLcode rc = CURLE_FAILED_INIT;
	va_list ap;

	va_start(ap, info);
	if (f != NULL)
		rc = f(c, info, va_arg(ap, void *));
	va_end(ap);
	return rc;
}
