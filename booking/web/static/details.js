/* The form with a script: keeps what is typed, renews the hold, survives being offline. */

import { forget, recall, remember } from "./memory.js";

const LAST_MINUTE = 60;
const RENEW_BEFORE = 90;
const LONGEST_WAIT = 30000;
const NEVER_KEPT = new Set(["idempotency_key", "start", "hold", "until", "website", "tz"]);
const slot = document.getElementById("form-slot");
const alertBox = document.getElementById("alert");
const form = () => document.getElementById("details");

let sending = false;
let sent = false;
let wait = 2000;
let ticking = 0;

function notice(text, kind) {
  const box = Object.assign(document.createElement("p"), {
    className: `notice notice-${kind}`, textContent: text,
  });
  alertBox.replaceChildren(box);
}

/* Drafts */
const draftName = () => `draft.${form().dataset.key}`;

function keepDraft() {
  if (sent) return;
  const values = [...new FormData(form())].filter(([name]) => !NEVER_KEPT.has(name));
  remember("sessionStorage", draftName(), JSON.stringify(values));
}

function restoreDraft() {
  const kept = recall("sessionStorage", draftName());
  if (!kept) return;
  for (const [name, value] of JSON.parse(kept)) {
    const fields = [...form().querySelectorAll("[name]")].filter((each) => each.name === name);
    for (const field of fields) {
      if (["radio", "checkbox"].includes(field.type)) field.checked ||= field.value === value;
      else if (!field.value || field.id === "f-repeat") field.value = value;
    }
    if (name === "guests" && value) fields[0]?.closest("details")?.setAttribute("open", "");
  }
}

/* How often: the dates that are chosen are shown at once */
function upgradeDates() {
  const often = document.getElementById("f-repeat");
  if (!often) return;
  const dates = [...document.getElementById("dates-list").children];
  const show = () => {
    const count = Number(often.value);
    dates.forEach((each, at) => { each.hidden = at >= count; });
    document.getElementById("dates").hidden = count < 2;
    document.getElementById("dates-note").textContent = `${count} dates, until ${dates[count - 1].textContent.split(",")[0]}`;
  };
  document.getElementById("show-dates").hidden = true;
  often.addEventListener("change", show);
  show();
}

/* The hold: silent until its last minute */
async function renew(note) {
  const body = new URLSearchParams({ hold: note.dataset.hold });
  const response = await fetch(note.dataset.renew, { method: "POST", body });
  if (response.ok) note.dataset.until = (await response.text()).trim();
  else note.dataset.renew = "";
}

async function tick() {
  const note = document.getElementById("hold-note");
  if (!note?.dataset.until || sending) return;
  const left = Number(note.dataset.until) - Date.now() / 1000;
  if (left < RENEW_BEFORE && left > 0 && note.dataset.renew && navigator.onLine) {
    const before = note.dataset.until;
    try { await renew(note); } catch { /* the next tick tries again */ }
    if (note.dataset.until === before) note.dataset.renew = "";
    return;
  }
  note.hidden = left > LAST_MINUTE || left <= 0;
  if (!note.hidden) note.textContent = "Kept for you for 1 more minute.";
}

/* Sending: the key in the form makes a repeat safe, so a lost answer is simply asked for again */
async function send(data) {
  sending = true;
  const button = form().querySelector("[data-submit]");
  button.setAttribute("aria-disabled", "true");
  form().setAttribute("aria-busy", "true");
  try {
    const response = await fetch(form().action, {
      method: "POST", body: new URLSearchParams(data), headers: { "X-Fragment": "form" },
    });
    await receive(response);
  } catch {
    await sayOffline();
    return send(data);
  } finally {
    sending = false;
    button.removeAttribute("aria-disabled");
    form()?.removeAttribute("aria-busy");
  }
  return undefined;
}

function sayOffline() {
  notice("You're offline. Nothing is lost; we'll try again when you're back.", "warn");
  wait = Math.min(wait * 2, LONGEST_WAIT);
  return new Promise((resolve) => {
    window.addEventListener("online", resolve, { once: true });
    if (navigator.onLine) window.setTimeout(resolve, wait);
  });
}

async function receive(response) {
  if (response.redirected) {
    sent = true;
    forget("sessionStorage", draftName());
    location.assign(response.url);
    return;
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.getElementById("details");
  if (fresh) { slot.replaceChildren(fresh); begin(); return; }
  const number = page.querySelector("code")?.textContent;
  const again = response.headers.get("Retry-After");
  const when = again ? ` Try again in ${again} seconds.` : " Try again.";
  notice(`That didn't work, and nothing was booked.${when}${number ? ` (Request ${number})` : ""}`, "bad");
}

function onSubmit(event) {
  event.preventDefault();
  if (sending) return;
  alertBox.replaceChildren();
  send(new FormData(form(), event.submitter));
}

function begin() {
  const first = ["#taken", "#conflicts", "#error-summary", "#f-name"].map((each) => form().querySelector(each));
  if (!first.slice(0, 3).some(Boolean)) restoreDraft();
  upgradeDates();
  first.find(Boolean)?.focus();
  window.clearInterval(ticking);
  ticking = window.setInterval(tick, 5000);
}

slot.addEventListener("input", keepDraft);
slot.addEventListener("submit", onSubmit);
window.addEventListener("pagehide", keepDraft);
begin();
