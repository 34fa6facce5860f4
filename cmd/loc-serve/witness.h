/* SPDX-License-Identifier: ISC */
/* Whom a submission or a question is from, see obs/witness.h. */
#ifndef SERVE_WITNESS_H
#define SERVE_WITNESS_H

#include "obs/proof.h"
#include "obs/witness.h"

struct base_pool;
struct conf_file;
struct serve_call;
struct serve_witness;

/* The secret is asked of DATABASE.  Returns NULL after a warning. */
struct serve_witness *serve_witness_new(struct base_pool *database,
	    const struct conf_file *cf);
void	serve_witness_free(struct serve_witness *w);

/* Ask for the secret, unless it is known, or that was in vain a moment ago. */
void	serve_witness_learn(struct serve_witness *w);

/*
 * Who sends C, at NOW_MS.  While the secret is not known all are one witness;
 * it is asked for, unless C's thread may not wait.  From any thread.
 */
struct obs_witness serve_witness_of(struct serve_witness *w,
	    const struct serve_call *c, int64_t now_ms);

/*
 * Set P to what names of networks are proven by, at NOW_MS.  Returns 1, or 0 if
 * nothing that C's key reports is proven that way, or while the secret is not
 * known, as above.  From any thread.
 */
int	serve_witness_proof(struct serve_witness *w,
	    const struct serve_call *c, int64_t now_ms, struct obs_proof *p);

#endif
