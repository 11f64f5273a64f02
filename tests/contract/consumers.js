/**
 * What known consumers write down of the Link API, in zod 4, and how each could drift.
 * Prints {agreeing: [{type, direction, schema}], drifted: [{type, direction, schema, place}]}, `byDefault` as
 * `agreeing`, and `others` that are held against a schema of their own.
 */

import { z } from 'zod';

const contact = z.object({ contact: z.string(), contact_type: z.enum(['phone', 'email']) });
const provider = z.enum(['mtn', 'vodafone', 'telecel', 'airtel', 'airteltigo', 'mpesa']);
const providerCode = z.enum(['mtn', 'vod', 'atl', 'mpesa']);

const customerAddress = z.object({
  id: z.string(),
  label: z.string(),
  street_address: z.string(),
  apartment: z.string().nullable(),
  city: z.string(),
  region: z.string(),
  country: z.string().length(2),
  phone_for_delivery: z.string().nullable(),
  latitude: z.number().nullable(),
  is_default: z.boolean(),
  usage_count: z.int().nonnegative(),
  last_used_at: z.iso.datetime().nullish(),
  nickname: z.string().optional(),
});
const customerMobileMoney = z.object({
  id: z.string(),
  provider,
  provider_code: providerCode.optional(),
  phone_number: z.e164(),
  is_verified: z.boolean(),
  is_default: z.boolean(),
});
const linkAuthResponse = z.object({
  success: z.literal(true),
  session_token: z.string(),
  refresh_token: z.string(),
  account_id: z.string(),
  customer_id: z.string(),
  message: z.string(),
});
const createAddress = z.object({
  label: z.string().min(1),
  street_address: z.string().min(1),
  city: z.string(),
  region: z.string(),
  apartment: z.string().optional(),
  phone_for_delivery: z.e164().nullish(),
  latitude: z.number().optional(),
});
const verifyOtp = contact.extend({ otp_code: z.string().regex(/^\d{6}$/) });

const createMobileMoney = z.object({ provider, phone_number: z.string() });
const orderType = z.enum(['delivery', 'pickup', 'dine-in']);
const customerLinkPreferences = z.object({
  notify_on_order: z.boolean(),
  notify_on_payment: z.boolean(),
  preferred_order_type: orderType.nullable(),
  default_address_id: z.string().nullable(),
});
const linkCustomer = z.object({ id: z.string(), name: z.string().nullable(), phone: z.string().nullable(), email: z.email().nullable() });
const linkData = z.object({
  customer: linkCustomer,
  addresses: z.array(customerAddress),
  mobile_money: z.array(customerMobileMoney),
  preferences: customerLinkPreferences.nullable(),
  default_address: customerAddress.nullable(),
  default_mobile_money: customerMobileMoney.nullable(),
});
const enroll = z.object({ contact: z.string(), name: z.string().optional() });
const enrollAndLinkOrder = z.object({
  order_id: z.string(),
  business_id: z.string(),
  address: createAddress.optional(),
  mobile_money: createMobileMoney.optional(),
  order_type: orderType.optional(),
});
const updatePreferences = z.object({
  notify_on_order: z.boolean().optional(),
  notify_on_payment: z.boolean().optional(),
  preferred_order_type: orderType.nullish(),
});
const session = z.object({ id: z.string(), is_current: z.boolean(), business_id: z.string().nullable() });
const linkSession = session.extend({ kind: z.literal('link') });
const elementSession = session.extend({ kind: z.literal('element'), element: z.string().nullable() });
const customerSession = z.discriminatedUnion('kind', [linkSession, elementSession]);

const answers = {
  LinkSession: customerSession,
  LinkCustomer: linkCustomer,
  LinkData: linkData,
  CustomerLinkPreferences: customerLinkPreferences,
  CustomerMobileMoney: customerMobileMoney,
  LinkAuthResponse: linkAuthResponse,
  CustomerAddress: customerAddress,
};

const requests = {
  RequestOtpRequest: contact,
  VerifyOtpRequest: verifyOtp,
  CreateAddressRequest: createAddress,
  UpdateAddressRequest: createAddress.partial(),
  CreateMobileMoneyRequest: createMobileMoney,
  EnrollRequest: enroll,
  EnrollAndLinkOrderRequest: enrollAndLinkOrder,
  UpdatePreferencesRequest: updatePreferences,
};

