{
/** Makes this browser lack what Chrome 90, Firefox 90 or Safari 14.1 lacks; Safari 14.1 ignores the option `signal` of a listener, too. */
for (const name of ['structuredClone', 'reportError', 'BroadcastChannel', 'scheduler', 'requestIdleCallback',
    'cancelIdleCallback', 'Sanitizer', 'navigation', 'CloseWatcher', 'URLPattern', 'CompressionStream',
    'DecompressionStream', 'ElementInternals', 'Iterator', 'OTPCredential', 'trustedTypes',
    'ViewTransition', 'EditContext', 'Highlight', 'CSSLayerBlockRule', 'CSSContainerRule', 'CSSScopeRule', 'SuppressedError',
    'DisposableStack', 'AsyncDisposableStack', 'Float16Array', 'ToggleEvent', 'cookieStore', 'caches', 'fetchLater']) {
  delete window[name];
}
const newer = [
  [Object, ['hasOwn', 'groupBy']], [Map, ['groupBy']], [Array, ['fromAsync']], [Math, ['f16round', 'sumPrecise']],
  [Promise, ['withResolvers', 'try']], [RegExp, ['escape']], [Intl, ['supportedValuesOf', 'Segmenter', 'DurationFormat']],
  [AbortSignal, ['any', 'timeout', 'abort']], [URL, ['canParse', 'parse']], [Response, ['json']], [JSON, ['rawJSON', 'isRawJSON']],
  [AbortSignal.prototype, ['throwIfAborted', 'reason']], [Crypto.prototype, ['randomUUID']],
  [Array.prototype, ['at', 'findLast', 'findLastIndex', 'toSorted', 'toReversed', 'toSpliced', 'with']],
  [String.prototype, ['at', 'isWellFormed', 'toWellFormed']], [Object.getPrototypeOf(Uint8Array.prototype), ['at', 'findLast', 'findLastIndex', 'toSorted', 'toReversed', 'with']],
  [Uint8Array, ['fromBase64', 'fromHex']], [Uint8Array.prototype, ['toBase64', 'toHex', 'setFromBase64', 'setFromHex']],
  [Set.prototype, ['union', 'intersection', 'difference', 'symmetricDifference', 'isSubsetOf', 'isSupersetOf', 'isDisjointFrom']],
  [Object.getPrototypeOf(Object.getPrototypeOf([].values())), ['map', 'filter', 'take', 'drop', 'flatMap', 'reduce', 'toArray', 'forEach', 'some', 'every', 'find']],
  [Document.prototype, ['adoptedStyleSheets', 'prerendering', 'startViewTransition', 'caretPositionFromPoint']],
  [HTMLElement.prototype, ['inert', 'showPopover', 'hidePopover', 'togglePopover', 'popover', 'attachInternals']],
  [HTMLInputElement.prototype, ['showPicker']], [Element.prototype, ['checkVisibility', 'setHTMLUnsafe', 'getHTML', 'moveBefore']],
  [Node.prototype, ['moveBefore']], [URLSearchParams.prototype, ['size']], [Navigator.prototype, ['locks', 'userActivation', 'userAgentData']],
  [Request.prototype, ['duplex']], [Response.prototype, ['bytes']], [Blob.prototype, ['bytes']],
];
for (const [holder, names] of newer) for (const name of names) delete holder[name];
const { addEventListener } = EventTarget.prototype;
EventTarget.prototype.addEventListener = function (type, listener, options) {
  const { signal, ...known } = typeof options === 'object' && options !== null ? options : { capture: options };
  return addEventListener.call(this, type, listener, known);
};
}
