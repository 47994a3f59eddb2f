import { joinNames, type ModelFiles } from '../../encoders/transformer/index.js';

/**
 * A model's files behind a server, by `fetch`: the folder of a page, or a revision of a hub
 * (`https://…/OWNER/NAME/resolve/main`). Each is fetched once.
 *
 * @param url Of the folder.
 * @param fetchFile What fetches; tests and pages with headers of their own pass another. @defaultValue `fetch`
 * @throws Error, when files are read, naming the file and what the server answered, unless that is 404: no such file.
 *
 * @example
 * ```ts
 * import { fetchedFiles } from 'oasis-embed/onnx';
 *
 * const answer = async () => new Response('{}');
 * const files = fetchedFiles('https://example.org/model', answer);
 * console.log((await files.read('config.json'))?.length); // 2
 * ```
 */
export const fetchedFiles = (
  url: string,
  fetchFile: (url: string) => Promise<Response> = (file) => fetch(file),
): ModelFiles => {
  const root = url.replace(/\/+$/, '');
  const read = new Map<string, Promise<Uint8Array | null>>();
  const get = async (name: string): Promise<Uint8Array | null> => {
    const response = await fetchFile(joinNames(root, name));
    if (response.status === 404) return null;
    if (!response.ok)
      throw new Error(`cannot read ${joinNames(root, name)}: the server answered ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  };
  return {
    root,
    read(name) {
      const known = read.get(name);
      if (known !== undefined) return known;
      const reading = get(name);
      read.set(name, reading);
      // What failed once may be there the next time.
      reading.catch(() => read.delete(name));
      return reading;
    },
  };
};

/**
 * A model's files in memory, by their names relative to its folder: what a page was given, or what `OnnxEncoder.files`
 * returned.
 *
 * @example
 * ```ts
 * import { filesInMemory } from 'oasis-embed/onnx';
 *
 * const files = filesInMemory(new Map([['config.json', new TextEncoder().encode('{}')]]));
 * console.log(await files.read('tokenizer.json')); // null
 * ```
 */
export const filesInMemory = (
  files: ReadonlyMap<string, Uint8Array>,
  root = 'the model in memory',
): ModelFiles => ({
  root,
  read: async (name) => files.get(name) ?? null,
});
