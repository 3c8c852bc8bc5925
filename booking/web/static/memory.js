/* What this browser remembers: nothing where storage is refused, as in some frames. */

export function recall(store, name) {
  try { return window[store].getItem(`booking.${name}`) || ""; } catch { return ""; }
}

export function remember(store, name, value) {
  try { window[store].setItem(`booking.${name}`, value); } catch { /* allowed to fail */ }
}

export function forget(store, name) {
  try { window[store].removeItem(`booking.${name}`); } catch { /* allowed to fail */ }
}
