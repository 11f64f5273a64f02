/** Reads numbers as the frame does. Takes [[chosen region, typed], …] and prints the contact for each, or null, what is shown of it, and the regions that may have it. */

import * as countries from '../../static/frame/phone/countries.js';
import { Phones } from '../../static/frame/phone/phones.js';

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const typed = JSON.parse(Buffer.concat(chunks).toString());
const read = async ([region, text]) => {
  const chosen = countries.COUNTRIES.find((country) => country.region === region) ?? null;
  const { contact = null, shown = null } = (await new Phones(chosen, async () => countries).read(text)) ?? {};
  return [contact, shown, contact && countries.readNumber(contact)?.regions];
};
console.log(JSON.stringify(await Promise.all(typed.map(read))));
