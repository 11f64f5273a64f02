import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

const HTML = readFileSync(new URL('../../../static/frame/frame.html', import.meta.url), 'utf8');

class FakeElement {
  hidden = false;
  value = '';
  textContent = '';
  /** @type {Record<string, string>} */
  dataset = {};
  /** @type {Record<string, string>} */
  attributes = {};
  setAttribute(/** @type {string} */ name, /** @type {string} */ value) {
    this.attributes[name] = value;
  }
  addEventListener() {}
  focus() {
    page.activeElement = this;
  }
  select() {}
}
class FakeInput extends FakeElement {}
Object.assign(globalThis, { HTMLElement: FakeElement, HTMLInputElement: FakeInput, HTMLFormElement: FakeElement });

const body = new FakeElement();
/** @type {Map<string, FakeElement>} */
const elements = new Map();
for (const [, tag, id] of HTML.matchAll(/<(\w+) id="([\w-]+)"/g)) elements.set(String(id), tag === 'input' ? new FakeInput() : new FakeElement());
/** @type {any} */
const page = {
  body,
  activeElement: body,
  documentElement: new FakeElement(),
  hasFocus: () => true,
  getElementById: (/** @type {string} */ id) => elements.get(id) ?? null,
  querySelectorAll: () => [],
};
const { View } = await import('../../../static/frame/ui/view.js');
const { Phones } = await import('../../../static/frame/phone/phones.js');
const phones = new Phones(null, () => import('../../../static/frame/phone/countries.js'));
const at = (/** @type {string} */ id) => /** @type {FakeElement} */ (elements.get(id));

test('a new start by keyboard keeps the focus and clears the old status', () => {
  const view = new View(page, phones, () => import('../../../static/frame/ui/appearance.js'));
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
  const view = new View(page, phones, () => import('../../../static/frame/ui/appearance.js'));
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

test('during a request no other action is enabled', () => {
  const view = new View(page, phones, () => import('../../../static/frame/ui/appearance.js'));
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
  const view = new View(page, phones, () => import('../../../static/frame/ui/appearance.js'));
  view.showCodeForm('a@b.example', null);
  view.showCodeProblem('Wrong code.', true);
  view.showBusy(true);
  assert.deepEqual([at('code-problem').textContent, at('otp-code').attributes['aria-invalid']], ['', 'false']);
  view.showCodeProblem('No network.', false);
  view.showBusy(false);
  assert.equal(at('code-problem').textContent, 'No network.');
});

test('a step-up names the contact that must receive the code, until it is over', () => {
  const view = new View(page, phones, () => import('../../../static/frame/ui/appearance.js'));
  view.showAuthenticated('e•••@b.example');
  view.showStepUp('Prove that you are');
  assert.match(at('code-lead').textContent, /e•••@b\.example/);
  view.showStopped('ended', 'signed_out');
  view.endStepUp();
  assert.equal(at('code-lead').textContent, '');
});

test('another way is named where it is known, and hidden where there is none', () => {
  const view = new View(page, phones, () => import('../../../static/frame/ui/appearance.js'));
  for (const [channel, text, isHidden] of /** @type {const} */ ([['whatsapp', 'Send it by WhatsApp', false], ['toString', 'Send it another way', false], [null, '', true]])) {
    view.showCodeForm('+233 24 123 4567, Ghana', channel);
    assert.deepEqual([at('other-way').textContent, at('other-way').hidden], [text, isHidden]);
  }
});
