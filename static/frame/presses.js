/**
 * A press counts for what was under the finger when it began. Between its down and its up a line may appear above a button, or the shop's page may
 * move the iframe, as where the element before it grows: browsers then send the click to whatever is there by now, or to nobody.
 */

/** How far a finger may roll: who slides off a button does not want it. */
const STILL_PX = 10;

/** @param {Document} document */
export function keepPresses(document) {
  /** @type {HTMLElement | null | undefined} */
  let part;
  let [x, y] = [0, 0];
  let isOver = false;
  document.addEventListener('pointerdown', ({ target, screenX, screenY }) => {
    part = partOf(/** @type {Element} */ (target));
    [x, y] = [screenX, screenY]; // on the screen: there the finger rests while the iframe moves
    isOver = false;
  }, true);
  document.addEventListener('pointerup', ({ button, clientX, clientY, screenX, screenY }) => {
    isOver = !button && Math.hypot(screenX - x, screenY - y) <= STILL_PX && partOf(document.elementFromPoint(clientX, clientY)) !== part;
    if (isOver && part?.offsetParent) part.click(); // it is still shown
  }, true);
  document.addEventListener('click', (event) => {
    if (!isOver || !event.detail) return; // a key's, or a script's, has no count
    event.preventDefault(); // what has come under the finger was not pressed
    event.stopPropagation();
  }, true);
}

/** What a press there is for. @param {Element | null} place */
function partOf(place) {
  return /** @type {HTMLElement | null | undefined} */ (place?.closest('button, label'));
}
