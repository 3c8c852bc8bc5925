/* The guest's zone: detected, remembered, and found by typing a city, country, offset or letters. */

import { recall, remember } from "./memory.js";

const MOST_SHOWN = 80;
const HALF_YEAR = 182 * 86400000;
const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
const cityOf = (name) => name.split("/").pop().replaceAll("_", " ");

function sameClock(left, right) {
  const show = (zone, at) => new Intl.DateTimeFormat("en", {
    timeZone: zone, dateStyle: "short", timeStyle: "short",
  }).format(at);
  const now = Date.now();
  try {
    return [now, now + HALF_YEAR].every((at) => show(left, at) === show(right, at));
  } catch { return true; }
}

const deviceZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/* Follows the browser once, where the address names no zone. */
export function followDevice(go) {
  const box = document.getElementById("zone");
  if (!box || "given" in box.dataset) return;
  const wanted = recall("localStorage", "zone") || deviceZone();
  if (wanted && !sameClock(wanted, box.dataset.zone)) go({ tz: wanted }, null);
}

/* Says so where the times shown are not those of this device's clock. */
export function noteDifference(go) {
  const box = document.getElementById("zone");
  const note = document.getElementById("zone-note");
  const device = deviceZone();
  if (!box || !note || !("given" in box.dataset) || !device || sameClock(box.dataset.zone, device)) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-quiet";
  button.textContent = `Use ${cityOf(device)} time`;
  button.addEventListener("click", () => choose(device, go));
  note.replaceChildren(`Your device is set to ${cityOf(device)}. `, button);
  note.hidden = false;
}

function choose(zone, go) {
  remember("localStorage", "zone", zone);
  go({ tz: zone }, "#zone summary");
}

/* Puts a search box in front of the list of zones. */
export function upgradeZone(go) {
  const select = document.getElementById("zone-select");
  if (!select) return;
  const form = select.form;
  const options = [...select.options].map(describe);
  const input = Object.assign(document.createElement("input"), {
    className: "input", id: "zone-search", type: "text", autocomplete: "off", spellcheck: false,
    placeholder: "City, country or UTC+2",
  });
  set(input, { role: "combobox", "aria-expanded": "true", "aria-controls": "zone-list",
    "aria-autocomplete": "list" });
  const list = Object.assign(document.createElement("ul"), { className: "zone-list", id: "zone-list" });
  set(list, { role: "listbox", "aria-label": "Time zones" });
  form.querySelector("label").htmlFor = input.id;
  form.querySelector("button").hidden = true;
  select.hidden = true;
  select.after(input, list);
  const show = () => fill(list, input, options, select.value);
  input.addEventListener("input", show);
  input.addEventListener("keydown", (event) => onKey(event, input, list, go));
  list.addEventListener("click", (event) => {
    const item = event.target.closest("[role=option]");
    if (item) choose(item.dataset.zone, go);
  });
  form.parentElement.addEventListener("toggle", () => {
    if (form.parentElement.open) { show(); input.focus(); }
  });
}

function describe(option) {
  const country = option.parentElement.label;
  const [, city, rest] = option.text.match(/^(.*), (.*)$/);
  const words = `${country} ${city} ${option.value} ${option.dataset.letters} ${rest}`;
  return { zone: option.value, country, city, rest, words: plain(words) };
}

function fill(list, input, options, current) {
  const wanted = plain(input.value).split(/\s+/).filter(Boolean);
  const found = options.filter((each) => wanted.every((word) => each.words.includes(word)));
  const items = [];
  let country = "";
  found.slice(0, MOST_SHOWN).forEach((each, place) => {
    if (each.country !== country) items.push(heading(each.country));
    country = each.country;
    items.push(item(each, place, each.zone === current));
  });
  list.replaceChildren(...items);
  if (!items.length) list.append(heading("No such place. Try a larger city nearby."));
  activate(input, list, wanted.length ? 0 : -1);
}

function heading(text) {
  const line = Object.assign(document.createElement("li"), {
    className: "zone-country", textContent: text,
  });
  line.setAttribute("role", "presentation");
  return line;
}

function item(each, place, chosen) {
  const line = Object.assign(document.createElement("li"), { id: `zone-${place}` });
  line.dataset.zone = each.zone;
  set(line, { role: "option", "aria-selected": "false",
    "aria-label": `${each.city}, ${each.country}, ${each.rest}${chosen ? ", in use" : ""}` });
  line.append(...[each.city, each.rest].map((text) => Object.assign(
    document.createElement("span"), { textContent: text },
  )));
  return line;
}

function activate(input, list, place) {
  const items = [...list.querySelectorAll("[role=option]")];
  items.forEach((each, at) => each.setAttribute("aria-selected", String(at === place)));
  const active = items[place];
  if (active) { set(input, { "aria-activedescendant": active.id }); active.scrollIntoView({ block: "nearest" }); }
  else input.removeAttribute("aria-activedescendant");
}

function onKey(event, input, list, go) {
  const items = [...list.querySelectorAll("[role=option]")];
  const place = items.findIndex((each) => each.getAttribute("aria-selected") === "true");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) activate(input, list, Math.max(0, Math.min(items.length - 1, place + step)));
  else if (event.key === "Enter") { if (items[place]) choose(items[place].dataset.zone, go); }
  else if (event.key === "Escape") closeZone();
  else return;
  event.preventDefault();
}

function closeZone() {
  const box = document.getElementById("zone");
  box.open = false;
  box.querySelector("summary").focus();
}

function set(element, attributes) {
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
}
