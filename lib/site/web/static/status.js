// SPDX-License-Identifier: ISC
// Whether the service answers now.
"use strict";
(() => {
	const live = document.getElementById("live");
	live.hidden = false;
	fetch(live.dataset.from + "/__heartbeat__", { cache: "no-store" })
		.then((r) => { live.textContent = r.ok ? live.dataset.up : live.dataset.half; })
		.catch(() => { live.textContent = live.dataset.down; });
})();
