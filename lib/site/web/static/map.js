// SPDX-License-Identifier: ISC
// The map: our own base map of shapes and names, and the tiles of reports.
"use strict";
(() => {
	const place = document.getElementById("map");
	const set = place.dataset;
	const note = document.getElementById("note");
	const layers = [...place.querySelectorAll("[data-layer]")].map((e) => ({
		name: e.dataset.layer, title: e.textContent.trim(), zoom: Number(e.dataset.zoom),
		tiles: e.dataset.tiles, archive: e.dataset.archive, updated: e.dataset.updated
	}));
	place.replaceChildren();

	const WATER = "#0d1620", LAND = "#1e2935", BORDER = "#4a5d70";
	const MAX = 14, LIMIT = 85.0511;

	const map = L.map(place, {
		center: [25, 9], zoom: 2, minZoom: 1, maxZoom: MAX, zoomControl: false, worldCopyJump: true,
		maxBounds: [[-LIMIT, -Infinity], [LIMIT, Infinity]], maxBoundsViscosity: 1
	});
	L.control.zoom({ zoomInTitle: set.zoomIn, zoomOutTitle: set.zoomOut }).addTo(map);
	map.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a>');

	// A latitude as a share of the height of the world, from the north.
	const mercator = (lat) => {
		const s = Math.sin(Math.max(-89, Math.min(89, lat)) * Math.PI / 180);
		return 0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI);
	};

	// Rings of a region as shares of the world, and the box around them.
	const unpack = (region, scale) => {
		const box = [2, 2, -1, -1];
		const rings = region.rings.map((r) => {
			const out = new Float64Array(r.length);
			let x = 0, y = 0;
			for (let i = 0; i < r.length; i += 2) {
				x += r[i];
				y += r[i + 1];
				const px = x / scale / 360 + 0.5, py = mercator(y / scale);
				out[i] = px;
				out[i + 1] = py;
				box[0] = Math.min(box[0], px);
				box[1] = Math.min(box[1], py);
				box[2] = Math.max(box[2], px);
				box[3] = Math.max(box[3], py);
			}
			return out;
		});
		return { name: region.name, label: region.label, rings, box };
	};

	// One path of a ring; EDGES leaves out the sides of the world.
	const trace = (path, ring, size, x0, y0, edges) => {
		let side = false;
		for (let i = 0; i < ring.length; i += 2) {
			const x = ring[i] * size - x0, y = ring[i + 1] * size - y0;
			const on = edges && (ring[i] < 1e-6 || ring[i] > 1 - 1e-6 || ring[i + 1] > 1);
			if (i === 0 || (on && side))
				path.moveTo(x, y);
			else
				path.lineTo(x, y);
			side = on;
		}
	};

	// Shapes drawn tile by tile, so that moving and zooming cost little.
	const World = L.GridLayer.extend({
		createTile(coords) {
			const canvas = document.createElement("canvas");
			const ratio = Math.min(2, devicePixelRatio || 1), px = this.getTileSize().x;
			const size = px * 2 ** coords.z, x0 = coords.x * px, y0 = coords.y * px;
			const c = canvas.getContext("2d");
			canvas.width = canvas.height = px * ratio;
			c.scale(ratio, ratio);
			c.fillStyle = LAND;
			c.strokeStyle = BORDER;
			c.lineWidth = coords.z < 3 ? 0.5 : 0.9;
			for (const r of this.options.regions) {
				if (r.box[2] * size < x0 - 1 || r.box[0] * size > x0 + px + 1 ||
				    r.box[3] * size < y0 - 1 || r.box[1] * size > y0 + px + 1)
					continue;
				const fill = new Path2D(), line = new Path2D();
				for (const ring of r.rings) {
					trace(fill, ring, size, x0, y0, false);
					fill.closePath();
					trace(line, ring, size, x0, y0, true);
				}
				c.fill(fill, "evenodd");
				c.stroke(line);
			}
			return canvas;
		}
	});

	// Names where there is room for them.
	const measure = document.createElement("canvas").getContext("2d");
	measure.font = "12px sans-serif";
	const names = L.layerGroup();
	const showNames = (regions) => {
		const size = 256 * 2 ** map.getZoom() / 360, seen = map.getBounds().pad(0.2);
		names.clearLayers();
		for (const r of regions) {
			const room = r.label[2] * size;
			r.width = r.width || measure.measureText(r.name).width;
			if (room < r.width * 0.9 || map.getZoom() > 9 || Math.abs(r.label[1]) > LIMIT)
				continue;
			for (const turn of [-360, 0, 360]) {
				const at = [r.label[1], r.label[0] + turn];
				if (seen.contains(at))
					names.addLayer(L.marker(at, {
						interactive: false, keyboard: false,
						icon: L.divIcon({ className: "name", html: "", iconSize: [r.width + 16, 18] })
					}).on("add", (e) => { e.target.getElement().textContent = r.name; }));
			}
		}
	};

	// Where a list of layers would hide the map it is opened by who wants it.
	const small = innerWidth < 640 || innerHeight < 480;
	const layersControl = L.control.layers({}, {}, { collapsed: small || layers.length < 4, position: "topright" });

	const base = () => {
		if (set.basemap) {
			L.tileLayer(set.basemap, { maxZoom: MAX, zIndex: 1, attribution: set.credit }).addTo(map);
			return Promise.resolve();
		}
		map.attributionControl.addAttribution("Natural Earth");
		return fetch(set.world).then((r) => r.json()).then((world) => {
			const regions = world.regions.map((r) => unpack(r, world.scale));
			new World({ regions, zIndex: 1, maxZoom: MAX, bounds: [[-89, -Infinity], [89, Infinity]] }).addTo(map);
			showNames(regions);
			names.addTo(map);
			map.on("moveend", () => showNames(regions));
			layersControl.addOverlay(names, set.names);
		});
	};

	// The layer of tiles that is shown is part of the address, and the legend
	// has its date.
	const made = new Map();
	const updated = document.getElementById("updated");
	let shown = "", wanted;

	const onShown = (l) => {
		shown = l.name;
		updated.textContent = l.updated;
		writeHash();
	};

	const makeLayer = async (l) => {
		const options = { maxZoom: MAX, maxNativeZoom: l.zoom || 11, zIndex: 2, className: "dots" };
		if (l.tiles)
			return L.tileLayer(l.tiles, options);
		const archive = new pmtiles.PMTiles(l.archive);
		const head = await archive.getHeader();
		return pmtiles.leafletRasterLayer(archive, { ...options, maxNativeZoom: head.maxZoom });
	};

	const writeHash = () => {
		const c = map.getCenter().wrap(), z = map.getZoom(), digits = Math.max(0, Math.ceil(z / 2));
		const more = shown && shown !== layers[0].name ? "/" + shown : "";
		history.replaceState(null, "", `#${z}/${c.lat.toFixed(digits)}/${c.lng.toFixed(digits)}${more}`);
	};

	const readHash = () => {
		const [z, lat, lng, name] = location.hash.slice(1).split("/");
		if (z !== undefined && isFinite(z) && isFinite(lat) && isFinite(lng))
			map.setView([Math.max(-85, Math.min(85, Number(lat))), Number(lng)],
			    Math.max(1, Math.min(MAX, Number(z))), { animate: false });
		return name;
	};

	const addLayers = async () => {
		wanted = readHash();
		for (const l of layers) {
			let layer;
			try {
				layer = await makeLayer(l);
			} catch (e) {
				continue;	// an archive that is not there now
			}
			made.set(l.name, layer);
			layersControl.addBaseLayer(layer, l.title);
			layer.on("loading", () => place.setAttribute("aria-busy", "true"));
			layer.on("load", () => place.setAttribute("aria-busy", "false"));
			layer.on("add", () => onShown(l));
		}
		const first = made.get(wanted) || made.values().next().value;
		if (first)
			first.addTo(map);
	};

	// "Locate me" asks this service, and not the browser's.
	let mark = null;
	const locate = async () => {
		try {
			const r = await fetch(set.api + "/v1/geolocate" + set.query, {
				method: "POST", headers: { "Content-Type": "application/json" }, body: "{}"
			});
			const answer = await r.json();
			if (!r.ok)
				throw new Error(r.status);
			const at = [answer.location.lat, answer.location.lng];
			if (mark)
				mark.remove();
			mark = L.circle(at, { radius: answer.accuracy, color: "#ffb066", weight: 2 }).addTo(map);
			map.fitBounds(mark.getBounds(), { maxZoom: 13, animate: false });
			note.textContent = set.located.replace("{m}", Math.round(answer.accuracy));
		} catch (e) {
			note.textContent = set.notLocated;
		}
	};

	const Locate = L.Control.extend({
		options: { position: "topleft" },
		onAdd() {
			const bar = L.DomUtil.create("div", "leaflet-bar");
			const a = L.DomUtil.create("a", "locate", bar);
			a.href = "#";
			a.title = set.locate;
			a.setAttribute("role", "button");
			a.setAttribute("aria-label", set.locate);
			L.DomEvent.on(a, "click", (e) => { L.DomEvent.stop(e); locate(); });
			L.DomEvent.disableClickPropagation(bar);
			return bar;
		}
	});
	new Locate().addTo(map);

	layersControl.addTo(map);
	map.on("moveend", writeHash);
	addEventListener("hashchange", () => {
		wanted = readHash() || (layers[0] || {}).name;
		if (shown && made.has(wanted) && wanted !== shown) {
			made.get(shown).remove();
			made.get(wanted).addTo(map);
		}
	});
	Promise.all([base(), addLayers()]).then(() => { place.dataset.ready = "true"; });
})();
