/** Making nodes: by their names and texts alone, since no HTML is ever parsed here. */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {Record<string, string | boolean>} [attributes] `true` stands alone, `false` is left out
 * @param {(Node | string | null)[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function node(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/**
 * @param {string} text @param {{ kind?: 'plain' | 'danger' | '', key: string, label?: string, onClick: () => void }} how
 * `key` names it for the focus, `label` says more where the text alone would be read out without what is around it
 */
export function button(text, { kind = '', key, label, onClick }) {
  const made = node('button', { type: 'button', class: kind, 'data-key': key, ...(label !== undefined && { 'aria-label': label }) }, text);
  made.addEventListener('click', () => {
    if (made.getAttribute('aria-disabled') !== 'true') onClick();
  });
  return made;
}
