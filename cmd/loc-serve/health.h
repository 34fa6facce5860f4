/* SPDX-License-Identifier: ISC */
/* The last heartbeat, which those who ask within a second share. */
#ifndef SERVE_HEALTH_H
#define SERVE_HEALTH_H

struct serve_health;

/* Returns NULL after a warning. */
struct serve_health *serve_health_new(void);
void	serve_health_free(struct serve_health *h);

#endif
