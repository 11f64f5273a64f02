import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

const HTML = readFileSync(new URL('../../../static/frame/frame.html', import.meta.url), 'utf8');

class FakeElement {
  hidden = false;
  value = '';
  #text = '';
  /** @type {FakeElement[]} */
  children = [];
  /** @type {Record<string, string>} */
  dataset = {};
  /** @type {Record<string, string>} */
  attributes = {};
  style = { minWidth: '' };
  classes = new Set();
  classList = { toggle: (/** @type {string} */ name, /** @type {boolean} */ isOn) => this.classes[isOn ? 'add' : 'delete'](name) };
  /** @type {Record<string, (event: any) => void>} */
  listeners = {};
  constructor(id = '') {
    this.id = id;
  }
  /** @returns {string} */
  get textContent() {
    return this.#text + this.children.map(({ textContent }) => textContent).join('');
  }
  set textContent(text) {
    this.#text = text;
    this.children = [];
  }
  append(/** @type {any[]} */ ...added) {
    for (const one of added) this.children.push(typeof one === 'string' ? Object.assign(new FakeElement(), { textContent: one }) : one);
  }
  replaceChildren = (/** @type {any[]} */ ...shown) => void Object.assign(this, { textContent: '' }).append(...shown);
  setAttribute(/** @type {string} */ name, /** @type {string} */ value) {
    this.attributes[name] = value;
  }
  getAttribute(/** @type {string} */ name) {
    return this.attributes[name] ?? null;
  }
  addEventListener(/** @type {string} */ type, /** @type {(event: any) => void} */ listener) {
    this.listeners[type] = listener;
  }
  getBoundingClientRect() {
    return { width: 140.5 };
  }
  focus() {
    page.activeElement = this;
  }
  select() {}
}
class FakeInput extends FakeElement {}
Object.assign(globalThis, { HTMLElement: FakeElement, HTMLInputElement: FakeInput, HTMLFormElement: FakeElement });

const body = new FakeElement();
const heading = new FakeElement();
/** @type {Map<string, FakeElement>} */
const elements = new Map();
for (const [, tag, id] of HTML.matchAll(/<(\w+) id="([\w-]+)"/g)) elements.set(String(id), new (tag === 'input' ? FakeInput : FakeElement)(id));
/** @type {any} */
const page = {
  body,
  defaultView: null,
  createElement: () => new FakeElement(),
  querySelector: () => heading,
  activeElement: body,
  documentElement: new FakeElement(),
  hasFocus: () => true,
  getElementById: (/** @type {string} */ id) => elements.get(id) ?? null,
  querySelectorAll: (/** @type {string} */ selector) => (selector === '[id^=dismiss]' ? ['dismiss', 'dismiss-code'].map((id) => elements.get(id)) : []),
};
Object.assign(globalThis, { document: page });
const { View } = await import('../../../static/frame/ui/view.js');
const { Phones } = await import('../../../static/frame/phone/phones.js');
const phones = new Phones(null, () => import('../../../static/frame/phone/countries.js'));
const shownView = () => new View(page, phones, () => import('../../../static/frame/ui/appearance.js'), {});
const at = (/** @type {string} */ id) => /** @type {FakeElement} */ (elements.get(id));

test('a new start by keyboard keeps the focus and clears the old status', () => {
  const view = shownView();
  view.showStopped('ended', 'signed_out');
  assert.notEqual(at('status').textContent, '');
  at('start-again').focus();
  view.showConnecting();
  assert.equal(page.activeElement, at('connecting-text'));
  assert.equal(at('status').textContent, '');
  view.showContactForm();
  assert.equal(page.activeElement, at('contact'));
  view.showCodeForm('a@b.example', null);
  view.showContactForm();
  assert.equal(at('status').textContent, '');
});

test('a field is marked and focused for its own errors only', () => {
  const view = shownView();
  view.showCodeForm('a@b.example', null);
  at('verify-code').focus();
  view.showCodeProblem('No network.', false);
  assert.deepEqual([at('otp-code').attributes['aria-invalid'], page.activeElement], ['false', at('verify-code')]);
  view.showCodeProblem('Wrong code.', true);
  assert.deepEqual([at('otp-code').attributes['aria-invalid'], page.activeElement], ['true', at('otp-code')]);
  view.showContactForm();
  at('request-code').focus();
  view.showContactForm('Not one.', true);
  assert.deepEqual([at('contact').attributes['aria-invalid'], page.activeElement], ['true', at('contact')]);
});

