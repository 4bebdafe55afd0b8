import { fileURLToPath } from 'node:url';

import ts from 'typescript';

import { type Manifest } from '@pxe/helm';

/** Object with its name in messages. */
export interface NamedManifest {
  readonly name: string;
  readonly manifest: Manifest;
}

/**
 * Returns type errors of objects according to Kubernetes' own types, which `kubernetes-models` generates
 * from its OpenAPI document: wrong types and values, missing fields, unknown fields, unknown kinds.
 *
 * Each object becomes a TypeScript literal of its kind's type. Unlike a value, a literal must not have
 * unknown fields, so this is stricter than a JSON Schema.
 */
export function kubernetesTypeErrors(manifests: readonly NamedManifest[]): string[] {
  const lines = manifests.map(({ manifest }, index) => {
    const { apiVersion, kind } = manifest;
    const type = `import('kubernetes-models/${apiVersion}/${kind}').I${kind}`;
    return `export const manifest${index}: ${type} = ${JSON.stringify(manifest, withoutRemovals)};`;
  });
  // A virtual file in a folder from which the package can be resolved.
  const path = fileURLToPath(new URL('rendered-manifests.ts', import.meta.url));
  const program = programOf(path, lines.join('\n'));
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const text = ts.flattenDiagnosticMessageText(messageText, ' ');
    if (file === undefined || start === undefined) {
      return text;
    }
    const { line } = file.getLineAndCharacterOfPosition(start);
    return `${manifests[line]?.name ?? file.fileName}: ${text}`;
  });
}

/** Leaves out `rollingUpdate: null`, which the types do not allow: it removes an earlier release's value. */
function withoutRemovals(key: string, value: unknown): unknown {
  return key === 'rollingUpdate' && value === null ? undefined : value;
}

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  types: [],
  lib: ['lib.es2022.d.ts'],
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
};

/** Declarations of Kubernetes and of the language: reading them takes most of the time of a check. */
const declarations = new Map<string, ts.SourceFile | undefined>();

function programOf(path: string, text: string): ts.Program {
  const disk = ts.createCompilerHost(OPTIONS);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (name) => name === path || disk.fileExists(name),
    getSourceFile(name, language, ...rest) {
      if (name === path) {
        return ts.createSourceFile(name, text, language);
      }
      if (!declarations.has(name)) {
        declarations.set(name, disk.getSourceFile(name, language, ...rest));
      }
      return declarations.get(name);
    },
  };
  return ts.createProgram([path], OPTIONS, host);
}
