// HTTP of Node, behind the port `Http`.
import { get, type IncomingMessage } from 'node:http';
import { get as getSecure } from 'node:https';
import type { Http, HttpAnswer, HttpGetOptions } from '../ports/http.js';

/** Each request has a connection of its own. */
export class NodeHttp implements Http {
  get(url: string, options: HttpGetOptions): Promise<HttpAnswer> {
    const { timeoutMs, maxBytes, signal } = options;
    return new Promise((resolve, reject) => {
      const request = (url.startsWith('https:') ? getSecure : get)(url, { agent: false }, (answer) => {
        textOf(answer, maxBytes).then((text) => settle(() => resolve({ status: answer.statusCode ?? 0, text })), fail);
      });
      const onAbort = (): void => fail(signal?.reason);
      const timer = setTimeout(() => fail(new Error(`no answer from ${url} within ${timeoutMs} ms`)), timeoutMs);
      const settle = (outcome: () => void): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        outcome();
      };
      const fail = (error: unknown): void =>
        settle(() => {
          request.destroy();
          reject(error);
        });
      request.on('error', fail);
      signal?.addEventListener('abort', onAbort, { once: true });
      if (signal?.aborted === true) onAbort();
    });
  }
}

async function textOf(answer: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw new Error(`the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
