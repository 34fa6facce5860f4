// SPDX-License-Identifier: ISC
// Whether the service answers now.  On another host than this page it lets
// pages read nothing of how it is; but any page may ask what its API takes.
"use strict";
(() => {
	const live = document.getElementById("live");
	const ask = (path, method) => fetch(live.dataset.from + path, { cache: "no-store", method });
	live.hidden = false;
	ask("/__heartbeat__", "GET")
		.then((r) => { live.textContent = r.ok ? live.dataset.up : live.dataset.half; })
		.catch(() => ask("/v1/geolocate", "OPTIONS").then(() => { live.textContent = live.dataset.answers; }))
		.catch(() => { live.textContent = live.dataset.down; });
})();