const drifts = [
  ['LinkSession', 'answer', z.discriminatedUnion('kind', [linkSession]), '/properties/kind'],
  ['LinkSession', 'answer', z.discriminatedUnion('kind', [linkSession, elementSession.extend({ kind: z.literal('frame') })]), '/properties/kind'],
  ['LinkSession', 'answer', z.discriminatedUnion('kind', [linkSession, elementSession.extend({ element: z.string() })]), '/properties/element'],
  ['LinkSession', 'answer', z.discriminatedUnion('kind', [linkSession.extend({ is_current: z.string() }), elementSession]), '/properties/is_current'],
  ['LinkAuthResponse', 'answer', linkAuthResponse.extend({ token: z.string() }), '/properties/token'],
  ['LinkAuthResponse', 'answer', linkAuthResponse.extend({ customer_id: z.int() }), '/properties/customer_id'],
  ['CustomerAddress', 'answer', customerAddress.extend({ apartment: z.string() }), '/properties/apartment'],
  ['CustomerAddress', 'answer', customerAddress.extend({ is_default: z.enum(['yes', 'no']) }), '/properties/is_default'],
  ['CustomerAddress', 'answer', customerAddress.extend({ city: z.enum(['Accra']) }), '/properties/city'],
  ['CustomerAddress', 'answer', customerAddress.extend({ latitude: z.int().nullable() }), '/properties/latitude'],
  ['CustomerMobileMoney', 'answer', customerMobileMoney.extend({ provider: provider.exclude(['mpesa']) }), '/properties/provider'],
  ['CustomerMobileMoney', 'answer', customerMobileMoney.extend({ provider_code: providerCode.exclude(['atl']) }), '/properties/provider_code'],
  ['CreateMobileMoneyRequest', 'request', createMobileMoney.extend({ provider: z.enum(['mtn', 'paypal']) }), '/properties/provider'],
  ['UpdateAddressRequest', 'request', z.object({ city: z.string().nullable() }), '/properties/city'],
  ['LinkData', 'answer', linkData.extend({ preferences: customerLinkPreferences }), '/properties/preferences'],
  [
    'LinkData',
    'answer',
    linkData.extend({ preferences: customerLinkPreferences.extend({ notify_on_order: z.enum(['yes', 'no']) }).nullable() }),
    '/properties/preferences/properties/notify_on_order',
  ],
  ['LinkCustomer', 'answer', linkCustomer.extend({ phone: z.string() }), '/properties/phone'],
  ['EnrollAndLinkOrderRequest', 'request', enrollAndLinkOrder.extend({ address: createAddress.omit({ city: true }).optional() }), '/properties/address/properties/city'],
  ['EnrollAndLinkOrderRequest', 'request', enrollAndLinkOrder.extend({ order_type: z.enum(['delivery', 'drone']) }), '/properties/order_type'],
  ['UpdatePreferencesRequest', 'request', updatePreferences.extend({ notify_on_order: z.boolean().nullable() }), '/properties/notify_on_order'],
  ['RequestOtpRequest', 'request', contact.extend({ contact_type: z.enum(['phone', 'email', 'whatsapp']) }), '/properties/contact_type'],
  ['RequestOtpRequest', 'request', contact.extend({ channel: z.string().optional() }), '/properties/channel'],
  ['VerifyOtpRequest', 'request', verifyOtp.extend({ otp_code: z.number() }), '/properties/otp_code'],
  ['VerifyOtpRequest', 'request', verifyOtp.omit({ otp_code: true }), '/properties/otp_code'],
  ['CreateAddressRequest', 'request', createAddress.extend({ label: z.string().nullable() }), '/properties/label'],
  ['CreateAddressRequest', 'request', createAddress.partial({ city: true }), '/properties/city'],
];

const keyed = (required, more = {}) => ({ type: 'object', properties: { x: { type: 'integer' }, y: { type: 'integer' } }, required, ...more });
const closed = { additionalProperties: false };
const record = z.record(z.enum(['x', 'y']), z.int());
const version = (value) => ({ type: 'object', properties: { v: { const: value, type: 'integer' } }, required: ['v'], ...closed });
const kinds = {
  type: 'object',
  properties: { kind: { enum: ['x', 'y'] }, b: { type: 'string' } },
  required: ['kind', 'b'],
  ...closed,
};
const told = (...names) => z.discriminatedUnion('kind', names.map((name) => z.object({ kind: z.literal(name), b: z.string() })));

/** [what, direction, written, ours, where it breaks or null] */
const others = [
  ['a number', 'request', z.object({ v: z.literal(1) }), version(1), null],
  ['another number', 'request', z.object({ v: z.literal(2) }), version(1), '/properties/v'],
  ['a record', 'answer', record, keyed(['x', 'y']), null],
  ['a record', 'request', record, keyed(['x', 'y'], closed), null],
  ['a record of which a part may be absent', 'answer', record, keyed(['x']), '/properties/y'],
  ['a record of a name too few', 'answer', z.record(z.enum(['x']), z.int()), keyed(['x', 'y']), '/properties/y'],
  ['a record of a name too many', 'request', z.record(z.enum(['x', 'y', 'z']), z.int()), keyed(['x', 'y'], closed), '/properties/z'],
  ['a part of a record', 'answer', z.partialRecord(z.enum(['x', 'y']), z.int()), keyed([]), null],
  ['branches', 'request', told('x', 'y'), kinds, null],
  ['some branches', 'request', told('x'), kinds, null],
  ['a branch too many', 'request', told('x', 'y', 'z'), kinds, '/properties/kind'],
];

/** What a schema takes is what counts on both sides: of an answer too, since zod drops what it does not name. */
const jsonSchema = (schema) => z.toJSONSchema(schema, { io: 'input' });
const agreeing = (direction, schemas) => Object.entries(schemas).map(([type, schema]) => ({ type, direction, schema: jsonSchema(schema) }));

console.log(JSON.stringify({
  agreeing: [...agreeing('answer', answers), ...agreeing('request', requests)],
  // By default zod writes what it gives, and an object gives nothing but what it names.
  byDefault: Object.entries(answers).map(([type, schema]) => ({ type, direction: 'answer', schema: z.toJSONSchema(schema) })),
  others: others.map(([what, direction, schema, ours, place]) => ({ what, direction, schema: jsonSchema(schema), ours, place })),
  drifted: drifts.map(([type, direction, schema, place]) => ({ type, direction, schema: jsonSchema(schema), place })),
}));
