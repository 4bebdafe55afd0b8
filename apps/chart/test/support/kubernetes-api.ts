import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';

import { type v1 } from 'kubernetes-models';

/** Subset of a Kubernetes API server that a dry run of Helm needs. */
export interface KubernetesApi extends AsyncDisposable {
  /** Base URL, for `--kube-apiserver`. */
  readonly url: string;
}

/** Core kinds that the chart renders. In a dry run, Helm requests each object to see whether it exists. */
const CORE_KINDS = ['ConfigMap', 'Pod', 'Secret', 'Service', 'ServiceAccount'];
const APPS_KINDS = ['DaemonSet', 'Deployment'];

/**
 * Starts an API server on loopback that has only these Secrets. It has no OpenAPI document: Helm needs
 * `--disable-openapi-validation`.
 */
export async function startKubernetesApi(
  secrets: readonly v1.ISecret[] = [],
): Promise<KubernetesApi> {
  const apps = { name: 'apps', versions: [{ groupVersion: 'apps/v1', version: 'v1' }] };
  const answers = new Map<string, object>([
    ['/version', { major: '1', minor: '33', gitVersion: 'v1.33.0' }],
    ['/api', { kind: 'APIVersions', versions: ['v1'] }],
    ['/apis', { kind: 'APIGroupList', apiVersion: 'v1', groups: [apps] }],
    ['/api/v1', resourceList('v1', CORE_KINDS)],
    ['/apis/apps/v1', resourceList('apps/v1', APPS_KINDS)],
    ...secrets.map((secret): [string, object] => [
      `/api/v1/namespaces/${secret.metadata!.namespace!}/secrets/${secret.metadata!.name!}`,
      secret,
    ]),
  ]);
  const notFound = { kind: 'Status', apiVersion: 'v1', reason: 'NotFound', code: 404 };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const answer = answers.get(pathname);
    response.writeHead(answer === undefined ? 404 : 200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(answer ?? notFound));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function resourceList(groupVersion: string, kinds: readonly string[]): object {
  const resources = kinds.map((kind) => ({
    name: `${kind.toLowerCase()}s`,
    singularName: kind.toLowerCase(),
    namespaced: true,
    kind,
    verbs: ['get', 'create'],
  }));
  return { kind: 'APIResourceList', groupVersion, resources };
}
