import util from 'node:util';

/** What Node 23 removed from `node:util`, as it was. tfjs-node 4.22 asks for the first of them at every gather. */
const REMOVED: Readonly<Record<string, (value: unknown) => boolean>> = {
  isNullOrUndefined: (value) => value === null || value === undefined,
  isBoolean: (value) => typeof value === 'boolean',
  isBuffer: (value) => Buffer.isBuffer(value),
  isDate: (value) => util.types.isDate(value),
  isError: (value) => util.types.isNativeError(value) || value instanceof Error,
  isFunction: (value) => typeof value === 'function',
  isNull: (value) => value === null,
  isNumber: (value) => typeof value === 'number',
  isObject: (value) => value !== null && typeof value === 'object',
  isPrimitive: (value) => value === null || (typeof value !== 'object' && typeof value !== 'function'),
  isRegExp: (value) => util.types.isRegExp(value),
  isString: (value) => typeof value === 'string',
  isSymbol: (value) => typeof value === 'symbol',
  isUndefined: (value) => value === undefined,
  // Deprecated, and next to go.
  isArray: (value) => Array.isArray(value),
};

/**
 * Puts the helpers back that this Node no longer has and packages of its time still call.
 *
 * @returns Their names; none on a Node that has them all.
 */
export const restoreNodeHelpers = (target: Record<string, unknown> = util as never): readonly string[] => {
  const missing = Object.keys(REMOVED).filter((name) => typeof target[name] !== 'function');
  for (const name of missing) {
    Object.defineProperty(target, name, {
      value: REMOVED[name],
      configurable: true,
      enumerable: true,
      writable: true,
    });
  }
  return missing;
};
