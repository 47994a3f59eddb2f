import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** An ONNX file in the folder of its model. */
export interface OnnxFile {
  /** Where config.json and the tokenizer lie. */
  readonly folder: string;
  /** Relative to the folder. */
  readonly file: string;
}

/** What the hub calls them, the most precise first. */
const NAMES = ['model.onnx', 'model_fp16.onnx', 'model_quantized.onnx', 'model_int8.onnx', 'model_q8.onnx'];

export const isOnnxFile = (path: string): boolean => path.endsWith('.onnx');

/**
 * The ONNX file that a model is read from: the one named, or, in a folder without safetensors, the first that is there.
 *
 * @returns Null for a folder with safetensors, or without any such file.
 * @throws Error when a named file has no config.json beside it or one folder up.
 */
export const onnxFileOf = (path: string): OnnxFile | null => {
  if (isOnnxFile(path)) {
    const folder = [dirname(path), dirname(dirname(path))].find((one) =>
      existsSync(join(one, 'config.json')),
    );
    if (folder === undefined) {
      throw new Error(`${path}: expected config.json beside it or in the folder above, found none`);
    }
    return { folder, file: relative(folder, path) };
  }
  for (const name of ['model.safetensors', 'model.safetensors.index.json'])
    if (existsSync(join(path, name))) return null;
  const file = ['onnx', ''].flatMap((below) => NAMES.map((name) => join(below, name)));
  const found = file.find((one) => existsSync(join(path, one)));
  return found === undefined ? null : { folder: path, file: found };
};

/** The file, and those beside it that hold its weights where it is too large. */
export const partsOf = ({ folder, file }: OnnxFile): readonly string[] =>
  [file, `${file}_data`, `${file}.data`].filter((name) => existsSync(join(folder, name)));
