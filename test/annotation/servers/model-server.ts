import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface ModelServer {
  /** Without a path. */
  readonly origin: string;
  kill(): Promise<void>;
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
};

/** Starts one of the servers of serve.py, with the Python that OASIS_SERVING names, and waits until it answers. */
export const startModelServer = async (
  kind: 'transformers' | 'sentence-transformers' | 'llama.cpp',
  model: string,
): Promise<ModelServer> => {
  const python = process.env.OASIS_SERVING;
  if (python === undefined) throw new Error('OASIS_SERVING is not set: see .ci/real-servers');
  const port = await freePort();
  const script = join(dirname(fileURLToPath(import.meta.url)), 'serve.py');
  const child = spawn(python, [script, kind, model, `${port}`], {
    env: { ...process.env, OMP_NUM_THREADS: '1', HF_HUB_OFFLINE: '1', TOKENIZERS_PARALLELISM: 'false' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4000);
    });
  const ended = once(child, 'exit');
  const origin = `http://127.0.0.1:${port}`;
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  const started = performance.now();
  for (;;) {
    const status = await fetch(`${origin}/v1/models`).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) return { origin, kill };
    if (child.exitCode !== null) throw new Error(`${kind} ended with code ${child.exitCode}:\n${said}`);
    if (performance.now() - started > 240_000) {
      await kill();
      throw new Error(`${kind} did not start:\n${said}`);
    }
    await sleep(200);
  }
};
