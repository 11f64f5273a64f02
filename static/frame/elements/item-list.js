/** Choosing one of what is saved, and keeping it: add, edit, make default, verify, remove. */

import { ApiError } from '../session/api.js';
import { itemsOf } from './item.js';
import { isFixable, SAVING, verifiedText, writeProblemText } from './item-texts.js';

/** @typedef {import('./item.js').Item} Item */
/** @typedef {import('./item.js').Values} Values */
/** @typedef {import('./item.js').Described} Described */
/** @typedef {{ id: string | null, text: string }} Problem `id` of the item it is about */
/** @typedef {{ items: Described[], pickedId: string | null, removingId: string | null, problem: Problem | null }} Listed */
/** @typedef {{ method: 'POST' | 'DELETE', path: string, body?: import('./item.js').Fields, id: string | null, done: string, isOfForm?: boolean }} Change */
/**
 * @typedef {object} ItemListDisplay
 * @property {(listed: Listed, focus?: string) => void} showList `focus` goes to what is called so, if the focus was here
 * @property {(title: string, values: Values | null) => void} showForm
 * @property {(problems: Values, general: string) => void} showFormProblems
 * @property {(described: Described) => void} showChosen
 * @property {(isBusy: boolean) => void} showBusy
 * @property {() => void} clear
 */
/**
 * @typedef {object} Hooks
 * @property {() => boolean} hasCode whether the customer proved a contact by a code in this session
 * @property {(why: string, then: () => void) => void} stepUp ask for a code, then go on
 * @property {(done?: string) => Promise<void>} reload show what is saved now; where that fails, say at least what was `done`
 * @property {(item: { id: string, label: string }) => void} onChosen
 * @property {(text: string) => void} say to who does not see it
 */

export class ItemList {
  #kind;
  #wallet;
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
  /** What the open form is about. @type {{ item: Item | null } | null} */
  #form = null;
  #isBusy = false;
  /** Something unanswered may have been saved, so that what is shown may be old. */
  #isUncertain = false;
  #open = new AbortController();

  /** @param {import('./item.js').Kind} kind @param {import('./wallet-api.js').WalletApi} wallet @param {ItemListDisplay} view @param {Hooks} hooks */
  constructor(kind, wallet, view, hooks) {
    this.#kind = kind;
    this.#wallet = wallet;
    this.#view = view;
    this.#hooks = hooks;
  }

