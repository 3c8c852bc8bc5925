/* The picker with a script: the same links and forms, answered by fragments of the same pages. */

import { focusDate, onGridKey, upgradeGrid } from "./grid.js";
import { recall, remember } from "./memory.js";
import { followDevice, noteDifference, upgradeZone } from "./zone.js";

const EVERY = 4000;
const SLOWER = 12000;
const PATIENCE = 200;
const LONGEST_PAUSE = 60000;
const KEPT_FRESH = 15000;
const WATCHED = 600000;
const started = Date.now();
const booker = document.getElementById("booker");
const say = document.getElementById("say");
const alertBox = document.getElementById("alert");
const picker = () => document.getElementById("picker");

let etag = picker().dataset.etag;
let loading = null;
let ahead = null;
let pause = EVERY;

async function ask(url, kind, signal, known) {
  const headers = { "X-Fragment": kind };
  if (known) headers["If-None-Match"] = `"${known}"`;
  const response = await fetch(url, { headers, signal, cache: "no-store" });
  const tag = (response.headers.get("ETag") || "").replace(/^W\/|"/g, "");
  return { response, tag };
}

function tell(text) {
  say.textContent = "";
  window.setTimeout(() => { say.textContent = text; }, 30);
}

function warn(text) {
  const box = document.createElement("p");
  box.className = "notice notice-warn";
  box.textContent = text;
  alertBox.replaceChildren(box);
}

function put(html, kind, tag) {
  const place = kind === "all" ? booker : picker();
  const scroll = document.getElementById("times")?.scrollTop || 0;
  place.innerHTML = html;
  etag = kind === "all" ? picker().dataset.etag : tag;
  if (kind === "all") upgrade();
  else upgradeGrid(booker);
  return () => { const times = document.getElementById("times"); if (times) times.scrollTop = scroll; };
}

function setBusy(busy) {
  picker().setAttribute("aria-busy", String(busy));
  picker().querySelector(".loading")?.remove();
  if (!busy) return;
  const note = Object.assign(document.createElement("p"), {
    className: "loading", textContent: "Loading times…",
  });
  picker().append(note);
  tell("Loading times…");
}

/* Shows what stands at `url`; `focus` is a selector, a function, or nothing to leave it alone. */
async function go(url, kind, focus) {
  loading?.abort();
  const mine = new AbortController();
  loading = mine;
  const timer = window.setTimeout(setBusy, PATIENCE, true);
  try {
    const found = fromAhead(url, kind) || await read(url, kind, mine.signal);
    history.replaceState(null, "", url);
    alertBox.replaceChildren();
    put(found.html, kind, found.tag);
    settle(focus);
    window.setTimeout(lookAhead, 300);
  } catch (error) {
    if (error.name !== "AbortError") location.assign(url);
  } finally {
    window.clearTimeout(timer);
    if (loading === mine) { loading = null; setBusy(false); }
  }
}

async function read(url, kind, signal) {
  const { response, tag } = await ask(url, kind, signal);
  if (!response.ok) throw new Error(String(response.status));
  return { html: await response.text(), tag };
}

function fromAhead(url, kind) {
  const fits = ahead && kind === "month" && ahead.url === String(url) && Date.now() - ahead.at < KEPT_FRESH;
  return fits ? ahead : null;
}

async function lookAhead() {
  const next = booker.querySelector("a[data-step='1']");
  if (!next || ahead?.url === next.href || loading) return;
  const url = next.href;
  try {
    ahead = { ...await read(url, "month"), url, at: Date.now() };
  } catch { ahead = null; }
}

function settle(focus) {
  if (typeof focus === "function") focus();
  else if (focus) booker.querySelector(focus)?.focus();
  const heading = document.activeElement?.id === "times-heading" ? "times-heading" : "month-heading";
  tell(document.getElementById(heading)?.dataset.say || "");
}

function goWith(changes, focus) {
  const url = new URL(location.href);
  Object.entries(changes).forEach(([name, value]) => url.searchParams.set(name, value));
  go(url, "all", focus);
}

function turn(month, date) {
  const step = booker.querySelector(`a[data-step="${month > monthShown() ? 1 : -1}"]`);
  if (!step) return;
  const url = new URL(step.href);
  url.searchParams.set("month", month);
  go(url, "month", () => focusDate(booker, date));
}

const monthShown = () => booker.querySelector("table.month").dataset.month;

function onClick(event) {
  const link = event.target.closest("a[data-swap]");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  const { swap, step } = link.dataset;
  if ("hours" in link.dataset) {
    remember("localStorage", "hours", new URL(link.href).searchParams.get("hours"));
    go(new URL(link.href), "all", "a[data-hours][aria-current]");
  } else if (swap === "times") go(new URL(link.href), "month", "#times-heading");
  else if (step) go(new URL(link.href), "month", `[data-step="${step}"]`);
  else go(new URL(link.href), "all", ".context-facts a[aria-current]");
}

function onSubmit(event) {
  if (!event.target.matches("form[data-swap]")) return;
  event.preventDefault();
  const data = new FormData(event.target);
  if (data.get("tz")) remember("localStorage", "zone", data.get("tz"));
  goWith(Object.fromEntries(data), "#zone summary");
}

/* The address of what is shown: a day that opened by itself stays open when its last time goes. */
function here() {
  const url = new URL(location.href);
  const day = booker.querySelector("td[aria-selected='true']")?.dataset.date;
  if (day) url.searchParams.set("date", day);
  return url;
}

/* Looks again while the page is seen: a time that was taken meanwhile leaves it. */
async function watch() {
  window.setTimeout(watch, Math.max(pause, Date.now() - started > WATCHED ? SLOWER : EVERY));
  if (document.visibilityState !== "visible" || loading || !navigator.onLine) return;
  try {
    const { response, tag } = await ask(here(), "month", undefined, etag);
    pause = EVERY;
    if (response.status === 200 && !loading && tag !== etag) refresh(await response.text(), tag);
    else if (response.status === 429) pause = Number(response.headers.get("Retry-After") || 30) * 1000;
  } catch { pause = Math.min(pause * 2, LONGEST_PAUSE); }
}

function refresh(html, tag) {
  const focused = document.activeElement;
  const time = focused?.closest?.("button.time");
  const date = focused?.closest?.("td[data-date]")?.dataset.date;
  const other = picker().contains(focused) && (focused.id ? `#${focused.id}` : stepOf(focused));
  const restore = put(html, "month", tag);
  restore();
  ahead = null;
  if (time) refocusTime(time);
  else if (date) focusDate(booker, date);
  else if (other) booker.querySelector(other)?.focus();
}

function stepOf(element) {
  return element.dataset?.step ? `[data-step="${element.dataset.step}"]` : "#month-heading";
}

function refocusTime(time) {
  const same = booker.querySelector(`button.time[value="${time.value}"]`);
  if (same) { same.focus(); return; }
  warn(`${(time.querySelector("span") || time).textContent.trim()} was just taken. Choose another time.`);
  document.getElementById("times-heading")?.focus();
}

function upgrade() {
  upgradeGrid(booker);
  upgradeZone(goWith);
  noteDifference(goWith);
}

function begin() {
  upgrade();
  booker.addEventListener("click", onClick);
  booker.addEventListener("submit", onSubmit);
  booker.addEventListener("keydown", (event) => onGridKey(event, turn));
  document.addEventListener("visibilitychange", () => { pause = EVERY; });
  window.addEventListener("online", () => alertBox.replaceChildren());
  window.addEventListener("offline", () => warn("You're offline. Times may change until you're back."));
  const refused = document.getElementById("taken");
  if (refused) history.replaceState(null, "", picker().dataset.here);
  refused?.focus();
  const hours = recall("localStorage", "hours");
  const given = new URLSearchParams(location.search).has("hours");
  if (hours && !given && !booker.querySelector("a[data-hours][aria-current]")?.href.includes(`hours=${hours}`)) {
    goWith({ hours }, null);
  }
  followDevice(goWith);
  window.setTimeout(watch, EVERY);
  window.setTimeout(lookAhead, 1200);
}

begin();
