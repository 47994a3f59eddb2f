import type { ModuleRequest } from '../language-definition.js';
import { folderOf, joinPath } from './paths.js';

const EXTENSIONS = ['.ts', '.tsx', '.mts', '.cts', '.js', '.mjs', '.cjs', '.jsx'];

/** An import of `./x.js` in TypeScript means `./x.ts`. */
const SOURCE_OF: Readonly<Record<string, readonly string[]>> = {
  '.js': ['.ts', '.tsx', '.jsx', '.mjs', '.cjs'],
  '.mjs': ['.mts', '.js'],
  '.cjs': ['.cts', '.js', '.mjs'],
  '.jsx': ['.tsx'],
};

const resolveFile = (base: string, request: ModuleRequest, depth = 0): string | null => {
  const { hasFile, mains } = request;
  if (hasFile(base)) return base;
  for (const extension of EXTENSIONS) if (hasFile(base + extension)) return base + extension;
  const written = /\.[mc]?jsx?$/.exec(base)?.[0];
  for (const extension of SOURCE_OF[written ?? ''] ?? []) {
    const source = base.slice(0, -written!.length) + extension;
    if (hasFile(source)) return source;
  }
  const main = mains.get(base);
  if (main !== undefined && depth < 2) {
    const entry = joinPath(base, main);
    const found = entry === null || entry === base ? null : resolveFile(entry, request, depth + 1);
    if (found !== null) return found;
  }
  for (const extension of EXTENSIONS) {
    const index = base === '' ? `index${extension}` : `${base}/index${extension}`;
    if (hasFile(index)) return index;
  }
  return null;
};

/** Relative paths, and the names of packages that the repository itself holds. */
export const resolveEcmaScriptModule = (request: ModuleRequest): readonly string[] => {
  const { module, path, packages } = request;
  if (module.startsWith('.')) {
    const base = joinPath(folderOf(path), module);
    const found = base === null ? null : resolveFile(base, request);
    return found === null ? [] : [found];
  }
  for (let name = module; name !== ''; name = folderOf(name)) {
    const folder = packages.get(name);
    if (folder === undefined) continue;
    const rest = module.slice(name.length + 1);
    for (const inside of [rest, `src/${rest}`, `lib/${rest}`]) {
      const base = joinPath(folder, inside);
      const found = base === null ? null : resolveFile(base, request);
      if (found !== null) return [found];
    }
  }
  return [];
};

/** Names of methods and functions that every program calls on values of the language itself. */
export const ECMASCRIPT_COMMON_NAMES: ReadonlySet<string> = /* @__PURE__ */ (() =>
  new Set(
    (
      'add addEventListener all any append appendChild apply assert assign at bind call catch charAt charCodeAt ' +
      'clear clone close concat constructor copy copyWithin count create createElement debug defineProperty delete ' +
      'destroy dispatchEvent emit end endsWith entries error every exec exit fill filter finally find findIndex ' +
      'findLast flat flatMap flush forEach freeze from fromEntries get getAttribute getElementById getOwnPropertyNames ' +
      'getPrototypeOf getTime has hasOwn hasOwnProperty includes indexOf info init insertBefore isArray isFinite ' +
      'isInteger isNaN isPrototypeOf item join keys lastIndexOf length listen load localeCompare log map match ' +
      'matchAll max min next normalize now of off on once open parse parseFloat parseInt pause play pop ' +
      'preventDefault propertyIsEnumerable push querySelector querySelectorAll race random read reduce reduceRight ' +
      'reject remove removeAttribute removeChild removeEventListener repeat replace replaceAll require reset resolve ' +
      'resume return reverse round run save search send set setAttribute setTimeout shift size slice some sort splice ' +
      'split start startsWith stop stringify sub subarray substr substring test then throw toFixed toJSON toISOString ' +
      'toLocaleString toLowerCase toString toUpperCase trim trimEnd trimStart trunc unshift update valueOf values ' +
      'alert atob btoa cancelAnimationFrame clearInterval clearTimeout confirm decodeURI decodeURIComponent encodeURI ' +
      'encodeURIComponent escape eval fetch getComputedStyle importScripts matchMedia postMessage prompt queueMicrotask ' +
      'reportError requestAnimationFrame requestIdleCallback cancelIdleCallback scrollBy scrollTo setImmediate ' +
      'setInterval structuredClone unescape getBoundingClientRect getItem setItem removeItem getContext focus blur click ' +
      'getRandomValues subscribe unsubscribe observe unobserve disconnect abort cancel pipe json text blob arrayBuffer ' +
      'toSorted toReversed toSpliced getSelection createTextNode createElementNS cloneNode replaceChildren scrollIntoView ' +
      'stopPropagation stopImmediatePropagation setAttributeNS contains matches closest remove toggle groupBy ' +
      'warn write abs ceil floor sqrt pow sin cos tan atan2 exp log10 log2 sign hypot cbrt fround imul clz32'
    ).split(' '),
  ))();

/** Objects of ECMAScript, of browsers and of Node that every file sees without an import. */
export const ECMASCRIPT_PLATFORM: ReadonlySet<string> = /* @__PURE__ */ (() =>
  new Set(
    (
      'Array ArrayBuffer Atomics BigInt Boolean DataView Date Error Function Intl Iterator JSON Map Math Number Object ' +
      'Promise Proxy Reflect RegExp Set String Symbol WeakMap WeakRef WeakSet WebAssembly Float32Array Float64Array ' +
      'Int8Array Int16Array Int32Array Uint8Array Uint8ClampedArray Uint16Array Uint32Array BigInt64Array ' +
      'AbortController AbortSignal Blob Buffer Event FormData Headers Request Response TextDecoder TextEncoder URL ' +
      'URLSearchParams caches console crypto customElements document history indexedDB localStorage location navigator ' +
      'performance process screen sessionStorage speechSynthesis visualViewport Deno Bun chrome browser'
    ).split(' '),
  ))();
