import type { DeviceRequest } from 'oasis-embed/onnx';
import type { EngineRequest } from 'oasis-embed/training';
import { choice } from './declaration.js';

/** What runs pretrained transformers: an engine, or ONNX Runtime on another device than the processor. */
export type ModelEngine = EngineRequest | `onnx on ${Exclude<DeviceRequest, 'cpu'>}`;

/** Flags of every command that runs transformers. Part of no key: every engine gives the same vectors, to rounding. */
export const modelEngineDeclarations = {
  engine: choice<EngineRequest>(
    '--model-engine <name>',
    'what runs pretrained transformers: onnx (with onnxruntime-node), tfjs, or auto for the faster one that can',
    ['auto', 'onnx', 'tfjs'],
    'auto',
  ),
  device: choice<DeviceRequest>(
    '--device <name>',
    'what they run on, on ONNX Runtime; auto takes CUDA where it is, and else the processor',
    ['cpu', 'auto', 'webgpu', 'cuda', 'dml', 'coreml'],
    'cpu',
  ),
};

interface EngineFlags {
  readonly engine: EngineRequest;
  /** Runs of earlier versions name none. */
  readonly device?: DeviceRequest;
}

/** @throws Error where the flags contradict each other. */
export const engineOf = ({ engine, device = 'cpu' }: EngineFlags): ModelEngine => {
  if (device === 'cpu') return engine;
  if (engine === 'tfjs')
    throw new Error('--device is for ONNX Runtime, --model-engine tfjs for TensorFlow.js');
  return `onnx on ${device}`;
};

/** The engine and the device that a request stands for. */
export const partsOfEngine = (request: ModelEngine): Required<EngineFlags> => {
  const [engine, device] = request.split(' on ') as [EngineRequest, DeviceRequest | undefined];
  return { engine, device: device ?? 'cpu' };
};