test('a code that is spent goes, and the button that weighs more sends another', () => {
  const view = shownView();
  const heavy = () => ['verify-code', 'resend'].filter((id) => !at(id).classes.has('plain'));
  view.showCodeForm('a@b.example', null);
  assert.deepEqual(heavy(), ['verify-code']);
  at('otp-code').value = '000000';
  view.showCodeProblem('Too many wrong tries.', false, true);
  assert.deepEqual([at('otp-code').value, heavy()], ['', ['resend']]);
  view.showCodeProblem('Not right.', true);
  assert.deepEqual(heavy(), ['verify-code']);
});

test('who waits for a code to be sent may go on without it; both forms of a sign-in have that way, none of a step-up', () => {
  const view = shownView();
  let exits = 0;
  const press = (/** @type {string} */ id) => at(id).listeners.click?.({ preventDefault: () => {} });
  view.listen(/** @type {any} */ ({ dismiss: () => { exits += 1; } }));
  view.showBusy(true);
  press('dismiss');
  view.showBusy(false);
  press('dismiss-code');
  view.showContactForm();
  assert.deepEqual([exits, at('dismiss').hidden, at('dismiss-code').hidden], [2, false, false]);
  view.showStepUp('Prove that you are');
  view.showContactForm();
  assert.deepEqual([at('dismiss').hidden, at('dismiss-code').hidden], [true, true]);
  view.endStepUp();
});

test('during a request no other action is enabled', () => {
  const view = shownView();
  const disabled = () => ['resend', 'other-way', 'change-contact'].map((id) => at(id).attributes['aria-disabled']);
  view.showResendIn(0);
  view.showBusy(true);
  view.showResendIn(0);
  assert.deepEqual(disabled(), ['true', 'true', 'true']);
  view.showResendIn(1_000);
  view.showBusy(false);
  assert.deepEqual(disabled(), ['true', 'true', 'false']);
});

test('an old problem is cleared when the next try begins', () => {
  const view = shownView();
  view.showCodeForm('a@b.example', null);
  view.showCodeProblem('Wrong code.', true);
  view.showBusy(true);
  assert.deepEqual([at('code-problem').textContent, at('otp-code').attributes['aria-invalid']], ['', 'false']);
  view.showCodeProblem('No network.', false);
  view.showBusy(false);
  assert.equal(at('code-problem').textContent, 'No network.');
});

test('a step-up names the contact that must receive the code, until it is over', () => {
  const view = shownView();
  view.showAuthenticated('e•••@b.example');
  view.showStepUp('Prove that you are');
  assert.equal(at('lead').textContent, 'Prove that you are e•••@b.example.');
  view.showStopped('ended', 'signed_out');
  view.endStepUp();
  assert.equal(at('lead').textContent, '');
});

test('another way is named where it is known, and hidden where there is none', () => {
  const view = shownView();
  for (const [channel, text, isHidden] of /** @type {const} */ ([['whatsapp', 'Send it by WhatsApp', false], ['toString', 'Send it another way', false], [null, '', true]])) {
    view.showCodeForm('+233 24 123 4567, Ghana', channel);
    assert.deepEqual([at('other-way').textContent, at('other-way').hidden], [text, isHidden]);
  }
});

/** @type {any[]} */
const pressed = [];
/** @type {any} */
const actions = new Proxy({}, { get: (_, name) => () => pressed.push(name) });

test('a button at work says so and keeps its width; the others are off', () => {
  const view = shownView();
  const submit = { preventDefault: () => {} };
  for (const [id, work, listener, press] of /** @type {const} */ ([
    ['request-code', 'Sending…', 'contact-form', 'submit'], ['verify-code', 'Checking…', 'code-form', 'submit'], ['resend', 'Sending…', 'resend', 'click'], ['other-way', 'Sending…', 'other-way', 'click'], ['sign-out', 'Signing out…', 'sign-out', 'click'],
  ])) {
    view.listen({ ...actions, requestCode: () => view.showBusy(true), verifyCode: () => view.showBusy(true), resend: () => view.showBusy(true), sendOtherWay: () => view.showBusy(true), signOut: () => view.showBusy(true) });
    view.showResendIn(0);
    view.showBusy(false);
    const text = at(id).textContent;
    at(listener).listeners[press]?.(submit);
    assert.deepEqual([at(id).textContent, at(id).style.minWidth, at(id).dataset.busy, at(id).attributes['aria-disabled']], [work, '140.5px', '', 'true']);
    view.showResendIn(2_000);
    view.showBusy(false);
    assert.deepEqual([at(id).textContent, at(id).style.minWidth, at(id).dataset.busy], [text, '', undefined]);
  }
});

test('no button is at work for what nobody pressed, nor for what ends before it begins', () => {
  const view = shownView();
  view.listen({ ...actions, verifyCode: () => view.showCodeProblem('Enter the 6 digits of the code.', true) });
  at('code-form').listeners.submit?.({ preventDefault: () => {} });
  view.showBusy(true);
  assert.deepEqual([...elements.values()].filter(({ dataset }) => 'busy' in dataset), []);
  view.showBusy(false);
});

