/** List of saved items: choose one, add, edit, make default, verify or remove. */

import { itemsOf } from './item.js';
import { ItemWrites } from './item-writes.js';
import { fieldProblemText, isFixable, notRemovedText, removedText, verifiedText, writeProblemText } from './item-texts.js';
import { CHOSEN_IS, DONE, SAVING } from '../texts/en.js';
import { fillAll, translate } from '../texts/translate.js';

/** @typedef {import('../session/api.js').ApiError} ApiError */
/** @typedef {import('./item.js').Item} Item */
/** @typedef {import('./item.js').Values} Values */
/** @typedef {import('./item.js').Described} Described */
/** @typedef {{ id: string | null, text: string }} Problem `id` of the item concerned; null for the whole list */
/** @typedef {{ items: Described[], pickedId: string | null, removingId: string | null, problem: Problem | null }} Listed */
/** @typedef {{ method: 'POST' | 'DELETE', path: string, body?: import('./item.js').Fields, id: string | null, done: string, isOfForm?: boolean }} Change */
/**
 * @typedef {object} ItemListDisplay
 * @property {(actions: import('./item-list-view.js').Actions) => void} listen
 * @property {(listed: Listed, focus?: string) => void} showList `focus` is the key of the control to focus, if the focus was in the list
 * @property {(title: string, values: Values) => void} showForm
 * @property {(problems: Values, general: string) => void} showFormProblems
 * @property {(described: Described) => void} showChosen
 * @property {(isBusy: boolean) => void} showBusy
 * @property {() => void} clear
 */
/**
 * @typedef {object} Hooks
 * @property {() => boolean} hasCode whether the customer verified a contact by a code in this session
 * @property {(why: string, then: () => void) => void} stepUp ask for a code, then call `then`
 * @property {(done?: string) => Promise<void>} reload load and show the saved items again; where that fails, say at least what was `done`
 * @property {(item: { id: string, label: string }) => void} onChosen
 * @property {(name: 'list' | 'form' | 'done') => void} onStep
 * @property {(failure: unknown) => ApiError} errorOf answer of the API that a call failed with; `INTERNAL` for any other failure
 * @property {(text: string) => void} say announce a text to screen readers
 */

export class ItemList {
  #kind;
  #writes;
  #view;
  #hooks;
  /** @type {Item[]} */
  #items = [];
  /** @type {string | null} */
  #pickedId = null;
  /** @type {string | null} */
  #removingId = null;
  /** @type {string | null} */
  #chosenId = null;
  /** Item of the open form; `item` is null for a new one. @type {{ item: Item | null } | null} */
  #form = null;
  #isBusy = false;
  /** Whether the list may be outdated: a request that got no answer may have saved something. */
  #isUncertain = false;
  #open = new AbortController();
  /** Show the same in the customer's language, which has changed. A form stays as it is, with what was typed. */
  redraw = () => {};

  /** @param {import('./item.js').Kind} kind @param {import('./wallet-api.js').WalletApi} api @param {ItemListDisplay} view @param {Hooks} hooks */
  constructor(kind, api, view, hooks) {
    this.#kind = kind;
    this.#writes = new ItemWrites(api);
    this.#view = view;
    this.#hooks = hooks;
    view.listen(this);
  }

