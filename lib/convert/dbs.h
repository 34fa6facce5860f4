/* SPDX-License-Identifier: ISC */
/* The databases of apps, by their tables. */
#ifndef CONVERT_DBS_H
#define CONVERT_DBS_H

struct convert_db;

/* Is D the database of that app? */
int	convert_dbs_is_kismet(struct convert_db *d);
int	convert_dbs_is_neostumbler(struct convert_db *d);
int	convert_dbs_is_wigle(struct convert_db *d);

/* Read all of it. */
void	convert_dbs_kismet(struct convert_db *d);
void	convert_dbs_neostumbler(struct convert_db *d);
void	convert_dbs_wigle(struct convert_db *d);

#endif
