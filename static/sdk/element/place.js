/** Place of an iframe in the page. A page that renders anew removes the iframe; one that moves it makes the browser load its document anew. */

/** @typedef {{ document: Document, MutationObserver: typeof MutationObserver }} PlaceEnv */

/**
 * Watch an iframe that stands in the page, until `life` aborts. No event tells of either.
 * @param {HTMLIFrameElement} iframe @param {PlaceEnv} env @param {AbortSignal} life
 * @param {() => void} onGone the iframe is no longer in this document @param {() => void} onMoved its document is loaded anew
 */
export function watchPlace(iframe, { document, MutationObserver }, life, onGone, onMoved) {
  if (!MutationObserver) return;
  let frame = iframe.contentWindow;
  const observer = new MutationObserver(() => {
    if (!iframe.isConnected || iframe.ownerDocument !== document) return onGone();
    if (iframe.contentWindow === frame) return; // also where `moveBefore` moved it, which loads nothing
    frame = iframe.contentWindow;
    observe();
    onMoved();
  });
  const observe = () => {
    let root = iframe.getRootNode();
    for (;;) {
      observer.observe(root, { childList: true, subtree: true });
      if (!('host' in root)) return;
      root = /** @type {ShadowRoot} */ (root).host.getRootNode(); // nobody outside a shadow root sees its changes
    }
  };
  observe();
  life.addEventListener('abort', () => observer.disconnect());
}