  /** Show the saved items, or the chosen one if it is still saved. @param {import('./wallet-api.js').WalletData} data */
  show(data) {
    this.#items = itemsOf(data.saved[this.#kind.list], this.#kind.prefix);
    this.#form = null;
    this.#removingId = null;
    this.#isUncertain = false;
    if (this.#find(this.#pickedId) === null) this.#pickedId = this.#items[0]?.id ?? null; // the default comes first
    const chosen = this.#find(this.#chosenId);
    if (chosen === null) this.#list(null, this.#pickedFocus());
    else this.#showChosen(chosen);
  }

  /** Abort requests and forget every item: the customer has left. */
  close() {
    this.#open.abort();
    this.#open = new AbortController();
    this.#items = [];
    this.#pickedId = null;
    this.#removingId = null;
    this.#chosenId = null;
    this.#form = null;
    this.#isUncertain = false;
    this.#writes.forget();
    this.redraw = () => {};
    this.#setBusy(false); // the view too, which whoever signs in next gets
    this.#view.clear();
  }

  pick = (/** @type {string} */ id) => {
    this.#pickedId = id;
    if (this.#removingId === null) return;
    this.#removingId = null;
    this.#list(null, this.#pickedFocus());
  };

  /** Confirm the picked item. Before that, the shop learns of no choice. */
  use = () => {
    const item = this.#find(this.#pickedId);
    if (item === null) return;
    this.#chosenId = item.id;
    this.#showChosen(item);
    this.#hooks.onChosen({ id: item.id, label: this.#kind.labelOf(item) });
    this.#hooks.say(fillAll(CHOSEN_IS, { chosen: translate(this.#kind.texts.chosen), title: this.#describe(item).title }));
    if (this.#mayChange()) this.#writes.track(`${this.#kind.path}/${item.id}`);
  };

  change = () => {
    this.#chosenId = null;
    this.#list(null, this.#pickedFocus());
  };

  add = () => this.#guarded(() => this.#showForm(null));

  edit = (/** @type {string} */ id) => {
    const item = this.#find(id);
    if (item !== null) this.#guarded(() => this.#showForm(item));
  };

  cancel = () => {
    if (this.#isBusy || this.#form === null) return;
    const { item } = this.#form;
    if (this.#isUncertain) return void this.#reload();
    this.#form = null;
    this.#list(null, item === null ? 'add' : `edit ${item.id}`);
  };

  submit = (/** @type {Values} */ values) => {
    const item = this.#form?.item ?? null;
    const read = this.#kind.read(values, item, this.#items);
    if ('problems' in read) return this.#view.showFormProblems(read.problems, '');
    if (item !== null && Object.keys(read.body).length === 0) return this.cancel();
    this.#view.showFormProblems({}, '');
    const path = item === null ? this.#kind.path : `${this.#kind.path}/${item.id}`;
    return this.#write({ method: 'POST', path, body: read.body, id: item?.id ?? null, done: translate(DONE.saved), isOfForm: true });
  };

  promote = (/** @type {string} */ id) => this.#guarded(() => this.#write({ ...this.#post(id, 'default'), done: translate(DONE.isDefault) }));

  verify = (/** @type {string} */ id) => this.#guarded(() => this.#write({ ...this.#post(id, 'verify'), done: verifiedText(this.#titleOf(id)) }));

  askRemove = (/** @type {string} */ id) => this.#guarded(() => {
    this.#removingId = id;
    this.#list(null, `keep ${id}`);
  });

  keep = () => {
    const id = this.#removingId;
    this.#removingId = null;
    this.#list(null, `remove ${id}`);
  };

  remove = (/** @type {string} */ id) => this.#guarded(() => this.#write({ method: 'DELETE', path: `${this.#kind.path}/${id}`, id, done: removedText(this.#titleOf(id)) }));

  /** @param {string} id @param {string} verb */
  #post(id, verb) {
    return { method: /** @type {const} */ ('POST'), path: `${this.#kind.path}/${id}/${verb}`, body: {}, id };
  }

  /** @param {string | null} id */
  #find(id) {
    return this.#items.find((item) => item.id === id) ?? null;
  }

  /** @param {Item} item */
  #describe(item) {
    return this.#kind.describe(item, this.#items);
  }

