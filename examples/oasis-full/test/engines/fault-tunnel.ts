import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What happens to one connection, once the server has sent so many bytes over it. */
export type TunnelFault = {
  readonly kind:
    | 'reset' /** Both sides are told that the connection is gone. */
    | 'cut' /** The client is told that the server has said all it had to say, in the middle of an answer. */
    | 'deaf' /** What the client sends still arrives, answers do not; then the connection is reset. */
    | 'silent' /** Nothing arrives any more on either side, and nobody is told: half-open. */
    | 'slow' /** From then on all answers are late. */;
  readonly after: number;
};

/** A network between clients and a server, that lets happen what happens on networks. */
export interface FaultTunnel {
  /** The address of the server, through the tunnel. */
  readonly url: string;
  /** How often each fault has happened. */
  readonly happened: Map<string, number>;
  /** Ends all connections, and refuses new ones for so long. */
  refuse(milliseconds: number): Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds by which an answer is late, and for which a deaf connection lasts. */
const LATE_MS = 50;
const DEAF_MS = 300;

/**
 * Opens a tunnel to a server on loopback.
 *
 * @param faultOf The fault of each connection, which are counted from 0; null for a sound one.
 */
export const startFaultTunnel = async (
  serverUrl: string,
  faultOf: (connection: number) => TunnelFault | null,
): Promise<FaultTunnel> => {
  const target = Number(new URL(serverUrl).port);
  const open = new Set<Socket>();
  const happened = new Map<string, number>();
  let connections = 0;

  const join = (client: Socket) => {
    const fault = faultOf(connections++);
    const server = connect(target, '127.0.0.1');
    let passed = 0;
    let broken = false;
    const drop = () => {
      client.resetAndDestroy();
      server.resetAndDestroy();
    };
    const strike = (rest: Buffer) => {
      broken = true;
      happened.set(fault!.kind, (happened.get(fault!.kind) ?? 0) + 1);
      if (fault!.kind === 'reset') drop();
      else if (fault!.kind === 'cut') {
        client.end(rest);
        server.destroy();
      } else if (fault!.kind === 'deaf') setTimeout(drop, DEAF_MS);
    };
    for (const socket of [client, server]) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
    }
    client.on('data', (bytes: Buffer) => {
      if (!broken || fault?.kind === 'deaf' || fault?.kind === 'slow') server.write(bytes);
    });
    server.on('data', (bytes: Buffer) => {
      if (broken && fault?.kind !== 'slow') return;
      const last = passed;
      passed += bytes.length;
      if (fault === null || passed <= fault.after) {
        client.write(bytes);
        return;
      }
      if (!broken) strike(bytes.subarray(0, fault.after - last));
      if (fault.kind === 'slow') void sleep(LATE_MS).then(() => client.write(bytes));
    });
    client.on('close', () => {
      open.delete(client);
      // A server behind a silent network hears nothing of a client that went.
      if (!broken || fault?.kind !== 'silent') server.destroy();
    });
    server.on('close', () => {
      open.delete(server);
      if (!broken || fault?.kind === 'slow') client.destroy();
    });
  };

  const listen = (port: number): Promise<Server> =>
    new Promise((resolve, reject) => {
      const listener = createServer(join);
      listener.on('error', reject);
      listener.listen(port, '127.0.0.1', () => resolve(listener));
    });
  let listener = await listen(0);
  const { port } = listener.address() as { readonly port: number };
  const stop = () =>
    new Promise<void>((resolve) => {
      listener.close(() => resolve());
      for (const socket of open) socket.resetAndDestroy();
    });
  const url = new URL(serverUrl);
  url.port = String(port);
  return {
    url: url.href,
    happened,
    refuse: async (milliseconds) => {
      await stop();
      happened.set('refused', (happened.get('refused') ?? 0) + 1);
      await sleep(milliseconds);
      listener = await listen(port);
    },
    close: stop,
  };
};
