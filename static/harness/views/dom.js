/** Creation of DOM elements from class names and texts. No HTML is parsed, so no text can become markup. */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {string} classes @param {...(Node | string | null)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, classes, ...children) {
  const made = document.createElement(tag);
  if (classes !== '') made.className = classes;
  for (const child of children) {
    if (child !== null && child !== '') made.append(child);
  }
  return made;
}

/** @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`no #${id} in the page`);
  return found;
}
