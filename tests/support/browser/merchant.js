/**
 * A merchant page without the SDK, for tests: it embeds a plain iframe and posts what it likes.
 * Loaded into a page as a classic script; `merchant.py` drives it.
 */
window.merchant = {
  /** Window messages, with the number of the iframe they came from (-1: none of ours). */
  heard: [],
  /** What came through each port that was sent along, one list a port. */
  ports: [],
  channels: [],
  iframes: [],

  embed(src, attributes) {
    const iframe = document.createElement('iframe');
    for (const [name, value] of Object.entries(attributes)) iframe.setAttribute(name, value);
    iframe.src = src;
    document.body.append(iframe);
    return this.iframes.push(iframe) - 1;
  },

  newPort() {
    const channel = new MessageChannel();
    const heard = [];
    channel.port1.onmessage = ({ data }) => heard.push(data);
    this.channels.push(channel);
    this.ports.push(heard);
    return channel.port2;
  },

  post(target, message, targetOrigin, portCount) {
    const ports = Array.from({ length: portCount }, () => this.newPort());
    target.postMessage(message, targetOrigin, ports);
  },

  async bootstrap(url, element, challenge) {
    const request = { method: 'POST', headers: { 'Content-Type': 'text/plain' }, credentials: 'omit' };
    const response = await fetch(url, { ...request, body: JSON.stringify({ element, code_challenge: challenge }) });
    return [response.status, await response.json()];
  },
};

window.addEventListener('message', ({ data, origin, source }) => {
  const frame = window.merchant.iframes.findIndex(({ contentWindow }) => contentWindow === source);
  window.merchant.heard.push({ data, origin, frame });
});
