// The few parts of Node that the tests use, so that no package of types is needed.

declare module 'node:test' {
  export default function test(name: string, run: () => void | Promise<void>): void;
}

declare module 'node:assert/strict' {
  interface Assert {
    (value: unknown, message?: string): asserts value;
    equal<T>(actual: unknown, expected: T, message?: string): asserts actual is T;
    notEqual(actual: unknown, expected: unknown, message?: string): void;
    deepEqual(actual: unknown, expected: unknown, message?: string): void;
    match(text: string, pattern: RegExp): void;
    throws(run: () => unknown, expected?: unknown, message?: string): void;
    rejects(run: Promise<unknown>, expected?: unknown): Promise<void>;
  }
  const assert: Assert;
  export default assert;
}

declare module 'node:fs' {
  export function readFileSync(path: URL, encoding: 'utf8'): string;
  export function readdirSync(path: URL, options?: { recursive: true; encoding: 'utf8' }): string[];
}

declare module 'node:crypto' {
  export interface KeyObject {
    export(options: { format: 'jwk' }): JsonWebKey;
  }
  export function createHash(name: 'sha256'): { update(bytes: Uint8Array): { digest(): Uint8Array } };
  export function generateKeyPairSync(type: 'ec', options: { namedCurve: string }): { privateKey: KeyObject; publicKey: KeyObject };
  export function sign(hash: 'sha256', data: Uint8Array, key: { key: KeyObject; dsaEncoding: 'ieee-p1363' }): Uint8Array;
}
