/* SPDX-License-Identifier: ISC */
/* The base map of the website: shapes and names of all regions.  Pure. */
#ifndef SITE_WORLD_H
#define SITE_WORLD_H

struct base_buf;

/*
 * Append the base map as JSON: "scale", how many units a degree has, and
 * "regions", of each its "code" and "name", "label", the longitude and latitude
 * where there is most room for the name, and how many degrees wide that is; and
 * "rings", arrays of numbers: longitude and latitude of the first vertex, then
 * the way to each next one.
 */
void	site_world(struct base_buf *b);

/*
 * Append the same as a picture in SVG: the whole world in Web Mercator, and no
 * names.
 */
void	site_world_svg(struct base_buf *b);

#endif