  /** Show what is saved. @param {import('./wallet-api.js').WalletData} data */
  show(data) {
    this.#items = itemsOf(this.#kind.listOf(data), this.#kind.prefix);
    this.#form = null;
    this.#removingId = null;
    this.#isUncertain = false;
    if (this.#find(this.#pickedId) === null) this.#pickedId = this.#items[0]?.id ?? null; // the default stands first
    const chosen = this.#find(this.#chosenId);
    if (chosen === null) this.#list(null, this.#pickedFocus());
    else this.#view.showChosen(this.#describe(chosen));
  }

  /** Forget it all: the customer has left. */
  close() {
    this.#open.abort();
    this.#open = new AbortController();
    this.#items = [];
    this.#pickedId = null;
    this.#removingId = null;
    this.#chosenId = null;
    this.#form = null;
    this.#isBusy = false;
    this.#isUncertain = false;
    this.#wallet.forget();
    this.#view.clear();
  }

  pick = (/** @type {string} */ id) => {
    this.#pickedId = id;
    if (this.#removingId === null) return;
    this.#removingId = null;
    this.#list(null, this.#pickedFocus());
  };

  /** The customer's word: the shop learns of no choice before it. */
  use = () => {
    const item = this.#find(this.#pickedId);
    if (item === null) return;
    this.#chosenId = item.id;
    this.#view.showChosen(this.#describe(item));
    this.#hooks.onChosen({ id: item.id, label: this.#kind.labelOf(item) });
    this.#hooks.say(`${this.#kind.words.chosen} ${this.#describe(item).title}.`);
    if (this.#mayChange()) this.#wallet.track(`${this.#kind.path}/${item.id}`);
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
    if (this.#isUncertain) return void this.#look();
    this.#form = null;
    this.#list(null, item === null ? 'add' : `edit ${item.id}`);
  };

  submit = (/** @type {Values} */ values) => {
    const item = this.#form?.item ?? null;
    const read = this.#kind.read(values, item);
    if ('problems' in read) return this.#view.showFormProblems(read.problems, '');
    if (item !== null && Object.keys(read.body).length === 0) return this.cancel();
    this.#view.showFormProblems({}, '');
    const path = item === null ? this.#kind.path : `${this.#kind.path}/${item.id}`;
    return this.#write({ method: 'POST', path, body: read.body, id: item?.id ?? null, done: 'Saved.', isOfForm: true });
  };

  promote = (/** @type {string} */ id) => this.#guarded(() => this.#write({ ...this.#post(id, 'default'), done: 'This is the default now.' }));

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

  remove = (/** @type {string} */ id) => this.#guarded(() => this.#write({ method: 'DELETE', path: `${this.#kind.path}/${id}`, id, done: `${this.#titleOf(id)} was removed.` }));

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
    const items = this.#items.map((item) => this.#describe(item));
    this.#view.showList({ items, pickedId: this.#pickedId, removingId: this.#removingId, problem }, focus);
  }

  /** @param {Item | null} item */
  #showForm(item) {
    this.#form = { item };
    this.#view.showForm(this.#kind.formTitle(item), item && this.#kind.valuesOf(item));
  }

  #mayChange() {
    return !this.#kind.isGuarded || this.#hooks.hasCode();
  }

  /** @param {() => unknown} task */
  #guarded(task) {
    if (this.#isBusy) return;
    if (this.#mayChange()) task();
    else this.#hooks.stepUp(this.#kind.words.stepUp, task);
  }

  /**
   * One change at a time; what is saved afterwards is the API's to say.
   * @param {Change} change
   */
  async #write(change) {
    if (this.#isBusy) return;
    const { signal } = this.#open;
    this.#setBusy(true);
    if (change.isOfForm) this.#hooks.say(SAVING);
    try {
      const saved = await this.#wallet.write(change.method, change.path, change.body);
      if (signal.aborted) return;
      if (change.id === null) this.#pickedId = idOf(saved) ?? this.#pickedId; // what is new; else a pick made meanwhile stays
      this.#hooks.say(change.done);
      await this.#hooks.reload(change.done);
    } catch (error) {
      if (!signal.aborted) await this.#refused(change, error);
    } finally {
      if (!signal.aborted) this.#setBusy(false);
    }
  }

  /** @param {Change} change @param {unknown} refusal */
  async #refused(change, refusal) {
    if (refusal instanceof DOMException && refusal.name === 'AbortError') return; // signing out: its end is told elsewhere
    const error = refusal instanceof ApiError ? refusal : new ApiError('INTERNAL', { status: 400 });
    if (error.code === 'INSUFFICIENT_SCOPE' && (error.details.missing === 'amr' || !this.#hooks.hasCode())) {
      this.#setBusy(false);
      return this.#hooks.stepUp(this.#kind.words.stepUp, () => void this.#write(change));
    }
    const isUnanswered = error.status === 0;
    if (error.isTransient && error.status !== 429) this.#isUncertain = true;
    const text = writeProblemText(error, this.#kind.words, this.#titleOf(change.id ?? ''), change.isOfForm);
    if (error.code === 'NOT_FOUND' || (isUnanswered && !change.isOfForm)) {
      const { signal } = this.#open;
      await this.#hooks.reload();
      if (signal.aborted) return;
      this.#removingId = null;
      return this.#list({ id: this.#find(change.id)?.id ?? null, text }, this.#pickedFocus());
    }
    if (change.isOfForm) return this.#view.showFormProblems(isFixable(error) ? fieldProblems(error) : {}, text);
    this.#removingId = null;
    return this.#list({ id: change.id, text }, `pick ${change.id}`);
  }

  /** What is saved may be other than what is known here; meanwhile nothing else is begun. */
  async #look() {
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

/** The fields that the API refused: it names them, and never says why. @param {ApiError} error @returns {Values} */
function fieldProblems({ details }) {
  const fields = Array.isArray(details.fields) ? details.fields.map(String) : [];
  return Object.fromEntries(fields.map((name) => [name, 'Check this.']));
}
