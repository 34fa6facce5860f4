// SPDX-License-Identifier: ISC
// Forms that call the API and show what it says, and the command that does it.
"use strict";
(() => {
	const calls = document.getElementById("calls");

	// The service, unless it is somewhere else, is where this page is.
	const where = calls.dataset.api || location.origin;

	// One word for a shell, whatever is in it.
	const quote = (s) => "'" + s.replace(/'/g, "'\\''") + "'";

	const pathOf = (form) => form.elements.path ? form.elements.path.value : form.dataset.path;

	const command = (form) => {
		const url = quote(where + pathOf(form));
		if (form.dataset.method === "GET")
			return "curl " + url;
		return "curl -H 'Content-Type: application/json' -d " +
		    quote(form.elements.body.value.replace(/\s*\n\s*/g, " ")) + " " + url;
	};

	const pretty = (text) => {
		try {
			return JSON.stringify(JSON.parse(text), null, 2);
		} catch (e) {
			return text;
		}
	};

	const call = async (form, answer) => {
		const post = form.dataset.method === "POST";
		answer.hidden = false;
		answer.textContent = calls.dataset.busy;
		try {
			const r = await fetch(where + pathOf(form), post ?
			    { method: "POST", headers: { "Content-Type": "application/json" }, body: form.elements.body.value } : {});
			answer.textContent = r.status + " " + r.statusText + "\n" + pretty(await r.text());
		} catch (e) {
			answer.textContent = calls.dataset.failed;
		}
	};

	for (const form of calls.querySelectorAll("form.call")) {
		const answer = form.querySelector(".answer");
		const curl = form.querySelector(".curl code");
		const copy = form.querySelector(".copy");
		form.querySelector("[type=submit]").disabled = false;
		form.addEventListener("submit", (e) => {
			e.preventDefault();
			call(form, answer);
		});
		form.addEventListener("input", () => { curl.textContent = command(form); });
		curl.textContent = command(form);
		if (navigator.clipboard) {
			copy.hidden = false;
			copy.addEventListener("click", () => navigator.clipboard.writeText(curl.textContent));
		}
	}
})();
