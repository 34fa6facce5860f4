// SPDX-License-Identifier: ISC
//
// site.js URL [DIRECTORY]: look at every page of the website at URL in a
// Chromium, wide and narrow, light and dark, and print TAP; pictures of all go
// to DIRECTORY.  $LOC_NPM has playwright-core and axe-core.
//
// One browser does it all, as its start costs more than all pages.
"use strict";
const path = require("path");
const npm = (name) => require(path.join(process.env.LOC_NPM, name));
const { chromium } = npm("playwright-core");
const axe = npm("axe-core");

const [url, shots] = process.argv.slice(2);
const PAGES = ["/", "/map", "/stats", "/stats/regions", "/downloads", "/api", "/contribute", "/optout", "/privacy",
	"/terms", "/contact", "/status", "/no-such-page"];
// Where loc-mapgen was given points: also beside the date line and the poles.
const MAPS = ["#2/20/0", "#1/0/180", "#4/52.0/179.9", "#5/84/0", "#5/-84/20", "#11/51.500/-0.100", "#13/51.5000/-0.1000"];

let n = 0, failed = 0;
const ok = (is, what, why) => {
	console.log(`${is ? "ok" : "not ok"} ${++n} - ${what}`);
	if (!is) {
		failed++;
		console.log(String(why).replace(/^/gm, "# "));
	}
};

// A page, and what it does that it should not.
const watch = (page) => {
	const bad = [];
	page.on("console", (m) => {
		// The page that there is none is asked for.
		if (["error", "warning"].includes(m.type()) && !m.location().url.endsWith("/no-such-page"))
			bad.push("console: " + m.text() + " " + m.location().url);
	});
	page.on("pageerror", (e) => bad.push("error: " + e.message));
	page.on("request", (r) => {
		if (!r.url().startsWith(url) && !/^(data|blob):/.test(r.url()))
			bad.push("leaves the host: " + r.url());
	});
	page.on("requestfailed", (r) => {
		if (!/ERR_ABORTED/.test(r.failure().errorText))
			bad.push("failed: " + r.url() + " " + r.failure().errorText);
	});
	return bad;
};

// The page has all that its scripts fetch.
const settle = async (page, at) => {
	if (at.startsWith("/map"))
		await page.waitForSelector("#map[data-ready][aria-busy=false]");
	if (at === "/stats")
		await page.waitForSelector("figure canvas");
	if (at === "/status")
		await page.waitForFunction(() => /^Now/.test(document.getElementById("live").textContent));
};

// Tiles are faded in.
const shot = async (page, name) => {
	if (shots && name.startsWith("map"))
		await page.waitForTimeout(500);
	if (shots)
		await page.screenshot({ path: path.join(shots, name + ".png"), fullPage: !name.startsWith("map") });
};

// What axe-core finds is told with the element.  Only colours depend on the
// scheme.
const faults = async (page, all) => {
	const r = await page.evaluate(async (runOnly) => axe.run(document, { runOnly, resultTypes: ["violations"] }),
	    all ? ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] :
	    { type: "rule", values: ["color-contrast"] });
	return r.violations.map((v) => v.id + ": " + v.nodes.map((e) => e.html.slice(0, 120) + " " +
	    (e.any[0] ? e.any[0].message : "")).join(" | "));
};

const everyPage = async (context, width) => {
	const page = await context.newPage();
	const bad = watch(page);
	await page.addInitScript({ content: axe.source });
	for (const at of PAGES) {
		await page.emulateMedia({ colorScheme: "light" });
		await page.goto(url + at);
		await settle(page, at);
		for (const colorScheme of ["light", "dark"]) {
			await page.emulateMedia({ colorScheme });
			const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
			if (wide > 0)
				bad.push(`${wide} pixels too wide`);
			if (at === "/status" && await page.evaluate(() => {
				const table = document.querySelector(".scroll");
				return table.scrollWidth > table.clientWidth;
			}))
				bad.push("values beyond the border");
			bad.push(...await faults(page, colorScheme === "light"));
			await shot(page, `${at.slice(1).replace(/\//g, "-") || "home"}-${width}-${colorScheme}`);
			ok(bad.length === 0, `${at} at ${width}, ${colorScheme}`, bad.splice(0).join("\n"));
		}
	}
	await page.close();
};

