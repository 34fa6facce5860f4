/* SPDX-License-Identifier: ISC */
/*
 * What pages of the website may load and ask (Content Security Policy): only
 * what comes with them, and what the operator has named.  loc-site writes it
 * into pages, and loc-serve sends it with them.  Pure.
 */
#ifndef SITE_CSP_H
#define SITE_CSP_H

struct base_buf;
struct conf_file;

/*
 * Append the policy for the settings CF.  HEADER adds what counts in the header
 * only: that no other site may frame a page.
 */
void	site_csp(struct base_buf *b, const struct conf_file *cf, int header);

#endif
