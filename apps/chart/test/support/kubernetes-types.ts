import { fileURLToPath } from 'node:url';

import ts from 'typescript';

import { type Manifest } from '@pxe/helm';

/** An object and the words that name it in a message. */
export interface NamedManifest {
  readonly name: string;
  readonly manifest: Manifest;
}

/**
 * What Kubernetes' own types (generated from its OpenAPI document into `kubernetes-models`) say
 * against these objects: wrong types and values, missing fields, unknown fields, unknown kinds.
 *
 * Each object becomes a TypeScript literal of its kind's type. A literal, unlike a value, may
 * have no field that its type does not have, so this is stricter than a JSON Schema.
 */
export function kubernetesTypeErrors(manifests: readonly NamedManifest[]): string[] {
  const lines = manifests.map(({ manifest }, index) => {
    const { apiVersion, kind } = manifest;
    const type = `import('kubernetes-models/${apiVersion}/${kind}').I${kind}`;
    return `export const manifest${index}: ${type} = ${JSON.stringify(manifest)};`;
  });
  // It lies where the package can be resolved from, and on no disk.
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

function programOf(path: string, text: string): ts.Program {
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  };
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (name) => name === path || disk.fileExists(name),
    getSourceFile: (name, language, ...rest) =>
      name === path
        ? ts.createSourceFile(name, text, language)
        : disk.getSourceFile(name, language, ...rest),
  };
  return ts.createProgram([path], options, host);
}
