// The few parts of Node that the tests and the build use, so that no package of types is needed.

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

declare module 'node:child_process' {
  export function spawnSync(command: string, args: string[], options: { encoding: 'utf8'; cwd?: string }): { status: number | null; stdout: string; stderr: string };
}

declare module 'node:os' {
  export function tmpdir(): string;
}

declare module 'node:url' {
  export function pathToFileURL(path: string): URL;
}

declare module 'node:fs' {
  export function cpSync(from: string, to: string, options: { recursive: true }): void;
  export function existsSync(path: string): boolean;
  export function mkdirSync(path: string, options: { recursive: true }): void;
  export function mkdtempSync(prefix: string): string;
  export function readFileSync(path: URL | string, encoding: 'utf8'): string;
  export function readFileSync(path: string): Uint8Array;
  export function readdirSync(path: URL | string, options?: { recursive: true; encoding: 'utf8' }): string[];
  export function renameSync(from: string, to: string): void;
  export function realpathSync(path: string): string;
  export function rmSync(path: string, options: { force: true; recursive?: true }): void;
  export function statSync(path: string): { isFile(): boolean };
  export function utimesSync(path: string, accessed: Date, modified: Date): void;
  export function symlinkSync(target: string, path: string): void;
  export function writeFileSync(path: string, content: Uint8Array | string): void;
}

declare module 'node:path' {
  export function dirname(path: string): string;
  export function join(...parts: string[]): string;
  export function resolve(path: string): string;
}

declare module 'node:util' {
  export function parseArgs(config: {
    options: { from?: { type: 'string' }; to: { type: 'string'; default: string }; readable?: { type: 'boolean' } };
  }): { values: { from?: string; to: string; readable?: boolean } };
}

declare module 'node:zlib' {
  export const constants: { BROTLI_PARAM_QUALITY: number; BROTLI_MAX_QUALITY: number; BROTLI_OPERATION_FLUSH: number; BROTLI_OPERATION_FINISH: number };
  export function brotliCompressSync(content: Uint8Array, options: { params: Record<number, number>; finishFlush?: number }): Uint8Array;
  export function brotliDecompressSync(content: Uint8Array, options: { finishFlush: number }): Uint8Array;
  export function gzipSync(content: Uint8Array, options: { level: number }): Uint8Array;
  export function gunzipSync(content: Uint8Array): Uint8Array;
}

declare const Buffer: { compare(one: Uint8Array, other: Uint8Array): number };
declare const process: { pid: number; execPath: string; argv: string[] };

interface ImportMeta {
  dirname: string;
  filename: string;
}

declare module 'node:crypto' {
  export interface KeyObject {
    export(options: { format: 'jwk' }): JsonWebKey;
  }
  export function createHash(name: 'sha256'): { update(bytes: Uint8Array): { digest(): Uint8Array; digest(encoding: 'hex'): string } };
  export function generateKeyPairSync(type: 'ec', options: { namedCurve: string }): { privateKey: KeyObject; publicKey: KeyObject };
  export function sign(hash: 'sha256', data: Uint8Array, key: { key: KeyObject; dsaEncoding: 'ieee-p1363' }): Uint8Array;
}
