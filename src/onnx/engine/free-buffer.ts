type Port = InstanceType<typeof MessageChannel>['port1'];

let closed: Port | null = null;

const closedPort = (): Port => {
  closed ??= new MessageChannel().port1;
  closed.close();
  return closed;
};

/**
 * Gives the memory of a buffer back at once, where it would otherwise wait for the garbage collector, which sees only a small
 * object. Nothing can be read from it any more.
 *
 * What is sent through a closed port goes over to nobody: there is no other way to let go of a buffer before
 * `ArrayBuffer.prototype.transfer`, which Node 20 lacks. A buffer that cannot be sent stays.
 */
export const freeBuffer = (buffer: ArrayBufferLike): void => {
  try {
    closedPort().postMessage(null, [buffer as ArrayBuffer]);
  } catch {
    // Of WebAssembly, of a native library, or shared: not ours to give back.
  }
};
