/**
 * Origin of the shop's page. `window.origin` is not asked first: a script of the page that says `var origin = …` replaces it.
 * @param {{ location: Location, origin: string }} window a document without an address of its own, such as `about:srcdoc`, has its opener's
 */
export function originOf({ location, origin }) {
  return location.origin === 'null' ? origin : location.origin;
}
