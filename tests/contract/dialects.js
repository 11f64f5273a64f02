/** The same shapes as `test_dialect.py` writes in pydantic, in zod 4. Prints {name: JSON Schema}. */

import { z } from 'zod';

const shared = z.object({ name: z.string() }).meta({ id: 'Shared' });

const shapes = {
  nullable: z.object({ a: z.string().nullable() }),
  whole: z.object({ a: z.int() }),
  positive: z.object({ a: z.int().positive() }),
  bounded: z.object({ a: z.string().min(2).max(9) }),
  instant: z.object({ a: z.iso.datetime() }),
  digits: z.object({ a: z.string().regex(/^\d{6}$/) }),
  one: z.object({ a: z.literal('x') }),
  either: z.object({ a: z.union([z.literal('x'), z.literal('y')]) }),
  enumerated: z.object({ a: z.enum(['x', 'y']) }),
  optional: z.object({ a: z.boolean().optional() }),
  defaulted: z.object({ a: z.boolean().default(true) }),
  listed: z.object({ a: z.array(z.number()).max(3) }),
  keyed: z.object({ a: z.record(z.string(), z.int()) }),
  closed: z.strictObject({ a: z.string() }),
  anything: z.object({ a: z.unknown() }),
  numbered: z.object({ a: z.literal(1) }),
  recorded: z.object({ a: z.record(z.enum(['x', 'y']), z.int()) }),
  partly: z.object({ a: z.partialRecord(z.enum(['x', 'y']), z.int()) }),
  told: z.object({ a: z.discriminatedUnion('kind', [z.object({ kind: z.literal('x') }), z.object({ kind: z.literal('y'), b: z.string() })]) }),
  shared: z.object({ a: shared, b: shared.nullable() }),
};

console.log(JSON.stringify(Object.fromEntries(
  Object.entries(shapes).map(([name, schema]) => [name, z.toJSONSchema(schema, { io: 'input' })]),
)));