// How many pixels of the dots on the map are not transparent.
const dots = (page) => page.evaluate(() => {
	let count = 0;
	for (const img of document.querySelectorAll(".leaflet-layer.dots img")) {
		if (!img.complete || !img.naturalWidth)
			continue;
		const c = document.createElement("canvas");
		c.width = c.height = 256;
		const d = c.getContext("2d");
		d.drawImage(img, 0, 0);
		for (const [i, v] of d.getImageData(0, 0, 256, 256).data.entries())
			count += i % 4 === 3 && v > 0;
	}
	return count;
});

// How many pixels of the base map are land.
const land = (page) => page.evaluate(() => {
	let count = 0;
	for (const c of document.querySelectorAll(".leaflet-tile-pane canvas"))
		for (const [i, v] of c.getContext("2d").getImageData(0, 0, c.width, c.height).data.entries())
			count += i % 4 === 3 && v > 0;
	return count;
});

const maps = async (context) => {
	const page = await context.newPage();
	const bad = watch(page);
	await page.goto(url + "/map");
	for (const layer of ["", "/wifi"])
		for (const at of MAPS) {
			await page.evaluate((h) => { location.hash = h; }, at + layer);
			await settle(page, "/map");
			const d = await dots(page), l = await land(page);
			await shot(page, "map" + (at + layer).replace(/[#/]/g, "_"));
			const hash = new URL(page.url()).hash;
			ok(bad.length === 0 && l > 0 && d > 0, `map at ${at}${layer}`,
			    `${d} dots, ${l} land\n` + bad.splice(0).join("\n"));
			ok(hash.startsWith(at.split("/")[0] + "/") && hash.endsWith(layer), "its address stays", hash);
		}
	const date = () => page.textContent("#updated");
	ok(await date() === "2001-02-03 04:05", "the date is that of the layer", await date());
	await page.evaluate(() => { location.hash = "#2/20/0"; });
	await page.waitForFunction(() => document.getElementById("updated").textContent > "2001-02-03 04:05");
	ok(await page.isChecked(".leaflet-control-layers-base label:first-child input"),
	    "an address without a layer is that of the first", page.url());
	ok(await page.isVisible(".leaflet-control-layers-list"), "where there is room the layers are listed");
	await page.goto(url + "/map");
	await settle(page, "/map");
	await page.click(".locate");
	await page.waitForFunction(() => document.getElementById("note").textContent !== "");
	ok(/within [0-9]+ m/.test(await page.textContent("#note")), "it shows where the service puts us",
	    await page.textContent("#note"));
	await page.evaluate(() => { location.hash = "#2/20/0"; });
	await settle(page, "/map");
	await page.focus("#map");
	const before = page.url();
	await page.keyboard.press("+");
	await page.waitForFunction((u) => location.href !== u, before);
	ok(/#3\//.test(page.url()), "a key zooms in", page.url());
	await page.close();
};

// On a small screen the list of layers does not hide the map until it is asked for.
const smallMap = async (context) => {
	const page = await context.newPage();
	for (const [width, height] of [[390, 844], [844, 390]]) {
		await page.setViewportSize({ width, height });
		await page.goto(url + "/map");
		await settle(page, "/map");
		ok(!await page.isVisible(".leaflet-control-layers-list"), `no list of layers at ${width} x ${height}`);
		await page.focus(".leaflet-control-layers-toggle");
		await page.keyboard.press("Enter");
		ok(await page.isVisible(".leaflet-control-layers-list"), "until a key opens it");
	}
	await page.close();
};

const tables = async (context) => {
	const page = await context.newPage();
	await page.goto(url + "/stats/regions");
	const first = (i) => page.locator("#table tbody tr:visible").first().locator("th,td").nth(i).textContent();
	const n = async (i) => Number((await first(i)).replace(/\D/g, ""));
	const button = (i) => page.locator("#table thead th").nth(i).locator("button");
	await button(0).click();
	const az = await first(0);
	await button(0).click();
	ok(az < await first(0), "a table sorts by name", az);
	await button(1).click();
	const most = await n(1);
	await button(1).click();
	ok(most > await n(1), "and by number", most);
	await page.fill("#search", az);
	ok(await page.locator("#table tbody tr:visible").count() >= 1 && await first(0) === az, "search leaves what is searched");
	await page.fill("#search", "zzz");
	ok(await page.locator("#table tbody tr:visible").count() === 0, "or nothing");
	await page.goto(url + "/stats");
	await page.waitForSelector("figure canvas");
	ok(await page.locator("figure:visible canvas").count() === 6, "six plots");
	ok(await page.evaluate(() => [...document.querySelectorAll("figure canvas")].every((c) =>
	    c.getContext("2d").getImageData(0, 0, c.width, c.height).data.some((v) => v > 0))), "are drawn");
	await page.close();
};

const forms = async (context) => {
	const page = await context.newPage();
	const bad = watch(page);
	await page.goto(url + "/api");
	const forms = await page.locator("form.call").all();
	ok(forms.length === 5, "five forms", forms.length);
	for (const form of forms) {
		await form.locator("[type=submit]").click();
		const answer = form.locator(".answer");
		await answer.filter({ hasText: /^[0-9]{3} / }).waitFor();
		const text = await answer.textContent();
		ok(/^(200|404) /.test(text), await form.getAttribute("data-path"), text);
	}
	await page.fill("#country-body", "{\"a\": \"it's\"}");
	const curl = await page.locator("[data-path^='/v1/country'] .curl").textContent();
	ok(curl.includes(`'{"a": "it'\\''s"}'`), "the command is what the form does", curl);
	// Browsers tell of answers such as 404 as well.
	const noise = bad.filter((b) => !/status of 404/.test(b));
	ok(noise.length === 0, "forms make no other noise", noise.join("\n"));
	await page.close();
};

// The same, with the service on another host, which tells pages nothing of how
// it is.
const elsewhere = async (browser) => {
	const context = await browser.newContext({ bypassCSP: true });
	const from = async (service) => {
		const page = await context.newPage();
		await page.addInitScript((s) => {
			new MutationObserver((_, o) => {
				const live = document.getElementById("live");
				if (live) {
					live.dataset.from = s;
					o.disconnect();
				}
			}).observe(document, { childList: true, subtree: true });
		}, service);
		await page.goto(url + "/status");
		await settle(page, "/status");
		return page.textContent("#live");
	};
	const there = await from(url.replace("127.0.0.1", "localhost"));
	ok(there === "Now: the service answers.", "a service on another host answers", there);
	const away = await from("http://localhost:1");
	ok(away === "Now: the service does not answer.", "or does not", away);
	await context.close();
};

// Without scripts everything but the map is there.
const plain = async (browser) => {
	const context = await browser.newContext({ javaScriptEnabled: false });
	const page = await context.newPage();
	await page.goto(url + "/stats/regions");
	ok(await page.locator("#table tbody tr").count() > 0, "regions without scripts");
	await page.goto(url + "/stats");
	ok(await page.locator("table tbody tr").count() >= 12, "months without scripts");
	await page.goto(url + "/map");
	ok(await page.locator("noscript, .note").first().isVisible(), "the map says that it needs them");
	await context.close();
};

(async () => {
	const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
		args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
	for (const [width, height] of [[1280, 800], [390, 844]]) {
		const context = await browser.newContext({ viewport: { width, height }, reducedMotion: "reduce" });
		context.setDefaultTimeout(60000);
		await everyPage(context, width);
		if (width > 1000) {
			await maps(context);
			await tables(context);
			await forms(context);
		} else
			await smallMap(context);
		await context.close();
	}
	await elsewhere(browser);
	await plain(browser);
	await browser.close();
	console.log(`1..${n}`);
	process.exit(failed ? 1 : 0);
})().catch((e) => { console.log("Bail out! " + e.stack); process.exit(1); });
