/* The month as an ARIA APG date grid: one tab stop, arrows, Home, End, PageUp, PageDown. */

const DAY = 86400000;
const MOVES = {
  ArrowLeft: (at) => shift(at, -1),
  ArrowRight: (at) => shift(at, 1),
  ArrowUp: (at) => shift(at, -7),
  ArrowDown: (at) => shift(at, 7),
};

const key = (at) => at.toISOString().slice(0, 10);
const parse = (text) => new Date(`${text}T00:00:00Z`);
const shift = (at, days) => new Date(at.getTime() + days * DAY);
const rtl = () => document.dir === "rtl";

function shiftMonths(at, months) {
  const first = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + months, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0));
  first.setUTCDate(Math.min(at.getUTCDate(), last.getUTCDate()));
  return first;
}

/* Gives the table its roles; the links inside stay for the mouse and leave the tab order. */
export function upgradeGrid(root) {
  const table = root.querySelector("table.month");
  if (!table) return;
  table.setAttribute("role", "grid");
  const cells = [...table.querySelectorAll("td")];
  cells.forEach(upgradeCell);
  const days = cells.filter((cell) => cell.dataset.date);
  const stop = days.find((cell) => cell.getAttribute("aria-selected") === "true")
    || days.find((cell) => cell.querySelector("a"))
    || days.find((cell) => cell.hasAttribute("aria-current")) || days[0];
  if (stop) stop.tabIndex = 0;
}

function upgradeCell(cell) {
  cell.setAttribute("role", "gridcell");
  if (!cell.dataset.date) return;
  const link = cell.querySelector("a");
  cell.tabIndex = -1;
  cell.setAttribute("aria-label", cell.dataset.label);
  cell.setAttribute("aria-selected", String(Boolean(link?.hasAttribute("aria-current"))));
  if (!link) cell.setAttribute("aria-disabled", "true");
  if (link) link.tabIndex = -1;
  cell.firstElementChild.setAttribute("aria-hidden", "true");
}

/* Focuses a date, or the nearest one there is in the month shown. */
export function focusDate(root, date) {
  const cells = [...root.querySelectorAll("td[data-date]")];
  const cell = cells.find((each) => each.dataset.date === date)
    || cells.find((each) => each.dataset.date > date) || cells.at(-1);
  if (!cell) return;
  cells.forEach((each) => { each.tabIndex = -1; });
  cell.tabIndex = 0;
  cell.focus();
}

/* Answers keys; `turn` is called with a month (YYYY-MM) and the date to focus there. */
export function onGridKey(event, turn) {
  const cell = event.target.closest?.("td[data-date]");
  if (!cell || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    cell.querySelector("a")?.click();
    return;
  }
  const goal = goalOf(event, cell);
  if (!goal) return;
  event.preventDefault();
  const root = cell.closest("table");
  const date = key(goal);
  if (date.slice(0, 7) === root.dataset.month) focusDate(root, date);
  else turn(date.slice(0, 7), date);
}

function goalOf(event, cell) {
  const at = parse(cell.dataset.date);
  const days = [...cell.parentElement.querySelectorAll("td[data-date]")];
  if (event.key === "Home") return parse(days[0].dataset.date);
  if (event.key === "End") return parse(days.at(-1).dataset.date);
  const months = event.shiftKey ? 12 : 1;
  if (event.key === "PageUp") return shiftMonths(at, -months);
  if (event.key === "PageDown") return shiftMonths(at, months);
  const name = rtl() ? { ArrowLeft: "ArrowRight", ArrowRight: "ArrowLeft" }[event.key] : null;
  return MOVES[name || event.key]?.(at);
}
