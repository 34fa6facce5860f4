// SPDX-License-Identifier: ISC
// The table of regions: columns sort, and a word leaves only rows that have it.
"use strict";
(() => {
	const table = document.getElementById("table");
	const body = table.tBodies[0];
	const heads = [...table.tHead.rows[0].cells];
	const rows = [...body.rows];
	const search = document.getElementById("search");
	const found = document.getElementById("found");
	const plain = (s) => s.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();

	const valueOf = (row, i) => {
		const cell = row.cells[i];
		return i === 0 ? plain(cell.textContent) : Number(cell.dataset.n);
	};

	const sortBy = (i, down) => {
		const sign = down ? -1 : 1;
		rows.sort((a, b) => {
			const x = valueOf(a, i), y = valueOf(b, i);
			return x < y ? -sign : x > y ? sign :
			    valueOf(a, 0) < valueOf(b, 0) ? -1 : 1;
		});
		body.append(...rows);
		heads.forEach((h, k) => {
			if (k === i)
				h.setAttribute("aria-sort", down ? "descending" : "ascending");
			else
				h.removeAttribute("aria-sort");
		});
	};

	const filter = () => {
		const word = plain(search.value.trim());
		let n = 0;
		for (const row of rows) {
			const head = row.cells[0];
			row.hidden = !plain(head.textContent).includes(word) &&
			    plain(head.dataset.code) !== word;
			n += row.hidden ? 0 : 1;
		}
		found.textContent = found.dataset.of.replace("{n}", n).replace("{all}", rows.length);
	};

	heads.forEach((h, i) => {
		const button = document.createElement("button");
		button.type = "button";
		button.textContent = h.textContent;
		button.addEventListener("click", () => {
			const was = h.getAttribute("aria-sort");
			sortBy(i, was ? was === "ascending" : i > 0);
		});
		h.replaceChildren(button);
	});
	search.addEventListener("input", filter);
	document.getElementById("tools").hidden = false;
	filter();
})();