  /** @param {string} id */
  #titleOf(id) {
    const item = this.#find(id);
    return item === null ? '' : this.#describe(item).title;
  }

  #pickedFocus() {
    return this.#pickedId === null ? 'add' : `pick ${this.#pickedId}`;
  }

  /** @param {Problem | null} problem @param {string} [focus] */
  #list(problem, focus) {
    this.redraw = () => this.#list(null);
    const items = this.#items.map((item) => this.#describe(item));
    this.#view.showList({ items, pickedId: this.#pickedId, removingId: this.#removingId, problem }, focus);
    this.#hooks.onStep('list');
  }

  /** @param {Item} item */
  #showChosen(item) {
    this.redraw = () => this.#showChosen(item);
    this.#view.showChosen(this.#describe(item));
    this.#hooks.onStep('done');
  }

  /** @param {Item | null} item */
  #showForm(item) {
    this.#form = { item };
    this.redraw = () => {};
    const { formTitle, valuesOf, begin } = this.#kind;
    this.#view.showForm(formTitle(item), item === null ? begin(this.#items) : valuesOf(item));
    this.#hooks.onStep('form');
  }

  #mayChange() {
    return !this.#kind.isGuarded || this.#hooks.hasCode();
  }

  /** Run a task that changes items; where the list requires a code and the session has none, ask for it first. @param {() => unknown} task */
  #guarded(task) {
    if (this.#isBusy) return;
    if (this.#mayChange()) task();
    else this.#hooks.stepUp(this.#kind.texts.stepUp, task);
  }

  /**
   * Send one change at a time, then reload the list: the API decides what is saved.
   * @param {Change} change
   */
  async #write(change) {
    if (this.#isBusy) return;
    const { signal } = this.#open;
    this.#setBusy(true);
    if (change.isOfForm) this.#hooks.say(SAVING);
    try {
      const saved = await this.#writes.write(change.method, change.path, change.body);
      if (signal.aborted) return;
      if (change.id === null) this.#pickedId = idOf(saved) ?? this.#pickedId; // a new item is picked; after any other change the customer's pick stays
      this.#hooks.say(change.done);
      await this.#hooks.reload(change.done);
    } catch (error) {
      if (!signal.aborted) await this.#onWriteFailed(change, error);
    } finally {
      if (!signal.aborted) this.#setBusy(false);
    }
  }

  /** @param {Change} change @param {unknown} failure */
  async #onWriteFailed(change, failure) {
    if (failure instanceof DOMException && failure.name === 'AbortError') return; // a sign-out aborted the request and reports its own outcome
    const error = this.#hooks.errorOf(failure);
    if (error.code === 'INSUFFICIENT_SCOPE' && (error.details.missing === 'amr' || !this.#hooks.hasCode())) {
      this.#setBusy(false);
      return this.#hooks.stepUp(this.#kind.texts.stepUp, () => void this.#write(change));
    }
    const isUnanswered = error.status === 0;
    if (error.isTransient && error.status !== 429) this.#isUncertain = true;
    const text = writeProblemText(error, this.#kind.texts, this.#titleOf(change.id ?? ''), change.isOfForm);
    if (error.code === 'NOT_FOUND' || (isUnanswered && !change.isOfForm)) {
      const [{ signal }, title, before] = [this.#open, this.#titleOf(change.id ?? ''), this.#items];
      await this.#hooks.reload();
      if (signal.aborted) return;
      this.#removingId = null;
      const id = this.#find(change.id)?.id ?? null;
      const isKnown = isUnanswered && change.method === 'DELETE' && this.#items !== before; // the list that came since says what was done
      const isRemoved = isKnown && id === null;
      if (isRemoved) this.#hooks.say(change.done);
      return this.#list(isRemoved ? null : { id, text: isKnown ? notRemovedText(title) : text }, this.#pickedFocus());
    }
    if (change.isOfForm) return this.#view.showFormProblems(isFixable(error) ? fieldProblems(error) : {}, text);
    this.#removingId = null;
    return this.#list({ id: change.id, text }, `pick ${change.id}`);
  }

  /** Reload a list that may be outdated; no other action can begin meanwhile. */
  async #reload() {
    const { signal } = this.#open;
    this.#setBusy(true);
    await this.#hooks.reload();
    if (!signal.aborted) this.#setBusy(false);
  }

  /** @param {boolean} isBusy */
  #setBusy(isBusy) {
    this.#isBusy = isBusy;
    this.#view.showBusy(isBusy);
  }
}

/** @param {unknown} saved */
function idOf(saved) {
  const id = /** @type {{ id?: unknown } | null | undefined} */ (saved)?.id;
  return typeof id === 'string' ? id : null;
}

/** What to do about each field that the API rejected. @param {ApiError} error @returns {Values} */
function fieldProblems({ details }) {
  const fields = Array.isArray(details.fields) ? details.fields.map(String) : [];
  return Object.fromEntries(fields.map((name) => [name, fieldProblemText(details, name)]));
}
