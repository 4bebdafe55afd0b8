import { isMap, isNode, isScalar, LineCounter, parseDocument, type YAMLMap } from 'yaml';

/** One key of `values.yaml` that has a description, or a section of such keys. */
export interface ValueEntry {
  /** As in `image.repository`. */
  readonly path: string;
  /** Undefined for a section, whose keys are described one by one. */
  readonly description: string | undefined;
  /** The value in `values.yaml`. */
  readonly value: unknown;
  /** What the value comes to when it is not set, in words; from `@default --`. */
  readonly defaultText: string | undefined;
  /** What `@schema` adds to the type of the value. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** The keys of a section; empty for a key with a description. */
  readonly children: readonly ValueEntry[];
}

/**
 * Reads the keys of `values.yaml` and the comments above them. The comments are those of
 * helm-docs (https://github.com/norwoodj/helm-docs): `# --` begins a key's description and
 * `# @default --` says its default in words; `# @schema {...}` adds to its JSON Schema. What lies
 * below a described key is part of it.
 *
 * @throws Error naming the key that has no description.
 */
export function parseValuesFile(text: string): readonly ValueEntry[] {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  if (!isMap(document.contents)) {
    throw new Error('values.yaml holds no keys');
  }
  const lines = text.split('\n');

  const entriesOf = (map: YAMLMap, parent: string): ValueEntry[] =>
    map.items.map(({ key, value }) => {
      if (!isScalar(key) || !key.range) {
        throw new Error(`not a plain key below ${parent}`);
      }
      const path = [parent, String(key.value)].filter(Boolean).join('.');
      const { line } = lineCounter.linePos(key.range[0]);
      const comment = parseComment(commentAbove(lines, line));
      const isSection = comment.description === undefined && isMap(value) && value.items.length > 0;
      if (comment.description === undefined && !isSection) {
        throw new Error(`${path} has no description (a comment that begins "# --")`);
      }
      return {
        ...comment,
        path,
        value: isNode(value) ? (value.toJS(document) as unknown) : null,
        children: isSection ? entriesOf(value, path) : [],
      };
    });
  return entriesOf(document.contents, '');
}

/** The comment lines that stand directly above a line (counted from 1), without their marks. */
function commentAbove(lines: readonly string[], line: number): string[] {
  const above = lines.slice(0, line - 1).reverse();
  const end = above.findIndex((text) => !text.trimStart().startsWith('#'));
  const comment = end === -1 ? above : above.slice(0, end);
  return comment.reverse().map((text) => text.trimStart().replace(/^# ?/, ''));
}

type Comment = Pick<ValueEntry, 'description' | 'defaultText' | 'schema'>;

function parseComment(lines: readonly string[]): Comment {
  const description: string[] = [];
  let defaultText: string | undefined;
  let schema: Record<string, unknown> = {};
  for (const line of lines) {
    if (line.startsWith('@default -- ')) {
      defaultText = line.slice('@default -- '.length);
    } else if (line.startsWith('@schema ')) {
      schema = parseDocument(line.slice('@schema '.length)).toJS() as Record<string, unknown>;
    } else if (line.startsWith('-- ')) {
      description.push(line.slice('-- '.length));
    } else if (description.length > 0) {
      description.push(line);
    }
  }
  return {
    description: description.length === 0 ? undefined : description.join(' '),
    defaultText,
    schema,
  };
}
