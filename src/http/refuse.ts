import type { IncomingMessage, ServerResponse } from "node:http";
import type { ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { ServerLike } from "./server-like.js";

type Emit = (this: unknown, event: string | symbol, ...args: never[]) => boolean;

/**
 * Answers 503 to each request that begins from now on, before any listener sees it. A client that keeps its connection is told to leave.
 * Requests that have begun are not touched.
 */
export function refuseRequests(server: ServerLike): void {
  const emit = server.emit as Emit;
  const refusing: Emit = function (event, ...args) {
    const refuse = REFUSALS.get(event);
    if (refuse !== undefined) {
      refuse(...args);
      return true;
    }
    return Reflect.apply(emit, this, [event, ...args]);
  };
  server.emit = refusing;
}

const REFUSALS = new Map<string | symbol, (...args: never[]) => void>([
  ["request", answer],
  ["checkContinue", answerAtOnce],
  ["checkExpectation", answerAtOnce],
  ["upgrade", answerRaw],
  ["connect", answerRaw],
  ["stream", answerStream],
]);

/** A client that is still sending must get the answer, not a connection that is reset: so all that it sends is read. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(503, { connection: "close", "content-length": 0 }).flushHeaders();
  request.once("end", () => response.end()).resume();
}

/** The client waits for leave to send the body. */
function answerAtOnce(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(503, { connection: "close", "content-length": 0 }).end();
}

/** Of an upgrade there is only the socket. Node has taken its own listeners off. */
function answerRaw(_request: IncomingMessage, socket: Socket): void {
  socket.on("error", () => {}); // the client may have left
  socket.end("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
}

/** HTTP/2: the other streams of the session go on, and no new one may begin. */
function answerStream(stream: ServerHttp2Stream): void {
  stream.on("error", () => {}); // the client may have left
  stream.respond({ ":status": 503 }, { endStream: true });
  stream.resume();
  stream.session!.close();
}