test('another way that is named anew while it is used keeps the new name', () => {
  const view = shownView();
  view.listen({ ...actions, sendOtherWay: () => view.showBusy(true) });
  view.showCodeForm('+233 24 123 4567, Ghana', 'whatsapp');
  view.showResendIn(0);
  at('other-way').listeners.click?.({ preventDefault: () => {} });
  view.showCodeForm('+233 24 123 4567, Ghana', 'sms');
  view.showBusy(false);
  assert.equal(at('other-way').textContent, 'Send it by SMS');
});

test('the time until another code stands beside its button, whose name stays', () => {
  const view = shownView();
  const name = at('resend').textContent;
  view.showResendIn(29_000);
  assert.deepEqual([at('resend').textContent, at('resend-wait').textContent], [name, 'in 29 seconds']);
  view.showResendIn(0);
  assert.equal(at('resend-wait').textContent, '');
});

test('a document of the release before lacks places of this one, and is served all the same', () => {
  const places = /** @type {const} */ (['resend-wait', 'sign-out-problem', 'dismiss']);
  const kept = places.map((id) => at(id));
  for (const id of places) elements.delete(id);
  const view = shownView();
  view.showBusy(false);
  view.showResendIn(1_000);
  view.showSignOutProblem('We could not sign you out.');
  assert.equal(at('wallet-problem').textContent, 'We could not sign you out.');
  for (const [index, id] of places.entries()) elements.set(id, /** @type {FakeElement} */ (kept[index]));
});

test('a failed sign-out is told beside its button until the next try', () => {
  const view = shownView();
  view.showAuthenticated('e•••@b.example');
  view.showSignOutProblem('We could not sign you out.');
  assert.deepEqual([at('sign-out-problem').textContent, at('wallet-problem').textContent], ['We could not sign you out.', '']);
  view.showBusy(true);
  assert.equal(at('sign-out-problem').textContent, '');
});

test('the owner is told whole, and the domain of a mailbox is the lesser part', () => {
  const view = shownView();
  for (const [owner, ...domains] of [['k•••@mail.example', '@mail.example'], ['+233 •• ••• 4567, k•••@mail.example, a•••@b.example', '@mail.example', '@b.example'], ['Signed in through this shop']]) {
    view.showAuthenticated(String(owner));
    assert.deepEqual([at('owner').textContent, at('owner').children.filter(({ attributes }) => attributes.class).map(({ textContent }) => textContent)], [owner, domains]);
  }
});

test('each stopped state names the shop’s form, and offers what helps', () => {
  const view = shownView();
  for (const [state, reason, offered] of /** @type {const} */ ([
    ['ended', 'signed_out', 'Sign in'], ['ended', 'session_expired', 'Sign in'], ['ended', 'session_revoked', 'Sign in'],
    ['disconnected', 'network', 'Start again'], ['disconnected', 'rate_limited', 'Start again'], ['disconnected', 'disconnected', 'Start again'],
    ['disconnected', 'offline', ''], ['refused', 'unsupported_browser', ''], ['refused', 'insecure_context', ''], ['refused', 'business_disabled', ''],
  ])) {
    view.showStopped(state, reason);
    assert.match(at('stopped-text').textContent, /You can fill in the shop’s form instead\.$/);
    assert.equal(at('start-again').hidden ? '' : at('start-again').textContent, offered, reason);
  }
});

test('the heading says which element it is', () => {
  const names = /** @type {const} */ (['auth', 'address', 'payment']).map((element) => {
    shownView().setElement(element);
    return heading.attributes['aria-label'];
  });
  assert.deepEqual(names, ['Link by Cimplify: your details', 'Link by Cimplify: your addresses', 'Link by Cimplify: your wallets']);
});

test('the status line forgets what is old, and the same problem is told again', () => {
  /** @type {(() => void)[]} */
  const timers = [];
  page.defaultView = { setTimeout: (/** @type {() => void} */ task, /** @type {number} */ ms) => (assert.equal(ms, 10_000), timers.push(task)), clearTimeout: (/** @type {number} */ id) => { delete timers[id - 1]; }, matchMedia: () => ({ addEventListener: () => {} }) };
  const view = shownView();
  view.say('Saved.');
  view.say('Saved.');
  assert.equal(at('status').textContent, 'Saved.\u00a0');
  assert.deepEqual(Object.keys(timers), ['1']);
  timers[1]?.();
  assert.equal(at('status').textContent, '');
  view.showCodeForm('a@b.example', null);
  view.showCodeProblem('Enter the 6 digits of the code.', true);
  view.showCodeProblem('Enter the 6 digits of the code.', true);
  assert.equal(at('code-problem').textContent, 'Enter the 6 digits of the code.\u00a0');
  page.defaultView = null;
});
