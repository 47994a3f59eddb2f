import type { EngineChoice } from 'oasis-embed/training';
import { type ModelEngine, partsOfEngine } from '../options/model-engine.js';

/**
 * What runs the transformer of a folder, and on which device: the choice, and why others were passed over, in one line.
 *
 * @throws Error with the reasons when no engine, or not the one asked for, runs the model, or the device is not there.
 */
export const selectEngineOn = async (
  folder: string,
  request: ModelEngine = 'auto',
): Promise<EngineChoice> => {
  const { engine, device } = partsOfEngine(request);
  const { selectEngine } = await import('oasis-embed/training');
  const choice = await selectEngine(folder, engine);
  return device === 'cpu' ? choice : onDevice(choice, request);
};

/** The same for a model that ONNX Runtime is known to run. */
export const onDevice = async (choice: EngineChoice, request: ModelEngine): Promise<EngineChoice> => {
  const { device } = partsOfEngine(request);
  if (device === 'cpu') return choice;
  const { summary } = await (await import('oasis-embed/onnx')).selectDevice(device);
  return { ...choice, summary: `onnx on ${summary}` };
};
