import { open } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import type { TensorProto } from '../graph/onnx_pb.js';

const EXTERNAL = 1;

/** Whether a tensor's numbers lie in a file beside the ONNX file, as of models of 2 GiB and more. */
export const isExternal = ({ dataLocation, externalData }: TensorProto): boolean =>
  dataLocation === EXTERNAL || externalData.length > 0;

const wholeNumber = (text: string): number | null => (/^\d+$/.test(text) ? Number(text) : null);

/**
 * The bytes of a tensor that lie in a file beside the ONNX file.
 *
 * @param path The ONNX file. Nothing outside its folder is read.
 * @throws Error naming file and tensor when the place is out of the folder, or the file is missing or too short.
 */
export const readExternalData = async (
  path: string,
  { name, externalData }: TensorProto,
): Promise<Uint8Array> => {
  const entries = new Map(externalData.map(({ key, value }) => [key, value]));
  const location = normalize(entries.get('location') ?? '');
  const offset = wholeNumber(entries.get('offset') ?? '0');
  if (location === '.' || isAbsolute(location) || location.split(/[\\/]/).includes('..')) {
    throw new Error(
      `${path}: the data of ${name} must lie in a file beside it, found ${JSON.stringify(entries.get('location') ?? null)}`,
    );
  }
  const data = join(dirname(path), location);
  const file = await open(data).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`cannot read ${data}, which holds ${name} of ${path}: ${reason}`, { cause: error });
  });
  try {
    const { size } = await file.stat();
    const length = entries.has('length') ? wholeNumber(entries.get('length')!) : size - (offset ?? 0);
    if (offset === null || length === null || offset + length > size) {
      throw new Error(
        `${data} must hold ${name} of ${path} at ${entries.get('offset') ?? 0}, ${entries.get('length') ?? 'to the end'}; found ${size} bytes`,
      );
    }
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
      if (bytesRead === 0) throw new Error(`${data} ended while ${name} was read`);
      done += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
};
