import { type Namespace } from '@pxe/lab-host';

/** HTTP response. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** Sends an HTTP request from inside a namespace. The body is decoded as text. */
export async function ask(client: Namespace, url: string): Promise<HttpAnswer> {
  const { exitCode, stdout, stderr } = await client.run('curl', [
    ...['--silent', '--show-error', '--max-time', '20', '--write-out', '\n%{http_code}', url],
  ]);
  if (exitCode !== 0) {
    throw new Error(`${url}: ${stderr}`);
  }
  const end = stdout.lastIndexOf('\n');
  return { status: Number(stdout.slice(end + 1)), body: stdout.slice(0, end) };
}

/** Returns the SHA-256 of the content of a URL, in hexadecimal. */
export async function sha256OfUrl(client: Namespace, url: string): Promise<string> {
  const script = 'curl --silent --fail --max-time 60 "$1" | sha256sum';
  const { stdout } = await client.run('bash', ['-o', 'pipefail', '-ec', script, 'bash', url]);
  return stdout.split(' ')[0] ?? '';
}
