import { cruise } from 'dependency-cruiser';

/** Sources without their tests, which may import anything. */
const SOURCES = String.raw`^(packages|apps|tooling)/[^/]+/src/.*(?<!\.test)\.tsx?$`;

/**
 * Finds imports that break the order of the sources below `root`, type imports included: cycles of
 * files, cycles of folders, imports from a higher layer, and files outside all layers.
 *
 * @param {string} root - directory that holds `packages`, `apps` and `tooling`
 * @param {Record<string, string[][]>} layers - as {@link LAYERS}
 * @returns {Promise<string[]>} one line for each violation, sorted
 */
export async function checkImports(root, layers) {
  const { output } = await cruise(
    ['packages', 'apps', 'tooling'],
    {
      baseDir: root,
      includeOnly: SOURCES,
      tsPreCompilationDeps: true,
      validate: true,
      ruleSet: { forbidden: [...CIRCLES, ...Object.entries(layers).flatMap(layerRules)] },
    },
    { extensions: ['.ts', '.tsx'] },
  );
  const misplaced = output.modules
    .map(({ source }) => source)
    .filter((file) => Object.entries(layers).some((entry) => isOutsideLayers(file, entry)))
    .map((file) => `${file}: is in no layer`);
  const forbidden = output.summary.violations.map(
    ({ rule, from, to }) => `${from} imports ${to}: ${rule.name}`,
  );
  return [...new Set([...misplaced, ...forbidden])].sort();
}

const CIRCLES = [
  { name: 'circle of files', severity: 'error', from: {}, to: { circular: true } },
  {
    name: 'circle of folders',
    severity: 'error',
    scope: 'folder',
    from: {},
    to: { circular: true },
  },
];

/** Rules for all layers but the last: a layer does not import from those above it. */
function layerRules([workspace, layers]) {
  return layers.slice(0, -1).map((layer, index) => ({
    name: `${layer.join(', ')} is below ${layers
      .slice(index + 1)
      .flat()
      .join(', ')}`,
    severity: 'error',
    from: within(workspace, layer, layers),
    to: within(workspace, layers.slice(index + 1).flat(), layers),
  }));
}

/**
 * Returns the files of a package that are in some of its layers, without those in a layer for a
 * subfolder.
 */
function within(workspace, members, layers) {
  const inner = layers
    .flat()
    .filter((other) => !members.includes(other) && members.some((m) => other.startsWith(`${m}/`)));
  return {
    path: pattern(workspace, members),
    ...(inner.length > 0 && { pathNot: pattern(workspace, inner) }),
  };
}

function pattern(workspace, members) {
  return String.raw`^${workspace}/src/(${members.join('|')})(/|\.tsx?$)`;
}

function isOutsideLayers(file, [workspace, layers]) {
  return (
    file.startsWith(`${workspace}/src/`) &&
    !new RegExp(pattern(workspace, layers.flat())).test(file)
  );
}
