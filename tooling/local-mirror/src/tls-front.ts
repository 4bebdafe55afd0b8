import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Subject and validity of a certificate. */
export interface CertificateOptions {
  /** @default 'localhost' */
  readonly name?: string;
  /** Days of validity. @default 30 */
  readonly days?: number;
}

/** A TLS server in front of a mirror. */
export interface TlsFront {
  /** Port on 127.0.0.1. */
  readonly port: number;
  /** The CA's certificate, in PEM. */
  readonly ca: string;
  close(): Promise<void>;
}

/** Serves the content of a loopback URL over TLS, with a certificate from a CA made by openssl. */
export async function tlsFront(
  behind: string,
  certificate: CertificateOptions = {},
): Promise<TlsFront> {
  const { key, cert, ca } = makeCertificate(certificate);
  const server = createServer({ key, cert }, (incoming, response) => {
    forward(new URL(incoming.url ?? '/', behind), incoming, response).catch(() => {
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    ca,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** Headers forwarded in either direction. */
const PASSED = ['location', 'last-modified', 'etag', 'if-none-match'];

async function forward(
  target: URL,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const asked = PASSED.flatMap((name): [string, string][] => {
    const value = incoming.headers[name];
    return typeof value === 'string' ? [[name, value]] : [];
  });
  const answer = await fetch(target, { redirect: 'manual', headers: asked });
  const headers = PASSED.flatMap((name): [string, string][] => {
    const value = answer.headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  const content = Buffer.from(await answer.arrayBuffer());
  response.writeHead(answer.status, {
    ...(answer.status !== 304 && { 'content-length': content.length }),
    ...Object.fromEntries(headers),
  });
  response.end(content);
}

function makeCertificate({ name = 'localhost', days = 30 }: CertificateOptions): {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
} {
  const directory = mkdtempSync(join(tmpdir(), 'local-mirror-tls-'));
  const openssl = (command: string): void => {
    execFileSync('openssl', command.split(' '), { cwd: directory, stdio: 'ignore' });
  };
  const read = (file: string): string => readFileSync(join(directory, file), 'utf8');
  const newKey = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes';
  try {
    openssl(`req -x509 ${newKey} -keyout ca.key -out ca.pem -subj /CN=Example -days 3650`);
    openssl(
      `req ${newKey} -keyout server.key -out server.csr -subj /CN=${name} -addext subjectAltName=DNS:${name}`,
    );
    openssl(
      `x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -copy_extensions copy -days ${days} -out server.pem`,
    );
    return { key: read('server.key'), cert: read('server.pem'), ca: read('ca.pem') };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
