// SPDX-License-Identifier: ISC
// Plots of what was counted, day by day.
"use strict";
(() => {
	const plots = document.getElementById("plots");
	const style = getComputedStyle(document.documentElement);
	// Asked for whenever something is drawn, as a page may turn dark later.
	const colour = (name) => () => style.getPropertyValue(name).trim();
	const short = new Intl.NumberFormat(document.documentElement.lang,
	    { notation: "compact", maximumSignificantDigits: 3 });
	const long = new Intl.NumberFormat(document.documentElement.lang);
	const day = (s) => new Date(s * 1000).toISOString().slice(0, 10);
	// There is a number for each day: nothing is told of hours.
	const days = [1, 2, 7, 14, 30, 60, 91, 182, 365, 730, 1825].map((n) => n * 86400);
	const drawn = [];

	const axis = (more) => Object.assign({
		stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 },
		ticks: { stroke: colour("--line"), width: 1 },
		font: "12px system-ui, sans-serif"
	}, more);

	const draw = (figure, points) => {
		const name = figure.querySelector("figcaption").textContent;
		const at = figure.querySelector(".plot");
		const last = points[points.length - 1];
		figure.hidden = false;
		at.setAttribute("role", "img");
		at.setAttribute("aria-label", plots.dataset.label.replace("{name}", name)
		    .replace("{first}", day(points[0][0])).replace("{last}", day(last[0]))
		    .replace("{value}", long.format(last[1])));
		const plot = new uPlot({
			width: at.clientWidth, height: 220, tzDate: (ts) => uPlot.tzDate(new Date(ts * 1e3), "Etc/UTC"),
			legend: { show: false }, cursor: { show: false },
			scales: { y: { range: (u, min, max) => [0, Math.max(1, max * 1.05)] } },
			axes: [axis({ space: 70, incrs: days }), axis({ size: 60, values: (u, v) => v.map((n) => short.format(n)) })],
			series: [{}, { stroke: colour("--button"), width: 2, fill: () => colour("--button")() + "22", points: { show: points.length < 3 } }]
		}, [points.map((p) => p[0]), points.map((p) => p[1])], at);
		drawn.push([plot, at]);
	};

	const drawAll = (data) => {
		let n = 0;
		for (const figure of plots.querySelectorAll("figure")) {
			const points = data[figure.dataset.key] || [];
			if (points.length === 0)
				continue;
			draw(figure, points);
			n++;
		}
		if (n === 0)
			plots.textContent = plots.dataset.none;
	};

	addEventListener("resize", () => {
		for (const [plot, at] of drawn)
			plot.setSize({ width: at.clientWidth, height: 220 });
	});
	matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
		for (const [plot] of drawn)
			plot.redraw();
	});
	fetch(plots.dataset.from).then((r) => r.json()).then(drawAll);
})();
